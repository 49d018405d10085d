"""``/v1/gate-reviews/{id}/…``: the panel, its opinions, and the energy facts."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.gate.errors import (
    ExpertConflicted,
    ExpertListed,
    IllegalReviewChange,
    ReviewDateInFuture,
    ReviewDatesOutOfOrder,
    UnknownExpert,
)
from services.projects.gate.routes.answers import WRITERS, BenchmarksDep, ToChange, shown
from services.projects.gate.schemas.reviews import EnergyPut, ExpertCreate, OpinionPut, ReviewRead
from services.projects.gate.service import reviews

router = APIRouter(
    prefix="/v1/gate-reviews/{review_id}",
    route_class=TransactionalRoute,
    tags=["gate"],
    dependencies=[require(*WRITERS)],
)


@router.post(
    "/experts",
    status_code=201,
    response_model=ReviewRead,
    responses=problems(IllegalReviewChange, ExpertListed, PreconditionFailed),
)
async def add_expert(
    body: ExpertCreate,
    ctx: ContextDep,
    source: BenchmarksDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Put an expert on the panel, with the declaration on conflicts of interest."""
    return await shown(response, ctx, source, await reviews.add_expert(ctx, opened, body.expert(ctx.new_id())))


@router.put(
    "/experts/{expert_id}/opinion",
    response_model=ReviewRead,
    responses=problems(
        IllegalReviewChange,
        UnknownExpert,
        ExpertConflicted,
        ReviewDateInFuture,
        ReviewDatesOutOfOrder,
        PreconditionFailed,
    ),
)
async def put_opinion(
    review_id: UUID,
    expert_id: UUID,
    body: OpinionPut,
    ctx: ContextDep,
    source: BenchmarksDep,
    request: Request,
    response: Response,
) -> Any:
    """Record an expert's opinion; who declared a conflict gives none."""
    opened = await reviews.read_review(ctx, review_id, lock=True)
    honour_if_match(request, opened.version)
    stored = await reviews.give_opinion(ctx, opened, expert_id, body.opinion, body.text, body.on)
    return await shown(response, ctx, source, stored)


@router.put(
    "/energy",
    response_model=ReviewRead,
    responses=problems(IllegalReviewChange, PreconditionFailed),
)
async def put_energy(
    body: EnergyPut,
    ctx: ContextDep,
    source: BenchmarksDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record the project's energy intensity; the answer shows where it stands in its sector."""
    return await shown(response, ctx, source, await reviews.set_energy(ctx, opened, body.facts()))
