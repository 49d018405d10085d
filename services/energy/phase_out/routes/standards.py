"""``/v1/phase-out-standards`` and ``/v1/phase-out-rules``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, not_modified
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, PreconditionRequired, problems
from services.energy.phase_out import standard_repository
from services.energy.phase_out.errors import (
    RegionInvalid,
    RuleInvalid,
    ScopeTooWide,
    StandardInvalid,
    StandardNotFound,
)
from services.energy.phase_out.routes.common import KEEPERS, new_router
from services.energy.phase_out.service import standards as service
from services.energy.phase_out.standard_schemas import (
    RuleRead,
    RuleWrite,
    StandardEnd,
    StandardRead,
    StandardWrite,
)

router = new_router()


@router.get("/phase-out-standards", response_model=PageOf[StandardRead])
async def list_standards(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(standard_repository.STANDARDS)]
) -> Any:
    """The catalogue with all its revisions."""
    return page_response(
        request, await standard_repository.list_standards(ctx.session, query), query, StandardRead
    )


@router.put(
    "/phase-out-standards",
    response_model=StandardRead,
    responses={
        201: {"model": StandardRead, "description": "A new entry, or a new revision of one."},
        **problems(StandardInvalid, ScopeTooWide, RegionInvalid),
    },
    dependencies=KEEPERS,
)
async def put_standard(body: StandardWrite, ctx: ContextDep, response: Response) -> StandardRead:
    """Record an entry of the catalogue from a day on; the revision before ends with it."""
    row, is_new = await service.put_standard(ctx, body.facts())
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = etag_of(row.version)
    return StandardRead.model_validate(row)


@router.get(
    "/phase-out-standards/{standard_id}", response_model=StandardRead, responses=problems(StandardNotFound)
)
async def get_standard(standard_id: UUID, request: Request, ctx: ContextDep, response: Response) -> Any:
    """One revision of an entry."""
    row = await standard_repository.get_standard(ctx.session, standard_id)
    response.headers["ETag"] = etag_of(row.version)
    return not_modified(request, etag_of(row.version)) or StandardRead.model_validate(row)


@router.patch(
    "/phase-out-standards/{standard_id}",
    response_model=StandardRead,
    responses=problems(StandardNotFound, StandardInvalid, ScopeTooWide, PreconditionFailed, PreconditionRequired),
    dependencies=KEEPERS,
)
async def patch_standard(
    standard_id: UUID, body: StandardEnd, request: Request, ctx: ContextDep, response: Response
) -> StandardRead:
    """End an entry; cases that were listed under it go on."""
    row = await standard_repository.get_standard(ctx.session, standard_id, lock=True)
    check_if_match(request, row.version)
    row = await service.end_standard(ctx, row, body.valid_to)
    response.headers["ETag"] = etag_of(row.version)
    return StandardRead.model_validate(row)


@router.get("/phase-out-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(standard_repository.RULES)]
) -> Any:
    """When dates are near or grave and when a load means running, by region and time."""
    return page_response(request, await standard_repository.list_rules(ctx.session, query), query, RuleRead)


@router.put(
    "/phase-out-rules",
    response_model=RuleRead,
    responses=problems(RuleInvalid, ScopeTooWide, RegionInvalid),
    dependencies=KEEPERS,
)
async def put_phase_out_rule(body: RuleWrite, ctx: ContextDep, response: Response) -> RuleRead:
    """Set the rule of a region from a day on; the rule before ends with it."""
    row = await service.put_rule(ctx, body.facts())
    response.headers["ETag"] = etag_of(row.version)
    return RuleRead.model_validate(row)
