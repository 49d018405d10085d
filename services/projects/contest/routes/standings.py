"""``/v1/contest-standings``: quarters as they were frozen and published."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from libs.common.context import Context
from libs.common.contracts.projects.contests import CONTEST_STANDING
from libs.common.security.audit import audit
from libs.common.security.scope import reaches_region
from libs.common.sheets.writing import Row
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.contest.errors import (
    AppealsUnfit,
    NothingToFreeze,
    QuarterFrozen,
    QuarterNotOver,
    RuleMissing,
    SchemeMissing,
)
from services.projects.contest.repository import standings as repository
from services.projects.contest.schemas.standings import (
    ContestStandingCreate,
    ContestStandingRead,
    ParticipantFacts,
    PlaceRead,
)
from services.projects.contest.service.all_sources import SOURCES
from services.projects.contest.service.contests import own_contest
from services.projects.contest.service.freezing import freeze
from services.projects.contest.service.reach import reaches_entry
from services.projects.contest.tables import ContestEntryRow, ContestRow, ContestStandingRow
from services.projects.lists.routes.answers import DECIDERS, OFFICES, WORKBOOK, language_of, new_router, workbook

StandingsQuery = Annotated[ListQuery, Depends(repository.STANDINGS.selecting(ContestStandingRead))]
EntriesQuery = Annotated[ListQuery, Depends(repository.ENTRIES.selecting(PlaceRead))]
_HEADS: Final = {
    "zh-CN": ("名次", "代码", "名称", "所属地区", "得分", "基础分", "加分", "扣分", "说明"),
    "en": ("rank", "code", "name", "region", "score", "base score", "bonus", "deduction", "remarks"),
}
_PART_HEADS: Final = {"zh-CN": ("（数值）", "（得分）"), "en": (" (figure)", " (points)")}

router = new_router("contests")


async def _found(standing_id: UUID, ctx: ContextDep) -> tuple[ContestRow, ContestStandingRow]:
    found = await repository.read_standing(ctx.session, ctx.principal, standing_id)
    if found is None:
        raise NotFound
    return found


Found = Annotated[tuple[ContestRow, ContestStandingRow], Depends(_found)]


def _may_look(ctx: Context, contest: ContestRow, entry: ContestEntryRow) -> bool:
    """Who leads the contest looks into everything, a participant and its region into their own."""
    leads = not ctx.principal.is_enterprise_bound and reaches_region(ctx.principal, contest.region_code)
    return leads or reaches_entry(ctx.principal, entry)


@router.post(
    "/contests/{contest_id}/standings",
    status_code=201,
    response_model=ContestStandingRead,
    responses=problems(
        QuarterNotOver,
        QuarterFrozen,
        NothingToFreeze,
        SchemeMissing,
        RuleMissing,
        AppealsUnfit,
        UnknownCalendarYear,
        PreconditionFailed,
    ),
    dependencies=[require(*DECIDERS)],
)
async def freeze_quarter(
    contest_id: UUID, body: ContestStandingCreate, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Freeze and publish a quarter that is over; of a frozen one make the next edition, with the reason."""
    contest = await own_contest(ctx, contest_id, lock=True)
    honour_if_match(request, contest.version)
    row = await freeze(ctx, SOURCES, contest, body.order())
    response.headers["Location"] = f"/v1/contest-standings/{row.id}"
    return ContestStandingRead.of(contest, row)


@router.get("/contest-standings", response_model=PageOf[ContestStandingRead])
async def list_standings(request: Request, ctx: ContextDep, query: StandingsQuery) -> Response:
    """Published quarters, every edition."""
    page = await repository.list_standings(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ContestStandingRead, lambda found: ContestStandingRead.of(*found))


@router.get("/contest-standings/changes", response_model=ChangePage)
async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What was published since a cursor, without a gap."""
    return await read_changes(ctx.session, ctx.principal, [CONTEST_STANDING], after=after, limit=limit)


@router.get("/contest-standings/{standing_id}", response_model=ContestStandingRead)
async def read_standing(found: Found, request: Request, response: Response) -> Any:
    """One edition with its weights and its rule."""
    contest, row = found
    tag = etag_of(row.digest)
    response.headers["ETag"] = tag
    return not_modified(request, tag) or ContestStandingRead.of(contest, row)


@router.get("/contest-standings/{standing_id}/participants", response_model=PageOf[PlaceRead])
async def list_places(found: Found, request: Request, ctx: ContextDep, query: EntriesQuery) -> Response:
    """The places in their order; what scores are made of is shown as far as the caller reaches."""
    contest, row = found
    page = await repository.list_entries(ctx.session, row.id, query)

    def shown(entry: ContestEntryRow) -> PlaceRead:
        return PlaceRead.of(entry, detailed=_may_look(ctx, contest, entry))

    return page_response(request, page, query, PlaceRead, shown)


@router.get("/contest-standings/{standing_id}/participants/{participant_id}", response_model=PlaceRead)
async def read_place(found: Found, participant_id: UUID, ctx: ContextDep) -> Any:
    """One participant."""
    contest, row = found
    entry = await repository.find_entry(ctx.session, row.id, participant_id)
    if entry is None:
        raise NotFound
    return PlaceRead.of(entry, detailed=_may_look(ctx, contest, entry))


@router.get("/contest-standings/{standing_id}/participants/{participant_id}/rows", response_model=ParticipantFacts)
async def read_rows(found: Found, participant_id: UUID, ctx: ContextDep) -> Any:
    """The facts behind a participant's figures as they were when the quarter was frozen."""
    contest, row = found
    entry = await repository.find_entry(ctx.session, row.id, participant_id)
    if entry is None or not _may_look(ctx, contest, entry):
        raise NotFound
    return ParticipantFacts.of_frozen(await repository.sources_of(ctx.session, row.id, participant_id))


@router.get(
    "/contest-standings/{standing_id}/export",
    response_class=StreamingResponse,
    responses=WORKBOOK,
    dependencies=[require(*OFFICES)],
)
async def export_standing(found: Found, request: Request, ctx: ContextDep) -> Response:
    """The edition as a workbook; figures and points of those whom the caller reaches."""
    contest, row = found
    entries = await repository.entries_of(ctx.session, row.id)
    await audit(ctx, "export", "contest-standings", str(row.id), {"rows": len(entries)})
    language = "zh-CN" if language_of(request).startswith("zh") else "en"
    names = [one["name_zh" if language == "zh-CN" else "name_en"] for one in row.scheme["components"]]
    heads = [*_HEADS[language], *(name + part for name in names for part in _PART_HEADS[language])]
    lines = [_line(entry, language, len(names), detailed=_may_look(ctx, contest, entry)) for entry in entries]
    return workbook(f"{contest.code}-q{row.quarter}-{row.edition}", heads, lines)


def _line(entry: ContestEntryRow, language: str, components: int, *, detailed: bool) -> Row:
    text = "text_zh" if language == "zh-CN" else "text_en"
    figures: list[float | None] = [None] * (2 * components)
    if detailed:
        figures = [_number(part[name]) for part in entry.parts for name in ("value", "points")]
    return [
        entry.rank,
        entry.code,
        entry.name,
        entry.region_code,
        _number(entry.score),
        _number(entry.base_score),
        float(entry.bonus),
        float(entry.deduction),
        " ".join(reason[text] for reason in entry.reasons),
        *figures,
    ]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
