"""A review (评审) from its opening to its verdict: panel, opinions, intensity, validity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.gate.domain.standards import (
    IntensityBasis,
    ReviewKind,
    ReviewStandard,
    SectorBenchmark,
    Standing,
    standing_of,
)
from services.projects.gate.errors import (
    ConditionsRequired,
    EnergyFactsRequired,
    ExpertConflicted,
    ExpertListed,
    IllegalReviewChange,
    IntensityOverLimit,
    OpinionsAgainst,
    OpinionsMissing,
    ReviewDateInFuture,
    ReviewDatesOutOfOrder,
    UnknownExpert,
    ValidityTooLong,
)


class ReviewStatus(StrEnum):
    """评审中 open, 已出结论 concluded, 已撤销 revoked."""

    OPEN = "open"
    CONCLUDED = "concluded"
    REVOKED = "revoked"


class Verdict(StrEnum):
    """通过 pass, 有条件通过 conditional, 不通过 fail."""

    PASS = "pass"  # noqa: S105 - a verdict
    CONDITIONAL = "conditional"
    FAIL = "fail"


class Opinion(StrEnum):
    """同意 agree, 有条件同意 agree with conditions, 不同意 disagree."""

    AGREE = "agree"
    AGREE_WITH_CONDITIONS = "agree_with_conditions"
    DISAGREE = "disagree"


@dataclass(frozen=True, slots=True)
class Expert:
    """One of the panel (评审专家); ``conflict`` is the declared conflict of interest (利害关系), None: none."""

    id: UUID
    name: str
    organisation: str
    expertise: str
    conflict: str | None = None
    opinion: Opinion | None = None
    opinion_text: str = ""
    opined_on: date | None = None

    @property
    def is_conflicted(self) -> bool:
        return self.conflict is not None


@dataclass(frozen=True, slots=True)
class EnergyFacts:
    """What the project will use: tce per 万元 of output value or per ``product_unit``; tce a year."""

    intensity: Decimal
    basis: IntensityBasis
    product_unit: str = ""
    annual_tce: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The benchmark that a verdict was given by, kept as it was then."""

    standing: Standing
    sector_code: str | None = None
    limit_value: Decimal | None = None
    entry_value: Decimal | None = None
    advanced_value: Decimal | None = None
    source: str = ""

    @classmethod
    def by(cls, facts: EnergyFacts, benchmark: SectorBenchmark | None) -> Measured:
        standing = standing_of(facts.intensity, benchmark)
        if benchmark is None:
            return cls(standing)
        return cls(
            standing,
            sector_code=benchmark.sector_code,
            limit_value=benchmark.limit_value,
            entry_value=benchmark.entry_value,
            advanced_value=benchmark.advanced_value,
            source=benchmark.source,
        )


@dataclass(frozen=True, slots=True)
class Review:
    """State of one review. A conditional pass is fully passed once its conditions are ``fulfilled_on`` a day."""

    id: UUID
    code: str
    project_id: UUID
    review: ReviewKind
    opened_on: date
    summary: str = ""
    status: ReviewStatus = ReviewStatus.OPEN
    documents: tuple[str, ...] = ()
    experts: tuple[Expert, ...] = ()
    energy: EnergyFacts | None = None
    measured: Measured | None = None
    verdict: Verdict | None = None
    document_no: str | None = None
    conclusion: str | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    fulfilled_on: date | None = None
    fulfilment_note: str | None = None
    revoked_on: date | None = None
    revocation_reason: str | None = None

    @property
    def is_pass(self) -> bool:
        """Whether it was ever passed and not taken back; it may have expired."""
        return self.status is ReviewStatus.CONCLUDED and self.verdict in {Verdict.PASS, Verdict.CONDITIONAL}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A verdict as it is given; ``text`` are the conditions, or why it failed."""

    verdict: Verdict
    issued_on: date
    document_no: str
    text: str | None = None
    valid_until: date | None = None


def add_expert(review: Review, expert: Expert) -> Review:
    """Raises IllegalReviewChange, ExpertListed."""
    _demand(review, "add_expert", ReviewStatus.OPEN)
    if any((one.name, one.organisation) == (expert.name, expert.organisation) for one in review.experts):
        raise ExpertListed(name=expert.name, errors=[FieldError("entry.exists", "/name")])
    return replace(review, experts=(*review.experts, expert))


def give_opinion(review: Review, expert_id: UUID, opinion: Opinion, text: str, on: date, today: date) -> Review:
    """Record what an expert says; a later opinion replaces the earlier one.

    Raises IllegalReviewChange, UnknownExpert, ExpertConflicted, ReviewDateInFuture, ReviewDatesOutOfOrder.
    """
    _demand(review, "give_opinion", ReviewStatus.OPEN)
    expert = next((one for one in review.experts if one.id == expert_id), None)
    if expert is None:
        raise UnknownExpert(expert_id=expert_id)
    if expert.is_conflicted:
        raise ExpertConflicted(name=expert.name)
    _demand_past(on, today, after=review.opened_on)
    told = replace(expert, opinion=opinion, opinion_text=text, opined_on=on)
    return replace(review, experts=tuple(told if one.id == expert_id else one for one in review.experts))


def set_energy(review: Review, facts: EnergyFacts) -> Review:
    """Raises IllegalReviewChange, also for a review of another kind."""
    _demand(review, "set_energy", ReviewStatus.OPEN)
    if review.review is not ReviewKind.ENERGY:
        raise IllegalReviewChange(act="set_energy", status=review.status)
    return replace(review, energy=facts)


def amend(review: Review, summary: str, documents: tuple[str, ...]) -> Review:
    """Raises IllegalReviewChange once it is concluded."""
    _demand(review, "amend", ReviewStatus.OPEN)
    return replace(review, summary=summary, documents=documents)


def conclude(
    review: Review,
    given: Conclusion,
    standard: ReviewStandard,
    benchmark: SectorBenchmark | None,
    today: date,
) -> Review:
    """Give the verdict on the panel's opinions and, for energy, the sector's benchmark.

    A project above its sector's limit can only fail, and so can one that most of the panel refuses. Raises
    IllegalReviewChange, ReviewDateInFuture, ReviewDatesOutOfOrder, OpinionsMissing, OpinionsAgainst,
    EnergyFactsRequired, IntensityOverLimit, ConditionsRequired, ValidityTooLong.
    """
    _demand(review, "conclude", ReviewStatus.OPEN)
    last_opinion = max((one.opined_on for one in review.experts if one.opined_on), default=review.opened_on)
    _demand_past(given.issued_on, today, after=max(review.opened_on, last_opinion), pointer="/issued_on")
    if given.verdict is not Verdict.PASS and not given.text:
        raise ConditionsRequired(verdict=given.verdict, errors=[FieldError("fact.required", "/text")])
    _demand_opinions(review, given.verdict, standard)
    measured = None
    if review.review is ReviewKind.ENERGY:
        if review.energy is None:
            raise EnergyFactsRequired
        measured = Measured.by(review.energy, benchmark)
        if measured.standing is Standing.OVER_LIMIT and given.verdict is not Verdict.FAIL:
            raise IntensityOverLimit(intensity=review.energy.intensity, limit=measured.limit_value)
    return replace(
        review,
        status=ReviewStatus.CONCLUDED,
        verdict=given.verdict,
        document_no=given.document_no,
        conclusion=given.text,
        issued_on=given.issued_on,
        valid_until=None if given.verdict is Verdict.FAIL else _valid_until(given, standard),
        measured=measured,
    )


def _demand_opinions(review: Review, verdict: Verdict, standard: ReviewStandard) -> None:
    voting = [one for one in review.experts if not one.is_conflicted]
    silent = [one for one in voting if one.opinion is None]
    if len(voting) < standard.min_experts or silent:
        faults = [FieldError("expert.opinion_missing", "/experts", {"name": one.name}) for one in silent]
        raise OpinionsMissing(
            experts=len(voting), min_experts=standard.min_experts, missing=len(silent), errors=faults
        )
    against = sum(one.opinion is Opinion.DISAGREE for one in voting)
    if verdict is not Verdict.FAIL and 2 * against > len(voting):
        raise OpinionsAgainst(against=against, experts=len(voting))


def _valid_until(given: Conclusion, standard: ReviewStandard) -> date:
    longest = standard.last_day(given.issued_on)
    chosen = given.valid_until or longest
    if not given.issued_on <= chosen <= longest:
        fault = FieldError("review.valid_until", "/valid_until", {"longest": longest})
        raise ValidityTooLong(valid_until=chosen, longest=longest, errors=[fault])
    return chosen


def fulfil(review: Review, on: date, note: str, today: date) -> Review:
    """Record that the conditions of a conditional pass are met.

    Raises IllegalReviewChange, ReviewDateInFuture, ReviewDatesOutOfOrder.
    """
    _demand(review, "fulfil", ReviewStatus.CONCLUDED)
    if review.verdict is not Verdict.CONDITIONAL or review.fulfilled_on is not None:
        raise IllegalReviewChange(act="fulfil", status=review.status)
    assert review.issued_on is not None
    _demand_past(on, today, after=review.issued_on)
    return replace(review, fulfilled_on=on, fulfilment_note=note)


def revoke(review: Review, on: date, reason: str, today: date) -> Review:
    """Take a review back; it stays on record and counts nowhere any more.

    Raises IllegalReviewChange, ReviewDateInFuture, ReviewDatesOutOfOrder.
    """
    _demand(review, "revoke", ReviewStatus.OPEN, ReviewStatus.CONCLUDED)
    _demand_past(on, today, after=review.issued_on or review.opened_on)
    return replace(review, status=ReviewStatus.REVOKED, revoked_on=on, revocation_reason=reason)


def _demand(review: Review, act: str, *statuses: ReviewStatus) -> None:
    if review.status not in statuses:
        raise IllegalReviewChange(act=act, status=review.status)


def _demand_past(on: date, today: date, *, after: date, pointer: str = "/on") -> None:
    if on > today:
        raise ReviewDateInFuture(on=on, today=today, errors=[FieldError("date.in_future", pointer)])
    if on < after:
        raise ReviewDatesOutOfOrder(on=on, after=after, errors=[FieldError("date.before_last_step", pointer)])
