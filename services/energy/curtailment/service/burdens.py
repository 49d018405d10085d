"""What each enterprise has borne in the year: read by the selection, written when an activation is verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.energy.curtailment import borne_repository
from services.energy.curtailment.domain.selection import Burden


async def curtailed_so_far(ctx: Context, year: int) -> dict[UUID, Burden]:
    """By enterprise: energy (kWh), times and minutes of the year as verified; who is not there gave nothing."""
    return await borne_repository.burdens_of_year(ctx.session, year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What an enterprise gave in an activation (kWh, minutes), as an edition of its verification says."""

    activation_id: UUID
    enterprise_id: UUID
    region_code: str
    day: date
    kwh: float
    minutes: int
    edition: int = 1


async def record_burdens(ctx: Context, borne: Sequence[Borne]) -> None:
    """What enterprises gave in activations, as verified now; one entry each.

    Said again it replaces what was said; an earlier ``edition`` of a verification never replaces a later one.
    Raises ValueError for amounts below nothing: a load that rose instead was no burden, which is 0.
    """
    for one in borne:
        if one.kwh < 0 or one.minutes < 0:
            raise ValueError(f"a burden of {one.kwh} kWh in {one.minutes} minutes")
    rows = [asdict(one) | {"year": one.day.year, "recorded_at": ctx.now} for one in borne]
    await borne_repository.put_burdens(ctx.session, rows)


async def withdraw_burden(ctx: Context, activation_id: UUID) -> None:
    """Of an activation that did not take place after all."""
    await borne_repository.drop_burdens(ctx.session, activation_id)
