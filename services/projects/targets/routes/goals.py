"""``/v1/targets`` and ``/v1/target-trees``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.contracts.projects import TARGET
from libs.common.sheets.writing import Row, Value
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match, honour_if_match
from libs.common.web.dependencies import ContextDep, DatabaseDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.workbooks import WORKBOOK, Sheet, WholeList, list_as_workbook
from services.projects.registry.errors import EntryUnknown, UnknownRegion
from services.projects.targets.domain.tables import SHEETS, TARGETS, word_of
from services.projects.targets.errors import (
    ChangeNeedsReason,
    NothingToAdopt,
    RuleMissing,
    TargetExists,
    TargetHasChildren,
    TargetMisplaced,
    TargetNotOrdered,
    TargetWithdrawn,
    TreeRefused,
    UnknownCluster,
    UnknownIndicator,
)
from services.projects.targets.repository import goals as repository
from services.projects.targets.repository.catalogue import all_indicators
from services.projects.targets.routes.answers import (
    DECIDERS,
    READERS,
    SourcesDep,
    language_of,
    new_router,
    tagged,
)
from services.projects.targets.schemas.goals import (
    AdoptionCreate,
    ChangeRead,
    TargetCreate,
    TargetRead,
    TargetsAdopted,
    TargetUpdate,
    TreeCreate,
    Withdrawal,
)
from services.projects.targets.schemas.trees import BranchRead, SetNodeRead, TreeRead, TreeSet
from services.projects.targets.service import goals as service
from services.projects.targets.service.adopting import adopt_size_bands
from services.projects.targets.service.judging import end_conditions
from services.projects.targets.service.pulling import pull_one, pull_targets
from services.projects.targets.service.trees import read_tree, set_tree
from services.projects.targets.tables import TargetRow

TargetsQuery = Annotated[ListQuery, Depends(repository.TARGETS.selecting(TargetRead))]
TargetsWhole = Annotated[ListQuery, Depends(WholeList(repository.TARGETS))]
ChangesQuery = Annotated[ListQuery, Depends(repository.CHANGES.selecting(ChangeRead))]
_SETTING = (
    *(TargetNotOrdered, TargetMisplaced, TargetExists, UnknownIndicator, UnknownCluster, UnknownRegion),
    *(EntryUnknown, RuleMissing),
)
_STANDING: Final = frozenset(
    {"planned_percent", "actual_percent", "behind_points", "completion_percent", "reached_in", "forecast"}
)

router = new_router()


@router.get("/targets", response_model=PageOf[TargetRead], dependencies=READERS)
async def list_targets(request: Request, ctx: ContextDep, query: TargetsQuery) -> Response:
    """Targets of the caller's subtree with how they stood when they were judged last."""
    page = await repository.list_targets(ctx.session, ctx.principal, query)
    return page_response(request, page, query, TargetRead, TargetRead.of)


@router.get("/targets/changes", response_model=ChangePage, dependencies=READERS)
async def list_target_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to targets since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [TARGET], after=after, limit=limit)


@router.get("/targets/export", responses=WORKBOOK, dependencies=READERS)
async def export_targets(
    request: Request, ctx: ContextDep, database: DatabaseDep, query: TargetsWhole
) -> StreamingResponse:
    """Every target that the filters leave, as a workbook in the caller's language."""
    language = language_of(request)
    indicators = await all_indicators(ctx.session)
    headings = TARGETS[language]

    def line(row: TargetRow) -> Row:
        unit = indicators[row.indicator_code]
        facts = row.model_dump() | {"unit": unit.unit_zh if language == "zh-CN" else unit.unit_en}
        return [_cell(column, facts, language) for column in headings]

    sheet = Sheet("targets", list(headings.values()), line, title=SHEETS[language])
    return await list_as_workbook(ctx, database, query, repository.list_targets, sheet)


def _cell(column: str, facts: Mapping[str, Any], language: str) -> Value:
    standing = facts["standing"] or {}
    if column.startswith("latest_"):
        return _number((standing.get("latest") or {}).get(column.removeprefix("latest_")))
    if column in _STANDING:
        return _number(standing.get(column))
    value = facts[column]
    if isinstance(value, Decimal):
        return float(value)
    return word_of(column, value, language) if isinstance(value, str) else value


def _number(value: str | None) -> Value:
    if value is None or value.count("-") > 1:
        return value
    return float(value)


@router.post(
    "/targets",
    status_code=201,
    response_model=TargetRead,
    responses=problems(*_SETTING),
    dependencies=[require(*DECIDERS)],
)
async def post_target(body: TargetCreate, ctx: ContextDep, sources: SourcesDep, response: Response) -> Any:
    """Set a target; its figures are pulled and it is judged at once."""
    row = await service.set_target(ctx, body.draft())
    await pull_targets(ctx, sources, [row])
    response.headers["Location"] = f"/v1/targets/{row.id}"
    return TargetRead.of(tagged(response, row))


@router.post(
    "/target-trees",
    status_code=201,
    response_model=TreeSet,
    responses=problems(TreeRefused, *_SETTING),
    dependencies=[require(*DECIDERS)],
)
async def post_tree(body: TreeCreate, ctx: ContextDep) -> Any:
    """Set a whole tree, or try it; answers how children divide their parents. The next pull brings figures."""
    nodes = await set_tree(ctx, [one.node() for one in body.targets], dry_run=body.dry_run)
    return TreeSet(dry_run=body.dry_run, targets=[SetNodeRead.of(node) for node in nodes])


@router.post(
    "/target-size-band-adoptions",
    status_code=201,
    response_model=TargetsAdopted,
    responses=problems(NothingToAdopt, *_SETTING),
    dependencies=[require(*DECIDERS)],
)
async def adopt_bands(body: AdoptionCreate, ctx: ContextDep, sources: SourcesDep) -> Any:
    """Make targets of the size-band targets of a region and year; those that are adopted already stay."""
    rows = await adopt_size_bands(ctx, sources, body.region_code, body.year)
    return TargetsAdopted(items=[TargetRead.of(row) for row in rows])


@router.get("/target-trees/{target_id}", response_model=TreeRead, dependencies=READERS)
async def read_target_tree(target_id: UUID, ctx: ContextDep) -> Any:
    """A target and all below it, with what each division leaves over or out."""
    row = await service.get_target(ctx, target_id)
    return TreeRead(items=[BranchRead.of(branch) for branch in await read_tree(ctx, row)])


@router.get("/targets/{target_id}", response_model=TargetRead, dependencies=READERS)
async def read_target(target_id: UUID, ctx: ContextDep, response: Response) -> Any:
    """One target as it was judged last."""
    return TargetRead.of(tagged(response, await service.get_target(ctx, target_id)))


@router.patch(
    "/targets/{target_id}",
    response_model=TargetRead,
    responses=problems(TargetWithdrawn, ChangeNeedsReason, *_SETTING),
    dependencies=[require(*DECIDERS)],
)
async def patch_target(
    target_id: UUID, body: TargetUpdate, ctx: ContextDep, sources: SourcesDep, request: Request, response: Response
) -> Any:
    """Change a target for a reason; what was signed for it takes a supplement from then on."""
    row = await service.get_target(ctx, target_id, lock=True)
    check_if_match(request, row.version)
    await service.change_target(ctx, row, body.change())
    await pull_one(ctx, sources, row.id)
    return TargetRead.of(tagged(response, row))


@router.post(
    "/targets/{target_id}/withdrawal",
    response_model=TargetRead,
    responses=problems(TargetWithdrawn, TargetHasChildren, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def post_withdrawal(
    target_id: UUID, body: Withdrawal, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Withdraw a target; what is open of it ends, what was frozen stays."""
    row = await service.get_target(ctx, target_id, lock=True)
    honour_if_match(request, row.version)
    await service.withdraw_target(ctx, row, body.reason)
    await end_conditions(ctx, row)
    return TargetRead.of(tagged(response, row))


@router.get("/targets/{target_id}/history", response_model=PageOf[ChangeRead], dependencies=READERS)
async def list_history(target_id: UUID, request: Request, ctx: ContextDep, query: ChangesQuery) -> Response:
    """Every write of the target: who, when, why, each field before and after."""
    await service.get_target(ctx, target_id)
    page = await repository.list_changes(ctx.session, target_id, query)
    return page_response(request, page, query, ChangeRead)
