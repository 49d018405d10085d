"""Looking at a year, freezing it once, correcting it by new editions; rates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import SettlementFrozenV1
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from services.energy.activations.domain.quarters import OFFSET_MINUTES, day_of, quarter_of
from services.energy.activations.repository import lock_keys
from services.energy.activations.tables import ActivationOrderRow, ActivationVerificationRow
from services.energy.settlements import repository
from services.energy.settlements.domain.settlement import (
    Item,
    Settled,
    Sums,
    by_enterprise,
    settle,
    sums,
)
from services.energy.settlements.errors import (
    SettlementFrozen,
    SettlementSuperseded,
    SettlementUnchanged,
    SettlementUnverified,
    SettlementYearRuns,
)
from services.energy.settlements.rates import rate_of
from services.energy.settlements.tables import (
    SettlementItemRow,
    SettlementLineRow,
    SettlementRow,
)

_SUMS = tuple(item.name for item in fields(Sums))
_SHOWN_CODES = 10


@dataclass(frozen=True, slots=True)
class Year:
    """A region's year as it stands: orders with their amounts, and activations that are not verified."""

    region_code: str
    year: int
    settled: tuple[Settled, ...]
    unverified: tuple[str, ...]

    @property
    def sums(self) -> Sums:
        return sums(self.settled)


async def look_at(ctx: Context, region_code: str, year: int) -> Year:
    """The year so far, nothing is kept. Raises NotFound."""
    ensure_region(ctx.principal, region_code)
    office = timedelta(minutes=OFFSET_MINUTES)
    first = datetime(year, 1, 1, tzinfo=UTC) - office
    last = datetime(year + 1, 1, 1, tzinfo=UTC) - office
    found = await repository.orders_between(ctx.session, regions.prefix(region_code), first, last)
    rates = [rate_of(row) for row in await repository.all_rates(ctx.session)]
    items = [_item(order, activation.code, row) for order, activation, row in found if row is not None]
    unverified = tuple(dict.fromkeys(activation.code for _, activation, row in found if row is None))
    return Year(region_code, year, tuple(settle(items, rates)), unverified)


def _item(order: ActivationOrderRow, code: str, row: ActivationVerificationRow) -> Item:
    return Item(
        order_id=order.id,
        verification_id=row.id,
        edition=row.edition,
        activation_code=code,
        enterprise_id=order.enterprise_id,
        enterprise_name=order.enterprise_name,
        credit_code=order.credit_code,
        region_code=order.region_code,
        day=day_of(quarter_of(order.starts_at)),
        hours=row.wanted_quarters / 4,
        ordered_kwh=row.ordered_kwh,
        energy_kwh=row.energy_kwh,
        shortfall_kwh=row.shortfall_kwh,
        covered=row.covered,
        verdict=row.verdict,
    )


async def freeze(ctx: Context, region_code: str, year: int) -> SettlementRow:
    """The first edition of a year that is over.

    Raises SettlementYearRuns, SettlementUnverified, SettlementFrozen, NotFound.
    """
    ensure_region(ctx.principal, region_code)
    await lock_keys(ctx.session, [f"settlement:{region_code}:{year}"])
    known = await repository.newest(ctx.session, region_code, year)
    if known is not None:
        raise SettlementFrozen(region_code=region_code, year=year, edition=known.edition)
    if day_of(quarter_of(ctx.now)).year <= year:
        raise SettlementYearRuns(year=year)
    return await _keep(ctx, await look_at(ctx, region_code, year), 1, "frozen")


async def correct(ctx: Context, settlement: SettlementRow, reason: str) -> SettlementRow:
    """The next edition, by what is verified and the rates as they are now.

    Raises SettlementUnverified, SettlementUnchanged, SettlementSuperseded.
    """
    await lock_keys(ctx.session, [f"settlement:{settlement.region_code}:{settlement.year}"])
    newest = await repository.newest(ctx.session, settlement.region_code, settlement.year)
    assert newest is not None
    if newest.id != settlement.id:
        raise SettlementSuperseded(edition=newest.edition)
    year = await look_at(ctx, settlement.region_code, settlement.year)
    if digest_of(year.settled) == newest.digest:
        raise SettlementUnchanged(edition=newest.edition)
    return await _keep(ctx, year, newest.edition + 1, reason)


def digest_of(settled: Sequence[Settled]) -> bytes:
    """Of all that a settlement rests on and says, in an order of its own."""
    facts = [asdict(one) for one in sorted(settled, key=lambda one: one.item.order_id)]
    # The driver's own ids are ids as well.
    return hashlib.sha256(orjson.dumps(facts, default=str)).digest()


async def _keep(ctx: Context, year: Year, edition: int, reason: str) -> SettlementRow:
    if year.unverified:
        shown = ", ".join(year.unverified[:_SHOWN_CODES])
        raise SettlementUnverified(activations=len(year.unverified), codes=shown)
    groups = by_enterprise(year.settled)
    row = SettlementRow(
        id=ctx.new_id(),
        region_code=year.region_code,
        year=year.year,
        edition=edition,
        reason=reason,
        frozen_at=ctx.now,
        frozen_by=ctx.principal.subject,
        digest=digest_of(year.settled),
        enterprises=len(groups),
        **_sums(year.sums),
    )
    ctx.session.add(row)
    await ctx.session.flush()
    lines = {enterprise_id: _line(ctx, row, settled) for enterprise_id, settled in groups.items()}
    ctx.session.add_all(lines.values())
    await ctx.session.flush()
    ctx.session.add_all(
        _item_row(ctx, row, lines[enterprise_id], one)
        for enterprise_id, settled in groups.items()
        for one in settled
    )
    await ctx.session.flush()
    await _tell(ctx, row)
    return row


def _sums(found: Sums) -> dict[str, Any]:
    return {name: getattr(found, name) for name in _SUMS}


def _line(ctx: Context, row: SettlementRow, settled: Sequence[Settled]) -> SettlementLineRow:
    # As the enterprise was called when it was ordered last.
    item = settled[-1].item
    return SettlementLineRow(
        id=ctx.new_id(),
        settlement_id=row.id,
        enterprise_id=item.enterprise_id,
        enterprise_name=item.enterprise_name,
        credit_code=item.credit_code,
        region_code=item.region_code,
        **_sums(sums(settled)),
    )


def _item_row(ctx: Context, row: SettlementRow, line: SettlementLineRow, one: Settled) -> SettlementItemRow:
    item = one.item
    return SettlementItemRow(
        id=ctx.new_id(),
        settlement_id=row.id,
        line_id=line.id,
        order_id=item.order_id,
        verification_id=item.verification_id,
        edition=item.edition,
        activation_code=item.activation_code,
        enterprise_id=item.enterprise_id,
        region_code=item.region_code,
        day=item.day,
        hours=item.hours,
        ordered_kwh=item.ordered_kwh,
        energy_kwh=item.energy_kwh,
        shortfall_kwh=item.shortfall_kwh,
        covered=item.covered,
        verdict=item.verdict,
        compensation_yuan=one.compensation_yuan,
        penalty_yuan=one.penalty_yuan,
        compensation_rate_id=one.compensation_rate_id,
        penalty_rate_id=one.penalty_rate_id,
    )


async def _tell(ctx: Context, row: SettlementRow) -> None:
    payload = SettlementFrozenV1(
        settlement_id=row.id,
        region_code=row.region_code,
        year=row.year,
        edition=row.edition,
        reason=row.reason,
        enterprises=row.enterprises,
        **{name: getattr(row, name) for name in _SUMS},
    )
    # Each edition is a thing of its own; they are read in their order.
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=1,
        region_code=row.region_code,
        ordered_by=f"{row.region_code}:{row.year}",
    )
