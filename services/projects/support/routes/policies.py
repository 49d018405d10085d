"""``/v1/support-policies``: incentive policies as data."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.lists.errors import ConditionMalformed
from services.projects.lists.routes.answers import WRITERS, new_router
from services.projects.registry.errors import UnknownRegion
from services.projects.support.errors import (
    PolicyCodeTaken,
    PolicyNotDraft,
    PolicyNotInForce,
    PolicyNotOrdered,
    PolicyNotTemplate,
    TermsMalformed,
)
from services.projects.support.repository import policies as repository
from services.projects.support.schemas.policies import PolicyCreate, PolicyEnd, PolicyRead, PolicyWrite, TakeOver
from services.projects.support.service import policies as service
from services.projects.support.tables import PolicyRow

PoliciesQuery = Annotated[ListQuery, Depends(repository.POLICIES.selecting(PolicyRead))]
# Whoever puts a policy in force answers for its money.
_RULERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)

router = new_router("support")


def _shown(response: Response, row: PolicyRow) -> PolicyRead:
    response.headers["ETag"] = etag_of(row.version)
    return PolicyRead.of(row)


@router.get("/support-policies", response_model=PageOf[PolicyRead])
async def list_policies(request: Request, ctx: ContextDep, query: PoliciesQuery) -> Response:
    """Templates and policies that concern the caller; enterprises see those that are or were in force."""
    page = await repository.list_policies(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PolicyRead, PolicyRead.of)


@router.post(
    "/support-policies",
    status_code=201,
    response_model=PolicyRead,
    responses=problems(PolicyCodeTaken, TermsMalformed, ConditionMalformed, PolicyNotOrdered, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_policy(body: PolicyCreate, ctx: ContextDep, response: Response) -> Any:
    """Draft a policy; nobody applies under it before it is adopted."""
    row = await service.create_policy(ctx, body.code, body.region_code, body.policy())
    response.headers["Location"] = f"/v1/support-policies/{row.id}"
    return _shown(response, row)


@router.get("/support-policies/{policy_id}", response_model=PolicyRead)
async def read_policy(policy_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One policy."""
    row = await service.read_policy(ctx, policy_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.put(
    "/support-policies/{policy_id}",
    response_model=PolicyRead,
    responses=problems(PolicyNotDraft, TermsMalformed, ConditionMalformed, PolicyNotOrdered, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def put_policy(
    policy_id: UUID, body: PolicyWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """State a draft anew; the version of the draft is named."""
    row = await service.open_policy(ctx, policy_id)
    check_if_match(request, row.version)
    return _shown(response, await service.amend_policy(ctx, row, body.policy()))


@router.post(
    "/support-policies/{policy_id}/take-over",
    status_code=201,
    response_model=PolicyRead,
    responses=problems(
        PolicyNotTemplate, PolicyCodeTaken, TermsMalformed, ConditionMalformed, PolicyNotOrdered, UnknownRegion
    ),
    dependencies=[require(*WRITERS)],
)
async def take_over(policy_id: UUID, body: TakeOver, ctx: ContextDep, response: Response) -> Any:
    """Make a draft of a region from a template."""
    template = await service.read_policy(ctx, policy_id)
    row = await service.take_over(ctx, template, body.code, body.region_code, body.valid_from, body.terms)
    response.headers["Location"] = f"/v1/support-policies/{row.id}"
    return _shown(response, row)


@router.post(
    "/support-policies/{policy_id}/adoption",
    status_code=201,
    response_model=PolicyRead,
    responses=problems(PolicyNotDraft, TermsMalformed, PreconditionFailed),
    dependencies=[require(*_RULERS)],
)
async def adopt_policy(policy_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """Put a draft in force; what a template promised must be named by now."""
    row = await service.open_policy(ctx, policy_id)
    honour_if_match(request, row.version)
    return _shown(response, await service.adopt_policy(ctx, row))


@router.post(
    "/support-policies/{policy_id}/end",
    status_code=201,
    response_model=PolicyRead,
    responses=problems(PolicyNotInForce, PolicyNotOrdered, PreconditionFailed),
    dependencies=[require(*_RULERS)],
)
async def end_policy(
    policy_id: UUID, body: PolicyEnd, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """No more applications from that day on; those submitted go on."""
    row = await service.open_policy(ctx, policy_id)
    honour_if_match(request, row.version)
    return _shown(response, await service.end_policy(ctx, row, body.valid_to))
