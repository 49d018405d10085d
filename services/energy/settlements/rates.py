"""Rates by kind, region and time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from services.energy.activations.repository import lock_keys
from services.energy.settlements import repository
from services.energy.settlements.domain.settlement import Rate, RateKind
from services.energy.settlements.errors import RateOverlaps, RateUnfit
from services.energy.settlements.tables import SettlementRateRow


@dataclass(frozen=True, slots=True)
class WantedRate:
    kind: RateKind
    region_code: str | None
    valid_from: date
    valid_to: date | None
    yuan_per_kwh: Decimal
    cap_share: float
    from_covered: float
    free_covered: float
    note: str


async def add_rate(ctx: Context, wanted: WantedRate) -> SettlementRateRow:
    """A rate from a day on; the one of its kind and region before it ends then, the next one bounds it.

    Raises RateUnfit, RateOverlaps, NotFound.
    """
    if wanted.region_code is not None or not ctx.principal.is_unbound:
        ensure_region(ctx.principal, wanted.region_code)
    if wanted.valid_to is not None and wanted.valid_to <= wanted.valid_from:
        raise RateUnfit(valid_from=wanted.valid_from, valid_to=wanted.valid_to)
    await lock_keys(ctx.session, [f"settlement_rate:{wanted.kind.value}:{wanted.region_code}"])
    valid_to = wanted.valid_to
    for row in await repository.all_rates(ctx.session):
        if row.kind != wanted.kind or row.region_code != wanted.region_code:
            continue
        if row.valid_from == wanted.valid_from:
            raise RateOverlaps(valid_from=row.valid_from)
        if row.valid_from > wanted.valid_from:
            if wanted.valid_to is not None and wanted.valid_to > row.valid_from:
                raise RateOverlaps(valid_from=row.valid_from)
            valid_to = row.valid_from if valid_to is None else min(valid_to, row.valid_from)
        elif row.valid_to is None or row.valid_to > wanted.valid_from:
            row.valid_to = wanted.valid_from
            row.version += 1
            row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    added = SettlementRateRow(
        id=ctx.new_id(),
        **asdict(wanted) | {"kind": wanted.kind.value, "valid_to": valid_to},
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(added)
    await ctx.session.flush()
    return added


def rate_of(row: SettlementRateRow) -> Rate:
    return Rate(
        id=row.id,
        kind=RateKind(row.kind),
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        yuan_per_kwh=row.yuan_per_kwh,
        cap_share=row.cap_share,
        from_covered=row.from_covered,
        free_covered=row.free_covered,
    )
