"""Use cases of a review."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    GateReviewAmendedV1,
    GateReviewConcludedV1,
    GateReviewOpenedV1,
    GateReviewRevokedV1,
)
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.approvals.domain.history import changes_between
from services.projects.gate.domain import reviews
from services.projects.gate.domain.reviews import Conclusion, EnergyFacts, Expert, Opinion, Review
from services.projects.gate.domain.standards import ReviewKind, SectorBenchmark
from services.projects.gate.errors import ReviewDateInFuture
from services.projects.gate.repository import reviews as repository
from services.projects.gate.service.benchmarks import BenchmarkSource
from services.projects.gate.service.recording import project_at_gate, review_told, store_review
from services.projects.gate.service.rules import standard_in_force
from services.projects.gate.service.watching import settle_gate
from services.projects.gate.tables import GateReviewRow
from services.projects.ledger.domain.project import Project


@dataclass(frozen=True, slots=True)
class OpenedReview:
    """A review as it stands and its project, whose row is locked when the review is to be written."""

    row: GateReviewRow
    review: Review
    project: Project

    @property
    def version(self) -> int:
        return self.row.version


async def read_review(ctx: Context, review_id: UUID, *, lock: bool = False) -> OpenedReview:
    """Raises NotFound, also for a review of a project that the caller may not see."""
    row = await repository.find_review(ctx.session, review_id)
    if row is None:
        raise NotFound
    project = await project_at_gate(ctx, row.project_id, lock=lock)
    row = await repository.find_review(ctx.session, review_id)
    assert row is not None, "reviews are never deleted"
    return OpenedReview(row, await repository.load_review(ctx.session, row), project)


async def open_review(
    ctx: Context,
    project_id: UUID,
    kind: ReviewKind,
    *,
    opened_on: date | None,
    summary: str,
    documents: tuple[str, ...],
) -> OpenedReview:
    """Begin a review; a renewal is a new one. Raises NotFound, ReviewDateInFuture."""
    project = await project_at_gate(ctx, project_id, lock=True)
    today = today_of(ctx)
    opened_on = opened_on or today
    if opened_on > today:
        fault = FieldError("date.in_future", "/opened_on")
        raise ReviewDateInFuture(on=opened_on, today=today, errors=[fault])
    number = await repository.count_reviews(ctx.session, project_id) + 1
    review = Review(
        id=ctx.new_id(),
        code=f"{kind.value.upper()}-{project.code}-{number}",
        project_id=project_id,
        review=kind,
        opened_on=opened_on,
        summary=summary,
        documents=documents,
    )
    payload = GateReviewOpenedV1(**review_told(review, project), opened_on=opened_on)
    row = await store_review(ctx, project, None, None, review, payload, action="opened")
    return OpenedReview(row, review, project)


async def amend_review(
    ctx: Context, opened: OpenedReview, summary: str, documents: tuple[str, ...]
) -> OpenedReview:
    """Raises IllegalReviewChange."""
    return await _amended(ctx, opened, reviews.amend(opened.review, summary, documents), "amended")


async def add_expert(ctx: Context, opened: OpenedReview, expert: Expert) -> OpenedReview:
    """Raises IllegalReviewChange, ExpertListed."""
    return await _amended(ctx, opened, reviews.add_expert(opened.review, expert), "expert_added")


async def give_opinion(
    ctx: Context, opened: OpenedReview, expert_id: UUID, opinion: Opinion, text: str, on: date
) -> OpenedReview:
    """Raises as the domain's give_opinion."""
    review = reviews.give_opinion(opened.review, expert_id, opinion, text, on, today_of(ctx))
    return await _amended(ctx, opened, review, "opinion_given")


async def set_energy(ctx: Context, opened: OpenedReview, facts: EnergyFacts) -> OpenedReview:
    """Raises IllegalReviewChange."""
    return await _amended(ctx, opened, reviews.set_energy(opened.review, facts), "energy_recorded")


async def fulfil_review(ctx: Context, opened: OpenedReview, on: date, note: str) -> OpenedReview:
    """Raises as the domain's fulfil."""
    review = reviews.fulfil(opened.review, on, note, today_of(ctx))
    stored = await _amended(ctx, opened, review, "fulfilled", note)
    await settle_gate(ctx, opened.project, may_open=False)
    return stored


async def conclude_review(
    ctx: Context, source: BenchmarkSource, opened: OpenedReview, given: Conclusion
) -> OpenedReview:
    """Give the verdict. Raises NoReviewStandard and as the domain's conclude."""
    review, project = opened.review, opened.project
    standard = await standard_in_force(ctx, review.review, project.region_code, given.issued_on)
    benchmark = await find_benchmark(ctx, source, review, project, given.issued_on)
    after = reviews.conclude(review, given, standard, benchmark, today_of(ctx))
    measured = after.measured
    limit = None if measured is None else measured.limit_value
    payload = GateReviewConcludedV1(
        **review_told(after, project),
        verdict=given.verdict.value,
        document_no=given.document_no,
        issued_on=given.issued_on,
        valid_until=after.valid_until,
        standing=None if measured is None else measured.standing.value,
        intensity=None if after.energy is None else float(after.energy.intensity),
        limit_value=None if limit is None else float(limit),
    )
    return await _settled(ctx, opened, after, payload, "concluded", given.text or "")


async def revoke_review(ctx: Context, opened: OpenedReview, on: date, reason: str) -> OpenedReview:
    """Take a review back. Raises as the domain's revoke."""
    after = reviews.revoke(opened.review, on, reason, today_of(ctx))
    payload = GateReviewRevokedV1(**review_told(after, opened.project), on=on, reason=reason)
    return await _settled(ctx, opened, after, payload, "revoked", reason)


async def find_benchmark(
    ctx: Context, source: BenchmarkSource, review: Review, project: Project, on: date
) -> SectorBenchmark | None:
    """The benchmark an energy review is measured by; None for other reviews and where none is known."""
    if review.energy is None:
        return None
    return await source.find(
        ctx,
        project.sector_code,
        project.region_code,
        on,
        basis=review.energy.basis,
        product_unit=review.energy.product_unit,
    )


async def _amended(
    ctx: Context, opened: OpenedReview, after: Review, action: str, reason: str = ""
) -> OpenedReview:
    changed = tuple(change.field for change in changes_between(opened.review, after))
    if not changed:
        return opened
    payload = GateReviewAmendedV1(**review_told(after, opened.project), fields=changed)
    row = await store_review(
        ctx, opened.project, opened.row, opened.review, after, payload, action=action, reason=reason
    )
    return OpenedReview(row, after, opened.project)


async def _settled(
    ctx: Context, opened: OpenedReview, after: Review, payload: EventPayload, action: str, reason: str
) -> OpenedReview:
    row = await store_review(
        ctx, opened.project, opened.row, opened.review, after, payload, action=action, reason=reason
    )
    await settle_gate(ctx, opened.project, may_open=False)
    return OpenedReview(row, after, opened.project)
