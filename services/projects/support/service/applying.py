"""Applying: drafted, submitted, withdrawn, appealed by whoever applies."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from libs.common import regions
from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.validity import holds_on
from libs.common.web.problems import FieldError
from services.projects.duties.service import visible_project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of, lock_key
from services.projects.support.domain.application import (
    EDITABLE,
    ApplicationStatus,
    claim_of,
    demand_status,
)
from services.projects.support.domain.policy import Once, PolicyStatus
from services.projects.support.domain.terms import AnyInputs
from services.projects.support.errors import (
    AppealTooLate,
    ApplicationDouble,
    ApplicationElsewhere,
    InputsMismatch,
    PolicyNotInForce,
)
from services.projects.support.repository import applications as repository
from services.projects.support.repository.policies import next_code, stored_inputs
from services.projects.support.service.applications import Application, as_reviewer, store_application
from services.projects.support.service.checking import recompute, run_checks, stored_computation
from services.projects.support.tables import ApplicationRow, PolicyRow

_SERIES = "ZC"
APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class BroughtPaper:
    """What comes with an application: a document kept with it, or a reference to a paper."""

    code: str
    document_id: UUID | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDraft:
    year: int | None
    project_id: UUID | None
    requested_yuan: int
    inputs: AnyInputs
    papers: Sequence[BroughtPaper]
    note: str


async def create_application(
    ctx: Context, policy: PolicyRow, enterprise_id: UUID, draft: ApplicationDraft
) -> Application:
    """A draft under an adopted policy.

    Raises PolicyNotInForce, EntryUnknown, NotFound, ApplicationElsewhere, InputsMismatch.
    """
    today = today_of(ctx)
    if policy.status != PolicyStatus.ADOPTED.value or not holds_on(policy, today):
        raise PolicyNotInForce(status=policy.status)
    ensure_enterprise(ctx.principal, enterprise_id)
    enterprise = await enterprise_of(ctx.session, enterprise_id)
    if enterprise is None:
        raise EntryUnknown(fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")])
    ensure_region(ctx.principal, enterprise.region_code)
    assert policy.region_code is not None, "templates are not adopted"
    if not regions.contains(policy.region_code, enterprise.region_code):
        raise ApplicationElsewhere(region_code=enterprise.region_code, policy_region_code=policy.region_code)
    year = draft.year or today.year
    row = ApplicationRow(
        id=ctx.new_id(),
        code=await next_code(ctx.session, _SERIES, today.year),
        policy_id=policy.id,
        enterprise_id=enterprise_id,
        region_code=enterprise.region_code,
        year=year,
        status=ApplicationStatus.DRAFT.value,
        step=0,
        round=0,
        claim="",
        requested_yuan=0,
        inputs={},
        papers=[],
        checks=[],
        reviewers=[],
        paid_yuan=0,
        clawed_back_yuan=0,
        note="",
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
    )
    application = Application(row, policy, enterprise)
    await _state(ctx, application, draft)
    ctx.session.add(row)
    return await store_application(ctx, application, "created")


async def amend_application(ctx: Context, application: Application, draft: ApplicationDraft) -> Application:
    """State a draft, or what was returned, anew. Raises ApplicationStepRefused, InputsMismatch, NotFound."""
    demand_status(application.status, EDITABLE)
    await _state(ctx, application, draft)
    return await store_application(ctx, application, "amended")


async def _state(ctx: Context, application: Application, draft: ApplicationDraft) -> None:
    row, policy = application.row, application.policy
    if draft.inputs.kind != policy.kind:
        raise InputsMismatch(errors=[FieldError("support.other_kind", "/inputs/kind", {"kind": policy.kind})])
    await _demand_project(ctx, application, draft.project_id)
    row.project_id, row.requested_yuan, row.note = draft.project_id, draft.requested_yuan, draft.note
    row.year = draft.year or row.year
    row.inputs = stored_inputs(draft.inputs)
    row.papers = [to_jsonable_python(asdict(paper)) for paper in draft.papers]
    row.claim = claim_of(Once(policy.once), row.enterprise_id, row.project_id, row.year, row.id)
    await _demand_papers(ctx, application, draft.papers)


async def _demand_project(ctx: Context, application: Application, project_id: UUID | None) -> ProjectRow | None:
    if project_id is None:
        if application.policy.once == Once.PROJECT.value:
            raise InputsMismatch(errors=[FieldError("fact.required", "/project_id")])
        return None
    project = await visible_project(ctx, project_id)
    if project.enterprise_id not in (None, application.row.enterprise_id):
        raise InputsMismatch(errors=[FieldError("support.project_of_another", "/project_id")])
    return project


async def _demand_papers(ctx: Context, application: Application, papers: Sequence[BroughtPaper]) -> None:
    known = {paper.code for paper in application.rules.papers}
    standing = await repository.documents_of(ctx.session, application.row.id)
    faults = [
        FieldError("support.paper_unknown", f"/papers/{index}/code", {"item": paper.code})
        for index, paper in enumerate(papers)
        if paper.code not in known
    ]
    faults += [
        FieldError("reference.unknown", f"/papers/{index}/document_id")
        for index, paper in enumerate(papers)
        if paper.document_id is not None and paper.document_id not in standing
    ]
    if faults:
        raise InputsMismatch(errors=faults)


async def submit_application(ctx: Context, application: Application) -> Application:
    """Into review, computed and checked, under the terms of now. What fails is seen by the reviewers and the
    applicant; only what has no place at all is refused here.

    Raises ApplicationStepRefused, PolicyNotInForce, ApplicationDouble, InputsMismatch.
    """
    demand_status(application.status, EDITABLE)
    row, policy, today = application.row, application.policy, today_of(ctx)
    if row.submitted_on is None and (policy.status != PolicyStatus.ADOPTED.value or not holds_on(policy, today)):
        raise PolicyNotInForce(status=policy.status)
    await demand_single(ctx, application)
    row.terms = dict(policy.terms)
    row.submitted_on = row.submitted_on or today
    await begin_round(ctx, application, [as_reviewer(ctx, APPLICANT)])
    return await store_application(ctx, application, "submitted")


async def begin_round(ctx: Context, application: Application, reviewers: list[dict[str, Any]]) -> None:
    """The review begins at its first step, with what is due and the checks as they are now."""
    row = application.row
    row.status, row.step, row.round = ApplicationStatus.IN_REVIEW.value, 0, row.round + 1
    row.reviewers = reviewers
    row.decided_on = row.decision_reason = row.appeal_until = None
    await judge_anew(ctx, application)


async def judge_anew(ctx: Context, application: Application) -> None:
    """Computation and checks of a locked application as things stand now. Raises InputsMismatch."""
    row, computation = application.row, await recompute(ctx, application)
    row.computed_yuan, row.computation = computation.amount_yuan, stored_computation(computation)
    row.checks = [to_jsonable_python(asdict(check)) for check in await run_checks(ctx, application, computation)]


async def demand_single(ctx: Context, application: Application) -> None:
    """Two that apply for the same at once wait for each other. Raises ApplicationDouble."""
    row = application.row
    await lock_key(ctx.session, "support_claim", f"{row.policy_id}:{row.claim}")
    other = await repository.standing_claim(ctx.session, row.policy_id, row.claim, row.id)
    if other is not None:
        raise ApplicationDouble(application_code=other.code)


async def withdraw_application(ctx: Context, application: Application, reason: str) -> Application:
    """Raises ApplicationStepRefused once it is decided."""
    demand_status(application.status, (*EDITABLE, ApplicationStatus.IN_REVIEW))
    application.row.status = ApplicationStatus.WITHDRAWN.value
    return await store_application(ctx, application, "withdrawn", reason)


async def appeal(ctx: Context, application: Application, reason: str) -> Application:
    """Against a refusal, once, in the days the policy gives. Raises ApplicationStepRefused, AppealTooLate."""
    row, today = application.row, today_of(ctx)
    demand_status(application.status, (ApplicationStatus.REFUSED,))
    if row.appeal_until is None or today > row.appeal_until:
        raise AppealTooLate(appeal_until=row.appeal_until)
    row.appeal_reason, row.appealed_on, row.appeal_until = reason, today, None
    return await store_application(ctx, application, "appealed", reason)
