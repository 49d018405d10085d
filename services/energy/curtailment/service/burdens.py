"""What each enterprise has borne in the year: read by the selection, written when an activation is verified."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.energy.curtailment import borne_repository
from services.energy.curtailment.domain.selection import Burden


async def curtailed_so_far(ctx: Context, year: int) -> dict[UUID, Burden]:
    """By enterprise: energy (kWh), times and minutes of the year as verified; who is not there gave nothing."""
    return await borne_repository.burdens_of_year(ctx.session, year)


async def record_burden(
    ctx: Context,
    *,
    activation_id: UUID,
    enterprise_id: UUID,
    region_code: str,
    day: date,
    kwh: float,
    minutes: int,
    edition: int = 1,
) -> None:
    """What an enterprise gave in an activation (kWh, minutes), as verified now.

    Said again it replaces what was said; an earlier ``edition`` of a verification never replaces a later one.
    Raises ValueError for amounts below nothing: a load that rose instead was no burden, which is 0.
    """
    if kwh < 0 or minutes < 0:
        raise ValueError(f"a burden of {kwh} kWh in {minutes} minutes")
    values = {
        "activation_id": activation_id,
        "enterprise_id": enterprise_id,
        "region_code": region_code,
        "day": day,
        "year": day.year,
        "kwh": kwh,
        "minutes": minutes,
        "edition": edition,
        "recorded_at": ctx.now,
    }
    await borne_repository.put_burden(ctx.session, values)


async def withdraw_burden(ctx: Context, activation_id: UUID) -> None:
    """Of an activation that did not take place after all."""
    await borne_repository.drop_burdens(ctx.session, activation_id)
