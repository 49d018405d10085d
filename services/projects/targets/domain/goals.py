"""A target (目标): an amount of an indicator that somebody is to reach, or to keep below, within years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.targets.domain.indicators import Indicator, Nature
from services.projects.targets.domain.scopes import Scope

_HUNDRED: Final = Decimal(100)
_DECEMBER: Final = 12
# What anybody is held to; each month of it is pulled and judged.
MOST_YEARS: Final = 20
# Province, city, county, township, unit, person, and years and indicators between them.
MOST_LEVELS: Final = 20


class Direction(StrEnum):
    """不低于 at least, 不高于 at most."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Counting(StrEnum):
    """Of a flow over several years: 累计数 the whole period's sum, 末年数 what the last year brings."""

    TOTAL = "total"
    FINAL_YEAR = "final_year"


class Profile(StrEnum):
    """序时进度: 均衡 linear, 季节性 by the months of years before, 节点 by milestones."""

    LINEAR = "linear"
    SEASONAL = "seasonal"
    MILESTONES = "milestones"


@dataclass(frozen=True, slots=True)
class Milestone:
    """So many percent are due by the end of the month; nothing more until the next one."""

    month: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Goal:
    """``base_amount`` is where it starts from: of a stock, and of what the last of several years is to bring."""

    id: UUID
    parent_id: UUID | None
    code: str
    indicator: Indicator
    scope: Scope
    first_year: int
    last_year: int
    direction: Direction
    counting: Counting
    amount: Decimal
    base_amount: Decimal | None = None
    profile: Profile = Profile.LINEAR
    milestones: tuple[Milestone, ...] = ()

    @property
    def years(self) -> int:
        return self.last_year - self.first_year + 1

    @property
    def first_month(self) -> date:
        return date(self.first_year, 1, 1)

    @property
    def last_month(self) -> date:
        return date(self.last_year, _DECEMBER, 1)

    @property
    def is_yearly_sum(self) -> bool:
        """Whether each year counts by itself: what the last one brings."""
        return self.counting is Counting.FINAL_YEAR and self.years > 1

    def faults(self) -> list[FieldError]:
        """What does not go together in the target itself."""
        faults = self.scope.faults()
        if self.last_year < self.first_year:
            faults.append(FieldError("period.ends_before_it_begins", "/last_year"))
        if self.years > MOST_YEARS:
            faults.append(FieldError("target.period_too_long", "/last_year", {"years": MOST_YEARS}))
        if self.indicator.nature is not Nature.RATE and self.amount < 0:
            faults.append(FieldError("target.amount_negative", "/amount"))
        if self.counting is Counting.FINAL_YEAR and self.indicator.nature is not Nature.FLOW:
            faults.append(FieldError("target.counting_of_flows", "/counting"))
        if (self.profile is Profile.MILESTONES) != bool(self.milestones):
            faults.append(FieldError("target.milestones_with_profile", "/milestones"))
        return faults + self._milestone_faults()

    def _milestone_faults(self) -> list[FieldError]:
        faults = []
        for place, one in enumerate(self.milestones):
            before = self.milestones[place - 1] if place else None
            if not self.first_month <= one.month <= self.last_month:
                faults.append(FieldError("target.milestone_outside", f"/milestones/{place}/month"))
            if before is not None and one.month <= before.month:
                faults.append(FieldError("curve.month_not_rising", f"/milestones/{place}/month"))
            if before is not None and one.percent < before.percent:
                faults.append(FieldError("curve.percent_falling", f"/milestones/{place}/percent"))
        if self.milestones and self.milestones[-1].percent != _HUNDRED:
            faults.append(FieldError("curve.not_complete", f"/milestones/{len(self.milestones) - 1}/percent"))
        return faults


def misfits(child: Goal, parent: Goal) -> list[FieldError]:
    """Why the child cannot stand below the parent, by field."""
    faults = []
    if (child.indicator.unit, child.indicator.nature) != (parent.indicator.unit, parent.indicator.nature):
        measured = {"unit": parent.indicator.unit, "nature": parent.indicator.nature}
        faults.append(FieldError("target.unit_differs", "/indicator_code", measured))
    for name, is_outside in (
        ("first_year", child.first_year < parent.first_year),
        ("last_year", child.last_year > parent.last_year),
    ):
        if is_outside:
            years = {"first_year": parent.first_year, "last_year": parent.last_year}
            faults.append(FieldError("target.period_outside", f"/{name}", years))
    if not regions.contains(parent.scope.region_code, child.scope.region_code):
        region = {"region_code": parent.scope.region_code}
        faults.append(FieldError("target.region_outside", "/region_code", region))
    if child.direction is not parent.direction:
        faults.append(FieldError("target.direction_differs", "/direction"))
    if child.years > 1 and child.counting is not parent.counting:
        faults.append(FieldError("target.counting_differs", "/counting"))
    return faults


def demand_acyclic(parents: dict[str, str | None]) -> list[str]:
    """Codes that are their own ancestors; ``parents`` names each one's parent (None, or one outside: the top)."""
    caught = []
    for code, parent in parents.items():
        seen, above = {code}, parent
        while above is not None and above in parents and above not in seen:
            seen.add(above)
            above = parents[above]
        if above == code:
            caught.append(code)
    return caught


def too_deep(parents: dict[str, str | None]) -> list[str]:
    """Codes that stand deeper than ``MOST_LEVELS``; there are no circles any more."""
    caught = []
    for code in parents:
        above: str | None = code
        for _ in range(MOST_LEVELS):
            above = parents.get(above) if above is not None else None
        if above is not None and above in parents:
            caught.append(code)
    return caught


class SplitBy(StrEnum):
    """How children divide their parent: 分年度 by years, 分指标 by indicator, or by the type of their scope."""

    YEARS = "years"
    INDICATOR = "indicator"
    REGION = "region"
    UNIT = "unit"
    PERSON = "person"
    PARK = "park"
    INDUSTRY = "industry"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Split:
    """One division of a parent. ``difference`` is the parent's amount less the children's sum: what nobody has to
    bring, or, below zero, what was put on top. Rates do not add up; then both are None.

    ``missing`` names what the division leaves out: years of the period, regions directly below.
    """

    by: SplitBy
    first_year: int
    last_year: int
    children: tuple[UUID, ...]
    total: Decimal | None
    difference: Decimal | None
    missing: tuple[str, ...] = ()


def splits_of(parent: Goal, children: Sequence[Goal], regions_below: Sequence[str] = ()) -> tuple[Split, ...]:
    """The divisions that the children make; ``regions_below`` are the registry's, directly below the parent's."""
    groups: dict[tuple[SplitBy, int, int], list[Goal]] = {}
    for child in children:
        groups.setdefault(_group(parent, child), []).append(child)
    return tuple(_split(parent, key, found, regions_below) for key, found in sorted(groups.items()))


def _group(parent: Goal, child: Goal) -> tuple[SplitBy, int, int]:
    is_whole = (child.first_year, child.last_year) == (parent.first_year, parent.last_year)
    if child.indicator.code != parent.indicator.code:
        return SplitBy.INDICATOR, child.first_year, child.last_year
    if child.scope.key == parent.scope.key and not is_whole:
        return SplitBy.YEARS, parent.first_year, parent.last_year
    return SplitBy(child.scope.type.value), child.first_year, child.last_year


def _split(
    parent: Goal, key: tuple[SplitBy, int, int], children: Sequence[Goal], regions_below: Sequence[str]
) -> Split:
    by, first_year, last_year = key
    missing: list[str] = []
    counted = list(children)
    if by is SplitBy.YEARS:
        covered = {year for child in children for year in range(child.first_year, child.last_year + 1)}
        missing = [str(year) for year in range(first_year, last_year + 1) if year not in covered]
        if parent.is_yearly_sum or parent.indicator.nature is Nature.STOCK:
            # What counts at the end is what the last year is to bring, not the sum of all.
            counted = [child for child in children if child.last_year == parent.last_year]
    elif by is SplitBy.REGION and regions_below:
        served = {child.scope.region_code for child in children}
        missing = [code for code in regions_below if not any(regions.contains(code, own) for own in served)]
    is_additive = parent.indicator.nature is not Nature.RATE and bool(counted)
    # Of a part of the years the parent's amount says nothing.
    is_comparable = by is SplitBy.YEARS or (first_year, last_year) == (parent.first_year, parent.last_year)
    total = sum((child.amount for child in counted), Decimal(0)) if is_additive else None
    return Split(
        by,
        first_year,
        last_year,
        tuple(child.id for child in children),
        total,
        parent.amount - total if total is not None and is_comparable else None,
        tuple(missing),
    )
