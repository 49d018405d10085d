"""A quarter of the contest: its standing as it is now, frozen with its rows, corrected by a new edition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import ContestPlace, EnergyContestFrozenV1
from libs.common.outbox.record import record_event
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
from services.energy.efficiency.domain.intensities import Basis, Intensity, intensity_of
from services.energy.efficiency.domain.months import quarter_months, shifted
from services.energy.efficiency.domain.targets import EfficiencyRule
from services.energy.efficiency.errors import (
    AppealClosed,
    ContestUnknown,
    EditionExists,
    ProductUnknown,
    QuarterNotOver,
)
from services.energy.efficiency.repository import catalogue
from services.energy.efficiency.repository import contests as repository
from services.energy.efficiency.repository.books import Selection
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.clock import today_of
from services.energy.efficiency.service.placing import columns_of, demand_reach, place
from services.energy.efficiency.service.vetoes import vetoed_enterprises
from services.energy.efficiency.service.world import World, read_books
from services.energy.efficiency.tables import AppealRow, ContestRuleRow, EditionRow, EntryRow

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


async def freeze(ctx: Context, quarter: Quarter, reason: str) -> EditionRow:
    """Freeze the standing as the quarter's next edition; another than the first needs a reason.

    Raises NotFound, ContestUnknown, QuarterNotOver, EditionExists.
    """
    if quarter.last_day >= today_of(ctx):
        raise QuarterNotOver(year=quarter.year, quarter=quarter.quarter)
    rule, placed = await standing_of(ctx, quarter)
    await lock_key(ctx.session, "contest_edition", f"{quarter.code}:{quarter.region_code}:{quarter.months[0]}")
    latest = await repository.latest_edition(
        ctx.session, quarter.code, quarter.region_code, quarter.year, quarter.quarter
    )
    if latest is not None and not reason:
        raise EditionExists(edition=latest.edition, errors=[FieldError("contest.reason_required", "/reason")])
    ranked = sum(one.rank is not None for one in placed)
    edition = EditionRow(
        id=ctx.new_id(),
        contest_code=quarter.code,
        contest_name=rule.name,
        region_code=quarter.region_code,
        year=quarter.year,
        quarter=quarter.quarter,
        edition=1 if latest is None else latest.edition + 1,
        reason=reason,
        rule=_plain(columns_of(rule)),
        ranked=ranked,
        excluded=len(placed) - ranked,
        frozen_at=ctx.now,
        frozen_by=ctx.principal.subject,
    )
    ctx.session.add(edition)
    await ctx.session.flush()
    ctx.session.add_all(entry_of(ctx, edition.id, position, one) for position, one in enumerate(placed, start=1))
    await ctx.session.flush()
    await _tell(ctx, edition, placed)
    return edition


async def _tell(ctx: Context, edition: EditionRow, placed: Sequence[Placed]) -> None:
    places = tuple(
        ContestPlace(
            rank=one.rank,
            enterprise_id=one.candidate.enterprise_id,
            name=one.candidate.name,
            region_code=one.candidate.region_code,
            total=float(one.total),
            intensity=float(one.candidate.now.value),
        )
        for one in placed[:_PLACES_TOLD]
        if one.rank is not None and one.total is not None and one.candidate.now.value is not None
    )
    payload = EnergyContestFrozenV1(
        edition_id=edition.id,
        contest_code=edition.contest_code,
        contest_name=edition.contest_name,
        region_code=edition.region_code,
        year=edition.year,
        quarter=edition.quarter,
        edition=edition.edition,
        reason=edition.reason,
        ranked=edition.ranked,
        excluded=edition.excluded,
        places=places,
    )
    await record_event(ctx, payload, subject=str(edition.id), aggregate_version=1, region_code=edition.region_code)


def entry_of(ctx: Context, edition_id: UUID, position: int, placed: Placed) -> EntryRow:
    """A row of the standing, with what it was made of."""
    one = placed.candidate
    facts = {
        "now": _facts_of(one.now),
        "before": None if one.before is None else _facts_of(one.before),
        "benchmark": None if one.benchmark is None else columns_of(one.benchmark),
        "quality": columns_of(one.quality),
        "savings": None if one.position is None else dict(one.position.savings),
        "next_level": None if one.position is None else one.position.next_level,
    }
    return EntryRow(
        id=ctx.new_id(),
        edition_id=edition_id,
        position=position,
        rank=placed.rank,
        enterprise_id=one.enterprise_id,
        credit_code=one.credit_code,
        name=one.name,
        region_code=one.region_code,
        sector_code=one.sector_code,
        exclusion=None if placed.exclusion is None else placed.exclusion.value,
        total=placed.total,
        level_score=placed.level,
        improvement_score=placed.improvement,
        quality_score=placed.quality,
        intensity=one.now.value,
        intensity_before=None if one.before is None else one.before.value,
        improvement_percent=one.improvement_percent,
        standing=None if one.position is None else one.position.standing.value,
        facts=_plain(facts),
    )


def _facts_of(intensity: Intensity) -> dict[str, Any]:
    facts = columns_of(intensity)
    facts["reasons"] = [columns_of(reason) for reason in intensity.reasons]
    return facts


def _plain(value: Any) -> Any:
    """As JSON keeps it: decimals and days as text."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal | date) else value


async def file_appeal(ctx: Context, edition: EditionRow, enterprise_id: UUID, text: str, on: date) -> AppealRow:
    """Record an objection to an edition that stands. Raises EntryUnknown, AppealClosed."""
    entry = await repository.get_entry(ctx.session, ctx.principal, edition, enterprise_id)
    await _demand_latest(ctx, edition)
    row = AppealRow(
        id=ctx.new_id(),
        edition_id=edition.id,
        enterprise_id=enterprise_id,
        region_code=entry.region_code,
        text=text,
        filed_on=on,
        status="open",
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _demand_latest(ctx: Context, edition: EditionRow) -> None:
    latest = await repository.latest_edition(
        ctx.session, edition.contest_code, edition.region_code, edition.year, edition.quarter
    )
    if latest is not None and latest.id != edition.id:
        raise AppealClosed(edition=latest.edition)


async def decide_appeal(ctx: Context, row: AppealRow, *, is_upheld: bool, decision: str, on: date) -> AppealRow:
    """Decide a locked appeal; upheld, the quarter is frozen anew from the figures as they are now.

    Raises AppealClosed and as :func:`freeze`.
    """
    edition = await repository.get_edition(ctx.session, ctx.principal, row.edition_id)
    if row.status != "open":
        raise AppealClosed(edition=edition.edition)
    row.status = "upheld" if is_upheld else "dismissed"
    row.decision, row.decided_on, row.decided_by = decision, on, ctx.principal.subject
    if is_upheld:
        quarter = Quarter(edition.contest_code, edition.region_code, edition.year, edition.quarter)
        row.resulting_edition_id = (await freeze(ctx, quarter, decision)).id
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    return row
