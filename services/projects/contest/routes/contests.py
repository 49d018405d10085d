"""``/v1/contests``, their weights, ``/v1/contest-rules`` and ``/v1/contest-measures``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.contest.errors import (
    ContestCodeTaken,
    RuleUnsound,
    SchemeOfFrozenQuarter,
    SchemeUnsound,
)
from services.projects.contest.repository import contests as repository
from services.projects.contest.schemas.contests import (
    ContestCreate,
    ContestMeasureRead,
    ContestMeasures,
    ContestRead,
    ContestRuleRead,
    ContestRuleWrite,
    ContestUpdate,
)
from services.projects.contest.schemas.schemes import SchemeCreate, SchemeRead
from services.projects.contest.service import contests as service
from services.projects.contest.service.all_sources import SOURCES
from services.projects.contest.tables import ContestRow
from services.projects.lists.routes.answers import DECIDERS, OFFICES, WRITERS, new_router
from services.projects.registry.errors import (
    EntryUnknown,
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

ContestsQuery = Annotated[ListQuery, Depends(repository.CONTESTS.selecting(ContestRead))]
SchemesQuery = Annotated[ListQuery, Depends(repository.SCHEMES.selecting(SchemeRead))]
RulesQuery = Annotated[ListQuery, Depends(repository.RULES.selecting(ContestRuleRead))]

router = new_router("contests")


def _shown(response: Response, row: ContestRow) -> Any:
    response.headers["ETag"] = etag_of(row.version)
    return row


@router.get("/contest-measures", response_model=ContestMeasures, dependencies=[require(*OFFICES)])
async def list_measures(ctx: ContextDep) -> Any:
    """What a component may measure, by source."""
    catalogue = await SOURCES.catalogue(ctx.session)
    return ContestMeasures(items=[ContestMeasureRead.of(source, info) for (source, _), info in catalogue.items()])


@router.get("/contest-rules", response_model=PageOf[ContestRuleRead])
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """Rules of contests, past and coming ones included."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ContestRuleRead)


@router.put(
    "/contest-rules",
    response_model=ContestRuleRead,
    responses=problems(RuleUnsound, EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap),
    dependencies=[require(*DECIDERS)],
)
async def put_rule(body: ContestRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; a quarter goes by that of its last day."""
    return await service.put_rule(ctx, body.rule(today_of(ctx)))


@router.get("/contests", response_model=PageOf[ContestRead])
async def list_contests(request: Request, ctx: ContextDep, query: ContestsQuery) -> Response:
    """Contests of the caller's region, of those below and those above."""
    page = await repository.list_contests(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ContestRead)


@router.post(
    "/contests",
    status_code=201,
    response_model=ContestRead,
    responses=problems(ContestCodeTaken, EntryUnknown, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def create_contest(body: ContestCreate, ctx: ContextDep, response: Response) -> Any:
    """Open a year's contest."""
    row = await service.open_contest(ctx, body.draft())
    response.headers["Location"] = f"/v1/contests/{row.id}"
    return _shown(response, row)


@router.get("/contests/{contest_id}", response_model=ContestRead)
async def read_contest(contest_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One contest."""
    row = await service.read_contest(ctx, contest_id)
    return not_modified(request, etag_of(row.version)) or _shown(response, row)


@router.patch(
    "/contests/{contest_id}",
    response_model=ContestRead,
    responses=problems(EntryUnknown),
    dependencies=[require(*WRITERS)],
)
async def patch_contest(
    contest_id: UUID, body: ContestUpdate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Change the name, the basis or who leads it."""
    row = await service.own_contest(ctx, contest_id, lock=True)
    check_if_match(request, row.version)
    return _shown(response, await service.amend_contest(ctx, row, body.facts()))


@router.get("/contests/{contest_id}/schemes", response_model=PageOf[SchemeRead])
async def list_schemes(contest_id: UUID, request: Request, ctx: ContextDep, query: SchemesQuery) -> Response:
    """All revisions of the weights."""
    row = await service.read_contest(ctx, contest_id)
    page = await repository.list_schemes(ctx.session, row.id, query)
    return page_response(request, page, query, SchemeRead, SchemeRead.of)


@router.post(
    "/contests/{contest_id}/schemes",
    status_code=201,
    response_model=SchemeRead,
    responses=problems(SchemeUnsound, SchemeOfFrozenQuarter, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def adopt_scheme(contest_id: UUID, body: SchemeCreate, ctx: ContextDep, request: Request) -> Any:
    """Adopt weights from a quarter on."""
    contest = await service.own_contest(ctx, contest_id, lock=True)
    honour_if_match(request, contest.version)
    row = await service.adopt_scheme(ctx, SOURCES, contest, body.scheme(), body.from_quarter, body.reason)
    return SchemeRead.of(row)
