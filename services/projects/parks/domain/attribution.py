"""Who may count what a tenant brings (税费和经济总量纳入乡镇受益范围), and totals that count it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common import regions
from libs.common.web.problems import FieldError
from services.projects.parks.domain.shares import WHOLE, Share, attribute, demand_whole
from services.projects.parks.errors import AttributionMonth
from services.projects.registry.domain.validity import Dated


class Measure(StrEnum):
    """产值 output, 增加值 value added, 税费 tax, 投资 investment."""

    OUTPUT = "output"
    VALUE_ADDED = "value_added"
    TAX = "tax"
    INVESTMENT = "investment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution(Dated):
    """The shares of one subject and measure for a time; without one the region where it stands counts all.

    ``region_code`` is where the subject stands.
    """

    shares: tuple[Share, ...]


def demand_attribution(attribution: Attribution) -> None:
    """Raises ShareRepeated, SharesNotWhole, AttributionMonth."""
    demand_whole(attribution.shares)
    for name, day in (("valid_from", attribution.valid_from), ("valid_to", attribution.valid_to)):
        if day is not None and day.day != 1:
            raise AttributionMonth(on=day, errors=[FieldError("attribution.first_of_month", f"/{name}")])


@dataclass(frozen=True, slots=True)
class Amount:
    """A month's figure of a subject, where it stands; ``heirs`` are the ids whose shares count, nearest first:
    a project's own before those of its enterprise."""

    heirs: tuple[UUID, ...]
    source_id: UUID
    region_code: str
    month: date
    amount_yuan: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a region counts of one subject over the period: ``shared`` says that an attribution decided."""

    region_code: str
    source_id: UUID
    amount_yuan: int
    shared: bool


@dataclass(frozen=True, slots=True)
class RegionTotal:
    region_code: str
    amount_yuan: int
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """``standing_yuan`` sums the amounts where they stand, before any sharing; ``counted_yuan`` what is counted.

    Over regions that share among themselves only, both are the same: the county counts once.
    """

    standing_yuan: int
    counted_yuan: int
    regions: tuple[RegionTotal, ...]


def shares_of(
    amount: Amount, attributions: Mapping[UUID, Sequence[Attribution]]
) -> tuple[tuple[Share, ...], bool]:
    """The shares in force on the first day of the amount's month, and whether an attribution set them."""
    for heir in amount.heirs:
        for attribution in attributions.get(heir, ()):
            if attribution.holds_on(amount.month):
                return attribution.shares, True
    return (Share(amount.region_code, WHOLE),), False


def total_up(
    amounts: Iterable[Amount], attributions: Mapping[UUID, Sequence[Attribution]], within: str | None = None
) -> Totals:
    """Attribute each amount and sum by region, keeping to regions of the subtree ``within``."""
    standing = 0
    sums: dict[tuple[str, UUID, bool], int] = {}
    for amount in amounts:
        if _in(amount.region_code, within):
            standing += amount.amount_yuan
        shares, shared = shares_of(amount, attributions)
        for part in attribute(amount.amount_yuan, shares):
            if _in(part.region_code, within):
                key = (part.region_code, amount.source_id, shared)
                sums[key] = sums.get(key, 0) + part.amount_yuan
    by_region: dict[str, list[Contribution]] = {}
    for (region_code, source_id, shared), yuan in sorted(sums.items(), key=lambda it: (it[0][0], str(it[0][1]))):
        by_region.setdefault(region_code, []).append(Contribution(region_code, source_id, yuan, shared))
    totals = tuple(
        RegionTotal(code, sum(one.amount_yuan for one in found), tuple(found)) for code, found in by_region.items()
    )
    return Totals(standing, sum(total.amount_yuan for total in totals), totals)


def heirs_of(project_id: UUID | None, enterprise_id: UUID | None) -> tuple[UUID, ...]:
    return tuple(key for key in (project_id, enterprise_id) if key is not None)


def _in(region_code: str, within: str | None) -> bool:
    return within is None or regions.contains(within, region_code)
