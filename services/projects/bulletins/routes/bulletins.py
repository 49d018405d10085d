"""``/v1/bulletins``: generated, edited, reviewed, published, corrected."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from libs.common.contracts.projects.bulletins import BULLETIN
from libs.common.security.scope import ensure_region
from libs.common.web.change_feed import add_change_feed
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.workdays import UnknownCalendarYear
from services.projects.bulletins.errors import (
    BlockUnknown,
    BulletinExists,
    BulletinFrozen,
    FiguresChanged,
    FourEyes,
    NothingCorrected,
    NotPublished,
    NotReviewed,
    PeriodNotBegun,
    PeriodNotOver,
    PeriodUnknown,
    RecipientsMissing,
    Superseded,
    TemplateMalformed,
    TemplateMissing,
    TextRefused,
)
from services.projects.bulletins.repository import bulletins as repository
from services.projects.bulletins.routes.answers import DECIDERS, READERS, WRITERS, new_router, read_full, tagged
from services.projects.bulletins.schemas.bulletins import (
    BlockUpdate,
    BulletinCreate,
    BulletinRead,
    BulletinSummary,
    BulletinUpdate,
    CorrectionCreate,
    Discarding,
    PublicationCreate,
    RefreshRead,
    ReviewCreate,
    StepRead,
)
from services.projects.bulletins.service import drafting, publishing
from services.projects.bulletins.service.recording import draft_to_change, get_bulletin, get_own
from services.projects.registry.errors import EntryUnknown, UnknownRegion
from services.projects.targets.errors import RuleMissing

BulletinsQuery = Annotated[ListQuery, Depends(repository.BULLETINS.selecting(BulletinSummary))]
StepsQuery = Annotated[ListQuery, Depends(repository.STEPS.selecting(StepRead))]
BlockParam = Annotated[str, Path(max_length=200)]

router = new_router()


@router.get("/bulletins", response_model=PageOf[BulletinSummary], dependencies=READERS)
async def list_bulletins(request: Request, ctx: ContextDep, query: BulletinsQuery) -> Response:
    """Bulletins of the caller's subtree, and published ones of the regions above; the newest first."""
    page = await repository.list_bulletins(ctx.session, ctx.principal, query)
    return page_response(request, page, query, BulletinSummary, BulletinSummary.of)


add_change_feed(router, [BULLETIN], of="bulletins", path="/bulletins/changes", dependencies=READERS)


@router.post(
    "/bulletins",
    status_code=201,
    response_model=BulletinRead,
    responses=problems(PeriodUnknown, PeriodNotBegun, TemplateMissing, BulletinExists, UnknownRegion, RuleMissing),
    dependencies=[require(*WRITERS)],
)
async def post_bulletin(body: BulletinCreate, ctx: ContextDep, response: Response) -> Any:
    """Generate the draft of a period from the figures as they are now."""
    row = await drafting.create_draft(ctx, body.region_code, body.period())
    response.headers["Location"] = f"/v1/bulletins/{row.id}"
    return await tagged(ctx, response, row)


@router.get("/bulletins/{bulletin_id}", response_model=BulletinRead, dependencies=READERS)
async def read_bulletin(bulletin_id: UUID, request: Request, response: Response, ctx: ContextDep) -> Any:
    """One bulletin with its texts, as they are stored and as they read."""
    row = await get_bulletin(ctx, bulletin_id)
    return not_modified(request, etag_of(row.version)) or await tagged(ctx, response, row)


@router.patch(
    "/bulletins/{bulletin_id}",
    response_model=BulletinRead,
    responses=problems(BulletinFrozen, TextRefused, TemplateMalformed, EntryUnknown, UnknownRegion),
    dependencies=[require(*WRITERS)],
)
async def patch_bulletin(
    bulletin_id: UUID, body: BulletinUpdate, request: Request, response: Response, ctx: ContextDep
) -> Any:
    """Change what stands around the text, and who gets it."""
    row = await draft_to_change(ctx, bulletin_id)
    check_if_match(request, row.version)
    facts = body.model_dump(exclude={"recipients"}, exclude_none=True)
    recipients = None if body.recipients is None else [one.addressee() for one in body.recipients]
    return await tagged(ctx, response, await drafting.amend(ctx, row, facts, recipients))


@router.patch(
    "/bulletins/{bulletin_id}/blocks/{block_id}",
    response_model=BulletinRead,
    responses=problems(BulletinFrozen, BlockUnknown, TextRefused),
    dependencies=[require(*WRITERS)],
)
async def patch_block(
    bulletin_id: UUID,
    block_id: BlockParam,
    body: BlockUpdate,
    request: Request,
    response: Response,
    ctx: ContextDep,
) -> Any:
    """Write a paragraph; its numbers stay references to figures."""
    row = await draft_to_change(ctx, bulletin_id)
    check_if_match(request, row.version)
    edited = await drafting.edit_paragraph(ctx, row, block_id, body.text_zh, body.text_en)
    return await tagged(ctx, response, edited)


@router.post(
    "/bulletins/{bulletin_id}/refreshments",
    response_model=RefreshRead,
    responses=problems(BulletinFrozen, TemplateMissing, RuleMissing, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def post_refreshment(bulletin_id: UUID, request: Request, response: Response, ctx: ContextDep) -> Any:
    """Take the figures as they are now; edited texts stay, as far as what they speak of is still there."""
    row = await draft_to_change(ctx, bulletin_id)
    honour_if_match(request, row.version)
    found = await drafting.refresh(ctx, row)
    return RefreshRead(bulletin=await tagged(ctx, response, found.row), lost=list(found.lost))


@router.post(
    "/bulletins/{bulletin_id}/reviews",
    response_model=BulletinRead,
    responses=problems(BulletinFrozen, FourEyes, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def post_review(
    bulletin_id: UUID, body: ReviewCreate, request: Request, response: Response, ctx: ContextDep
) -> Any:
    """Pass a draft, or give it back. Who wrote it does not review it."""
    row = await draft_to_change(ctx, bulletin_id)
    honour_if_match(request, row.version)
    return await tagged(ctx, response, await publishing.review(ctx, row, body.note, passed=body.passed))


@router.post(
    "/bulletins/{bulletin_id}/publications",
    response_model=BulletinRead,
    responses=problems(
        NotReviewed,
        PeriodNotOver,
        RecipientsMissing,
        FiguresChanged,
        NothingCorrected,
        UnknownCalendarYear,
        PreconditionFailed,
    ),
    dependencies=[require(*DECIDERS)],
)
async def post_publication(
    bulletin_id: UUID, body: PublicationCreate, request: Request, response: Response, ctx: ContextDep
) -> Any:
    """Number, print and freeze it, and send it to its recipients, who are asked to confirm."""
    row = await get_bulletin(ctx, bulletin_id, lock=True)
    ensure_region(ctx.principal, row.region_code)
    honour_if_match(request, row.version)
    link = f"{cast(str, request.app.state.console_url)}/year/bulletins/{row.id}"
    published = await publishing.publish(ctx, row, link, accept_changed=body.accept_changed)
    return await tagged(ctx, response, published)


@router.post(
    "/bulletins/{bulletin_id}/corrections",
    status_code=201,
    response_model=RefreshRead,
    responses=problems(NotPublished, Superseded, BulletinExists, TemplateMissing, RuleMissing),
    dependencies=[require(*WRITERS)],
)
async def post_correction(bulletin_id: UUID, body: CorrectionCreate, response: Response, ctx: ContextDep) -> Any:
    """Begin the next edition: figures as they are now. Once published it names what it says differently."""
    made = await drafting.correct(ctx, await get_bulletin(ctx, bulletin_id, lock=True), body.reason)
    response.headers["Location"] = f"/v1/bulletins/{made.row.id}"
    response.headers["ETag"] = etag_of(made.row.version)
    return RefreshRead(bulletin=await read_full(ctx, made.row), lost=list(made.lost))


@router.post(
    "/bulletins/{bulletin_id}/discarding",
    response_model=BulletinRead,
    responses=problems(BulletinFrozen, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def post_discarding(
    bulletin_id: UUID, body: Discarding, request: Request, response: Response, ctx: ContextDep
) -> Any:
    """Give a draft up; what was published is never taken back, but corrected."""
    row = await draft_to_change(ctx, bulletin_id)
    honour_if_match(request, row.version)
    return await tagged(ctx, response, await drafting.discard(ctx, row, body.reason))


@router.get("/bulletins/{bulletin_id}/steps", response_model=PageOf[StepRead], dependencies=READERS)
async def list_steps(bulletin_id: UUID, request: Request, ctx: ContextDep, query: StepsQuery) -> Response:
    """Who did what to it, with edited texts before and after."""
    row = await get_own(ctx, bulletin_id)
    page = await repository.list_steps(ctx.session, row.id, query)
    return page_response(request, page, query, StepRead)
