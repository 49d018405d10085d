"""``/v1/gate-reviews``: open, read, amend, conclude, fulfil, revoke."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import GATE_OVERRIDE, GATE_REVIEW
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import check_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.gate.errors import (
    ConditionsRequired,
    EnergyFactsRequired,
    IllegalReviewChange,
    IntensityOverLimit,
    NoReviewStandard,
    OpinionsAgainst,
    OpinionsMissing,
    ReviewDateInFuture,
    ReviewDatesOutOfOrder,
    ValidityTooLong,
)
from services.projects.gate.repository import reviews as repository
from services.projects.gate.routes.answers import OFFICES, WRITERS, BenchmarksDep, ToChange, shown
from services.projects.gate.schemas.reviews import (
    ConclusionCreate,
    Fulfilment,
    GateChangeRead,
    ReviewCreate,
    ReviewRead,
    ReviewUpdate,
    Revocation,
)
from services.projects.gate.service import reviews

ReviewsQuery = Annotated[ListQuery, Depends(repository.REVIEWS.selecting(ReviewRead))]
ChangesQuery = Annotated[ListQuery, Depends(repository.CHANGES.selecting(GateChangeRead))]
STEP = (IllegalReviewChange, ReviewDateInFuture, ReviewDatesOutOfOrder, PreconditionFailed)

router = APIRouter(prefix="/v1/gate-reviews", route_class=TransactionalRoute, tags=["gate"])


@router.get("", response_model=PageOf[ReviewRead])
async def list_reviews(request: Request, ctx: ContextDep, query: ReviewsQuery) -> Response:
    """Reviews of the caller's projects; ``measured`` is shown of concluded ones."""
    page = await repository.list_reviews(ctx.session, ctx.principal, query)
    told = {review.id: review for review in await repository.reviews_of(ctx.session, page.items)}
    return page_response(
        request, page, query, ReviewRead, lambda row: ReviewRead.of(row, told[row.id], ctx.principal)
    )


@router.get("/changes", response_model=ChangePage)
async def list_gate_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to reviews and overrides since a cursor, without a gap."""
    topics = [GATE_REVIEW, GATE_OVERRIDE]
    return await read_changes(ctx.session, ctx.principal, topics, after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=ReviewRead,
    responses=problems(ReviewDateInFuture),
    dependencies=[require(*WRITERS)],
)
async def create_review(body: ReviewCreate, ctx: ContextDep, source: BenchmarksDep, response: Response) -> Any:
    """Open an EIA or an energy review of a project; a renewal is a new review."""
    opened = await reviews.open_review(
        ctx,
        body.project_id,
        body.review,
        opened_on=body.opened_on,
        summary=body.summary,
        documents=tuple(body.documents),
    )
    response.headers["Location"] = f"/v1/gate-reviews/{opened.review.id}"
    return await shown(response, ctx, source, opened)


@router.get("/{review_id}", response_model=ReviewRead)
async def read_review(review_id: UUID, ctx: ContextDep, source: BenchmarksDep, response: Response) -> Any:
    """One review; while it is open its intensity is measured by today's benchmark."""
    return await shown(response, ctx, source, await reviews.read_review(ctx, review_id))


@router.patch(
    "/{review_id}",
    response_model=ReviewRead,
    responses=problems(IllegalReviewChange),
    dependencies=[require(*WRITERS)],
)
async def patch_review(
    review_id: UUID,
    body: ReviewUpdate,
    ctx: ContextDep,
    source: BenchmarksDep,
    request: Request,
    response: Response,
) -> Any:
    """Change summary and papers of an open review."""
    opened = await reviews.read_review(ctx, review_id, lock=True)
    check_if_match(request, opened.version)
    summary, documents = body.changed(opened.review)
    return await shown(response, ctx, source, await reviews.amend_review(ctx, opened, summary, documents))


@router.post(
    "/{review_id}/conclusion",
    status_code=201,
    response_model=ReviewRead,
    responses=problems(
        *STEP,
        OpinionsMissing,
        OpinionsAgainst,
        EnergyFactsRequired,
        IntensityOverLimit,
        ConditionsRequired,
        ValidityTooLong,
        NoReviewStandard,
    ),
    dependencies=[require(*WRITERS)],
)
async def conclude_review(
    body: ConclusionCreate,
    ctx: ContextDep,
    source: BenchmarksDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Give the verdict. A project above its sector's limit, or that most experts refuse, can only fail."""
    stored = await reviews.conclude_review(ctx, source, opened, body.given())
    return await shown(response, ctx, source, stored)


@router.post(
    "/{review_id}/fulfilment",
    status_code=201,
    response_model=ReviewRead,
    responses=problems(*STEP),
    dependencies=[require(*WRITERS)],
)
async def fulfil_review(
    body: Fulfilment,
    ctx: ContextDep,
    source: BenchmarksDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record that the conditions of a conditional pass are met; commissioning asks for it."""
    return await shown(response, ctx, source, await reviews.fulfil_review(ctx, opened, body.on, body.note))


@router.post(
    "/{review_id}/revocation",
    status_code=201,
    response_model=ReviewRead,
    responses=problems(*STEP),
    dependencies=[require(*WRITERS)],
)
async def revoke_review(
    body: Revocation,
    ctx: ContextDep,
    source: BenchmarksDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Take a review back; it stays on record with the reason and counts nowhere any more."""
    return await shown(response, ctx, source, await reviews.revoke_review(ctx, opened, body.on, body.reason))


@router.get("/{review_id}/history", response_model=PageOf[GateChangeRead], dependencies=[require(*OFFICES)])
async def list_review_history(review_id: UUID, request: Request, ctx: ContextDep, query: ChangesQuery) -> Response:
    """Every step of the review, for offices: the panel is named in it."""
    await reviews.read_review(ctx, review_id)
    page = await repository.list_changes(ctx.session, review_id, query)
    return page_response(request, page, query, GateChangeRead)
