"""Rates of many projects: sums of their shares, by group and in total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

from services.projects.rates.domain.facts import RateFacts
from services.projects.rates.domain.grouping import Groups
from services.projects.rates.domain.measures import MEASURES, Measure, Share, Unusable, share_of

Key = tuple[str | None, ...]
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Sums:
    """Numerator and denominator of one measure in its unit, and how many projects stand behind and beside them."""

    numerator: int = 0
    denominator: int = 0
    numerator_projects: int = 0
    denominator_projects: int = 0
    unusable_projects: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.numerator_projects + other.numerator_projects,
            self.denominator_projects + other.denominator_projects,
            self.unusable_projects + other.unusable_projects,
        )

    @property
    def value(self) -> Decimal | None:
        return rate_value(self.numerator, self.denominator)


@dataclass(slots=True)
class Figure:
    """Numerator and denominator of one measure, and the projects behind them.

    ``numerator_ids`` are those that added to the numerator, a subset of ``denominator_ids``.
    """

    numerator: int = 0
    denominator: int = 0
    numerator_ids: list[UUID] = field(default_factory=list)
    denominator_ids: list[UUID] = field(default_factory=list)
    unusable: dict[UUID, Unusable] = field(default_factory=dict)

    @property
    def value(self) -> Decimal | None:
        return rate_value(self.numerator, self.denominator)

    @property
    def sums(self) -> Sums:
        counts = (len(self.numerator_ids), len(self.denominator_ids), len(self.unusable))
        return Sums(self.numerator, self.denominator, *counts)

    def add(self, project_id: UUID, share: Share | Unusable) -> None:
        if isinstance(share, Unusable):
            self.unusable[project_id] = share
            return
        self.numerator += share.numerator
        self.denominator += share.denominator
        self.denominator_ids.append(project_id)
        if share.numerator:
            self.numerator_ids.append(project_id)


def rate_value(numerator: int, denominator: int) -> Decimal | None:
    """The quotient to six decimals, half to even; None when nothing stands below."""
    if denominator == 0:
        return None
    # Whole yuan of a province have 15 digits, so that the default context's 28 are exact enough to round.
    return (Decimal(numerator) / Decimal(denominator)).quantize(_PLACES, rounding=ROUND_HALF_EVEN)


def rates_of(
    projects: Iterable[RateFacts], as_of: date, groups: Groups | None = None
) -> Mapping[Key, Mapping[Measure, Figure]]:
    """Every measure of every group that has signed projects; the key of an answer without groups is ``()``."""
    grouped: dict[Key, dict[Measure, Figure]] = {}
    grouping = groups or Groups()
    for facts in projects:
        if facts.signed_on is None or facts.signed_on > as_of:
            continue
        figures = grouped.setdefault(grouping.key_of(facts), {measure: Figure() for measure in MEASURES})
        for measure, figure in figures.items():
            share = share_of(facts, measure, as_of)
            if share is not None:
                figure.add(facts.project_id, share)
    return grouped
