"""Putting a case on record: whose it is, by which matter, and the papers it needs."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import ApprovalFiledV1
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.approvals import repository
from services.projects.approvals.domain.case import Case, CaseDocument
from services.projects.approvals.errors import (
    ApplicantRequired,
    CaseDateInFuture,
    DuplicateCaseCode,
    UnknownApprovalReference,
)
from services.projects.approvals.service.cases import Approvals, OpenedCase
from services.projects.approvals.service.matters import matter_in_force
from services.projects.approvals.service.telling import facts_told
from services.projects.ledger.repository import find_project
from services.projects.registry.repository import enterprise_of, has_person, has_unit, lock_key


@dataclass(frozen=True, slots=True)
class Application:
    """What is asked for; ``code`` None lets the service number it."""

    matter_code: str
    project_id: UUID | None = None
    enterprise_id: UUID | None = None
    code: str | None = None
    applied_on: date | None = None
    unit_id: UUID | None = None
    owner_person_id: UUID | None = None
    agent_person_id: UUID | None = None
    summary: str = ""
    green_reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Applicant:
    region_code: str
    enterprise_id: UUID | None


async def file_case(approvals: Approvals, ctx: Context, application: Application) -> OpenedCase:
    """Put an application on record as a draft.

    Who enters it for the office is bound as its first contact; what an enterprise files itself waits for the
    person who receives it. Raises ApplicantRequired, UnknownApprovalReference, UnknownMatter, CaseDateInFuture,
    DuplicateCaseCode.
    """
    applicant = await _applicant(ctx, application)
    today = today_of(ctx)
    applied_on = application.applied_on or today
    if applied_on > today:
        fault = FieldError("date.in_future", "/applied_on")
        raise CaseDateInFuture(on=applied_on, today=today, errors=[fault])
    matter = await matter_in_force(ctx, application.matter_code, applicant.region_code, applied_on)
    is_own = ctx.principal.is_enterprise_bound
    owner = None if is_own else application.owner_person_id or ctx.principal.person_id
    await demand_references(
        ctx,
        unit_id=application.unit_id,
        owner_person_id=owner,
        agent_person_id=application.agent_person_id,
    )
    case = Case(
        id=ctx.new_id(),
        code=await _code(ctx, application.code, applicant.region_code, applied_on),
        matter_code=matter.code,
        matter_name=matter.name,
        authority_level=matter.authority_level,
        region_code=applicant.region_code,
        applied_on=applied_on,
        project_id=application.project_id,
        enterprise_id=applicant.enterprise_id,
        unit_id=application.unit_id or matter.unit_id,
        summary=application.summary,
        first_contact_person_id=owner,
        owner_person_id=owner,
        agent_person_id=application.agent_person_id,
        green_reason=application.green_reason,
        documents=tuple(CaseDocument(paper.code, paper.name, paper.required) for paper in matter.documents),
    )
    return await approvals.insert(ctx, case, ApprovalFiledV1(**facts_told(case), applied_on=applied_on))


async def demand_references(ctx: Context, *, unit_id: UUID | None = None, **people: UUID | None) -> None:
    """Raises UnknownApprovalReference naming the unit and the people that the registry does not hold."""
    unknown = [name for name, key in people.items() if key is not None and not await has_person(ctx.session, key)]
    if unit_id is not None and not await has_unit(ctx.session, unit_id):
        unknown.append("unit_id")
    if unknown:
        raise _unknown(*unknown)


async def _applicant(ctx: Context, application: Application) -> _Applicant:
    enterprise_id = application.enterprise_id
    if ctx.principal.is_enterprise_bound:
        enterprise_id = enterprise_id or ctx.principal.enterprise_id
    region_code = None
    if application.project_id is not None:
        project = await find_project(ctx.session, application.project_id)
        if project is None or not _may_see(ctx, project.region_code, project.enterprise_id):
            raise _unknown("project_id")
        region_code = project.region_code
        enterprise_id = enterprise_id or project.enterprise_id
    if enterprise_id is not None:
        enterprise = await enterprise_of(ctx.session, enterprise_id)
        if enterprise is None or not _may_see(ctx, enterprise.region_code, enterprise_id):
            raise _unknown("enterprise_id")
        region_code = region_code or enterprise.region_code
    if region_code is None:
        raise ApplicantRequired(errors=[FieldError("fact.required", "/project_id")])
    return _Applicant(region_code, enterprise_id)


def _may_see(ctx: Context, region_code: str, enterprise_id: UUID | None) -> bool:
    try:
        ensure_region(ctx.principal, region_code)
        ensure_enterprise(ctx.principal, enterprise_id)
    except NotFound:
        return False
    return True


def _unknown(*names: str) -> UnknownApprovalReference:
    faults = [FieldError("reference.unknown", f"/{name}") for name in names]
    return UnknownApprovalReference(fields=list(names), errors=faults)


async def _code(ctx: Context, code: str | None, region_code: str, applied_on: date) -> str:
    if code is None:
        prefix = f"SP-{region_code}-{applied_on.year}-"
        return f"{prefix}{await repository.next_number(ctx.session, prefix):05d}"
    await lock_key(ctx.session, "approval_case", code)
    if await repository.code_is_taken(ctx.session, code):
        raise DuplicateCaseCode(case_code=code, errors=[FieldError("entry.exists", "/code")])
    return code
