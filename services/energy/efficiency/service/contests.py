"""A quarter of the contest: its rule, and its standing as the figures are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.validity import in_force
from libs.common.web.problems import FieldError
from services.energy.efficiency.domain.books import Book, Flow
from services.energy.efficiency.domain.carriers import ELECTRICITY
from services.energy.efficiency.domain.contest import (
    Candidate,
    ContestRule,
    Placed,
    Quality,
    demand_rule_order,
    standing,
)
from services.energy.efficiency.domain.intensities import Basis, intensity_of
from services.energy.efficiency.domain.months import quarter_months, shifted
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.errors import (
    ContestUnknown,
    ProductUnknown,
)
from services.energy.efficiency.repository import catalogue
from services.energy.efficiency.repository import contests as repository
from services.energy.efficiency.repository.books import Selection
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.placing import demand_reach, place
from services.energy.efficiency.service.vetoes import vetoed_enterprises
from services.energy.efficiency.service.world import World, read_books
from services.energy.efficiency.tables import ContestRuleRow

# What an event's payload holds of the ranked.
_PLACES_TOLD: Final = 500
_FOUR_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Quarter:
    """Which contest, where and when."""

    code: str
    region_code: str
    year: int
    quarter: int

    @property
    def months(self) -> tuple[date, date, date]:
        return quarter_months(self.year, self.quarter)

    @property
    def last_day(self) -> date:
        return shifted(self.months[-1], 1) - timedelta(days=1)


async def put_rule(ctx: Context, rule: ContestRule) -> ContestRuleRow:
    """Put a contest's rule in force; frozen quarters keep theirs.

    Raises ContestRuleNotOrdered, ProductUnknown, EverywhereForbidden, EntryNotOrdered, EntryOverlaps.
    """
    demand_rule_order(rule)
    demand_reach(ctx, rule.region_code)
    if rule.basis is Basis.PRODUCT and rule.product_code not in await catalogue.products(ctx.session):
        errors = [FieldError("efficiency.product_unknown", "/product_code")]
        raise ProductUnknown(code=rule.product_code, errors=errors)
    await lock_key(ctx.session, "contest_rule", f"{rule.code}:{rule.region_code}")
    rows = await repository.rule_rows(ctx.session, rule.code, rule.region_code)
    row, _ = place(ctx, ContestRuleRow, rows, rule, value_of=repository.rule_of)
    await ctx.session.flush()
    return row


async def rule_in_force(ctx: Context, quarter: Quarter) -> ContestRule:
    """The rule on the quarter's last day. Raises NotFound, ContestUnknown."""
    ensure_region(ctx.principal, quarter.region_code)
    rule = in_force(await repository.rules_of(ctx.session, quarter.code), quarter.region_code, quarter.last_day)
    if rule is None:
        raise ContestUnknown(code=quarter.code)
    return rule


async def standing_of(ctx: Context, quarter: Quarter) -> tuple[ContestRule, list[Placed]]:
    """The order as the figures are now. Raises NotFound, ContestUnknown."""
    rule = await rule_in_force(ctx, quarter)
    months = quarter.months
    before = tuple(shifted(month, -12) for month in months)
    selection = Selection(region_code=quarter.region_code, sectors=rule.sectors)
    books, world = await read_books(ctx, selection, before[0], months[-1])
    vetoed = await vetoed_enterprises(ctx, months[0], quarter.last_day)
    candidates = [
        _candidate(rule, book, world, months, before, is_vetoed=book.enterprise_id in vetoed)
        for book in books.values()
        if _takes_part(rule, book, months)
    ]
    return rule, standing(rule, candidates)


def _takes_part(rule: ContestRule, book: Book, months: Sequence[date]) -> bool:
    """Who made the product within a year; by output value also key users that reported nothing."""
    if book.is_closed and not any(key.month in months for key in book.figures):
        return False
    if rule.basis is Basis.PRODUCT:
        return rule.product_code in book.product_codes({key.month for key in book.figures})
    return book.is_key_user or book.first_month() is not None


def _candidate(
    rule: ContestRule,
    book: Book,
    world: World,
    months: Sequence[date],
    before: Sequence[date],
    *,
    is_vetoed: bool,
) -> Candidate:
    converter = world.converter(rule.factor_kind, book.region_code, months[-1])
    product = rule.product_code or None
    now = intensity_of(book, converter, rule.basis, product, months)
    earlier = intensity_of(book, converter, rule.basis, product, before)
    benchmark, position = world.position(book, now, rule.factor_kind)
    return Candidate(
        book.enterprise_id,
        book.credit_code,
        book.name,
        book.region_code,
        book.sector_code,
        now,
        earlier,
        benchmark,
        position,
        _quality(book, world, rule, months),
        is_vetoed,
    )


def _quality(book: Book, world: World, rule: ContestRule, months: Sequence[date]) -> Quality:
    demands = world.rule(book.region_code, months[-1])
    converter = world.converter(rule.factor_kind, book.region_code, months[-1])
    timely = [_is_timely(book, demands, month) for month in months]
    agreeing, complete = [], []
    boundaries = (None, *book.processes)
    for month in months:
        for boundary in boundaries:
            metered = book.metered.get((month, boundary))
            if metered is not None and metered.completeness is not None:
                complete.append(metered.completeness)
        for line in converter.month(book, None, month).lines:
            is_both = line.reported is not None and line.metered is not None and line.source == "metered"
            if is_both and (line.carrier_code, line.flow) == (ELECTRICITY, Flow.CONSUMED):
                agreeing.append(not line.is_flagged(converter.trust))
    return Quality(_share(timely), _share(agreeing), _mean(complete))


def _is_timely(book: Book, demands: EfficiencyRule, month: date) -> bool:
    reported = book.reported_on.get(month)
    return reported is not None and reported <= shifted(month, 1).replace(day=demands.report_due_day)


def _share(flags: Sequence[bool]) -> Decimal | None:
    return None if not flags else (Decimal(sum(flags)) / len(flags)).quantize(_FOUR_PLACES)


def _mean(shares: Sequence[Decimal]) -> Decimal | None:
    return None if not shares else (sum(shares, Decimal(0)) / len(shares)).quantize(_FOUR_PLACES)
