"""How the routes of the gate find their means and answer."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from services.projects.gate.domain.reviews import Measured
from services.projects.gate.schemas.reviews import ReviewRead
from services.projects.gate.service.benchmarks import BenchmarkSource
from services.projects.gate.service.reviews import OpenedReview, find_benchmark, read_review

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)
KEEPERS = (Role.ADMIN, Role.SUPERVISOR)
# Who may let a project through although a review is lacking.
AUTHORITIES = (Role.ADMIN, Role.LEADER)


async def get_benchmarks(request: Request) -> BenchmarkSource:
    return cast(BenchmarkSource, request.app.state.benchmarks)


BenchmarksDep = Annotated[BenchmarkSource, Depends(get_benchmarks)]


async def open_to_change(review_id: UUID, request: Request, ctx: ContextDep) -> OpenedReview:
    """The path's review, locked; If-Match is honoured. Raises NotFound, PreconditionFailed."""
    opened = await read_review(ctx, review_id, lock=True)
    honour_if_match(request, opened.version)
    return opened


ToChange = Annotated[OpenedReview, Depends(open_to_change)]


async def shown(response: Response, ctx: Context, source: BenchmarkSource, opened: OpenedReview) -> ReviewRead:
    """The review, with its ETag on the response; an open one is measured by today's benchmark."""
    response.headers["ETag"] = etag_of(opened.version)
    review, measured = opened.review, None
    if review.measured is None and review.energy is not None:
        benchmark = await find_benchmark(ctx, source, review, opened.project, today_of(ctx))
        measured = Measured.by(review.energy, benchmark)
    return ReviewRead.of(opened.row, review, ctx.principal, measured)
