"""Escalation policies over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.security.principal import Role
from libs.common.security.scope import UNBOUND, ensure_region
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, NotFound, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import SHANGHAI
from services.alerts.escalation import policies, repository, simulation
from services.alerts.escalation.errors import PolicyKnown, PolicyNotFound, PolicyStartsInPast, RevisionNotFound
from services.alerts.escalation.people import Place
from services.alerts.escalation.schemas import (
    PolicyCreate,
    PolicyList,
    PolicyRead,
    PolicyWrite,
    SimulationCreate,
    SimulationRead,
    StepRead,
    ToldRead,
)
from services.alerts.escalation.simulation import Case, Step

router = APIRouter(route_class=TransactionalRoute, tags=["escalation policies"])

PolicyCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)


@router.get("/v1/escalation-policies", response_model=PageOf[PolicyRead], dependencies=[require(*_READERS)])
async def list_policies(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.POLICIES)]
) -> Response:
    """The newest revision of each policy, by code."""
    return page_response(request, await repository.page_policies(ctx.session, query), query, PolicyRead)


@router.post(
    "/v1/escalation-policies",
    status_code=201,
    dependencies=[require(Role.ADMIN), UNBOUND],
    responses=problems(PolicyKnown, PolicyStartsInPast, Duplicate),
)
async def create_policy(ctx: ContextDep, response: Response, body: PolicyCreate) -> PolicyRead:
    """Add a policy."""
    row = await policies.create_policy(
        ctx, body.code, body.definition, valid_from=body.valid_from, reason=body.reason
    )
    response.headers["ETag"] = etag_of(row.revision)
    return PolicyRead.model_validate(row)


@router.post(
    "/v1/escalation-policies/simulate",
    dependencies=[require(*_READERS)],
    responses=problems(PolicyNotFound, NotFound),
)
async def simulate(ctx: ContextDep, body: SimulationCreate) -> SimulationRead:
    """Who would be told when: a chase played through on the real calendar and rosters; nothing is written."""
    ensure_region(ctx.principal, body.region_code)
    policy = body.definition or await policies.in_force(ctx, body.code or "")
    starts_at = body.starts_at or ctx.now
    case = Case(
        policy=policy,
        severity=body.severity,
        starts_at=starts_at,
        place=Place(body.region_code, body.responsible_person_id, body.responsible_unit_id),
        clock=body.clock,
        acknowledged_at=body.acknowledged_at,
        promised_at=body.promised_at,
    )
    steps = await simulation.simulate(ctx, case)
    return SimulationRead(
        severity=body.severity,
        region_code=body.region_code,
        clock=policy.clock_for(body.severity, body.clock),
        starts_at=starts_at,
        steps=[_step(step, starts_at) for step in steps],
    )


@router.get(
    "/v1/escalation-policies/{code}",
    response_model=PolicyRead,
    dependencies=[require(*_READERS)],
    responses=problems(PolicyNotFound),
)
async def get_policy(
    request: Request, response: Response, ctx: ContextDep, code: PolicyCode
) -> PolicyRead | Response:
    """The newest revision of a policy; its ETag is the revision's number."""
    row = (await policies.get_policy(ctx, code))[0]
    etag = etag_of(row.revision)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    response.headers["ETag"] = etag
    return PolicyRead.model_validate(row)


@router.get(
    "/v1/escalation-policies/{code}/revisions",
    dependencies=[require(*_READERS)],
    responses=problems(PolicyNotFound),
)
async def list_revisions(ctx: ContextDep, code: PolicyCode) -> PolicyList:
    """All revisions of a policy, newest first."""
    return PolicyList(items=[PolicyRead.model_validate(row) for row in await policies.get_policy(ctx, code)])


@router.get(
    "/v1/escalation-policies/{code}/revisions/{revision}",
    dependencies=[require(*_READERS)],
    responses=problems(PolicyNotFound, RevisionNotFound),
)
async def get_revision(
    ctx: ContextDep, code: PolicyCode, revision: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> PolicyRead:
    """One revision of a policy, as alerts that opened then keep it."""
    return PolicyRead.model_validate(await policies.get_revision(ctx, code, revision))


@router.put(
    "/v1/escalation-policies/{code}",
    dependencies=[require(Role.ADMIN), UNBOUND],
    responses=problems(PolicyStartsInPast, Duplicate),
)
async def put_policy(
    request: Request, response: Response, ctx: ContextDep, code: PolicyCode, body: PolicyWrite
) -> PolicyRead:
    """Add a revision; alerts that are live keep the policy they were opened with."""
    revisions = await repository.list_revisions(ctx.session, code)
    if revisions:
        honour_if_match(request, revisions[0].revision)
    row = await policies.save_policy(ctx, code, body.definition, valid_from=body.valid_from, reason=body.reason)
    response.headers["ETag"] = etag_of(row.revision)
    return PolicyRead.model_validate(row)


def _step(step: Step, starts_at: datetime) -> StepRead:
    people = [] if step.answer is None else step.answer.people
    return StepRead(
        kind=step.kind,
        at=step.at,
        local_at=step.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        after_minutes=round((step.at - starts_at).total_seconds() / 60, 3),
        rung=step.rung,
        label=step.label,
        roster_code=None if step.answer is None else step.answer.roster_code,
        people=[
            ToldRead(
                person_id=each.person.person_id,
                name=each.person.name,
                post=each.person.post,
                instead_of=each.instead_of,
                because=each.because,
            )
            for each in people
        ],
        year_unknown=step.year_unknown,
    )
