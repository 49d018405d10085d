"""Days before an event that were not normal for an enterprise: under an activation, cut off, or announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.activations import repository
from services.energy.activations.domain.baseline import Skipped
from services.energy.activations.domain.quarters import (
    OFFSET_MINUTES,
    QUARTERS_A_DAY,
    quarter_of,
    start_of,
)
from services.energy.activations.tables import ActivationOrderRow
from services.energy.expected import repository as expected
from services.energy.expected.domain.event import Cause
from services.energy.metering.domain.slots import MINUTES_A_DAY
from services.energy.outages import repository as outages

# Days on which a plant did otherwise by announcement; orderly use is told by the activations themselves.
_UNUSUAL: Final = frozenset({Cause.MAINTENANCE.value, Cause.TEST_RUN.value, Cause.SHUTDOWN.value})

Unusual = dict[int, Skipped]


async def unusual_days(
    session: AsyncSession,
    orders: Sequence[ActivationOrderRow],
    members: Sequence[Sequence[int]],
    days: tuple[int, int],
) -> list[Unusual]:
    """For each order, its days from the first to the last (since 1970) that were not normal, and why."""
    found: list[Unusual] = [{} for _ in orders]
    # The gravest reason is written last.
    await _announced(session, members, days, found)
    await _outages(session, members, days, found)
    await _activations(session, orders, days, found)
    return found


async def _activations(
    session: AsyncSession, orders: Sequence[ActivationOrderRow], days: tuple[int, int], found: list[Unusual]
) -> None:
    places: dict[UUID, list[int]] = {}
    for place, order in enumerate(orders):
        places.setdefault(order.enterprise_id, []).append(place)
    first, last = start_of(days[0] * QUARTERS_A_DAY), start_of((days[1] + 1) * QUARTERS_A_DAY)
    for other, _ in await repository.standing_orders(session, list(places), first, last):
        for place in places[other.enterprise_id]:
            if other.id != orders[place].id:
                _mark(
                    found[place], quarter_of(other.starts_at), quarter_of(other.ends_at), days, Skipped.ACTIVATION
                )


async def _outages(
    session: AsyncSession, members: Sequence[Sequence[int]], days: tuple[int, int], found: list[Unusual]
) -> None:
    first, last = start_of(days[0] * QUARTERS_A_DAY), start_of((days[1] + 1) * QUARTERS_A_DAY)
    stretches = await outages.stretches_between(session, first, last)
    places = _places(members)
    own = np.flatnonzero(np.isin(stretches.meter_index, list(places)))
    for row in own.tolist():
        begun, over = (int(side[row]) + OFFSET_MINUTES for side in (stretches.start, stretches.end))
        for place in places[int(stretches.meter_index[row])]:
            _mark_days(found[place], begun // MINUTES_A_DAY, (over - 1) // MINUTES_A_DAY, days, Skipped.OUTAGE)


async def _announced(
    session: AsyncSession, members: Sequence[Sequence[int]], days: tuple[int, int], found: list[Unusual]
) -> None:
    first, last = start_of(days[0] * QUARTERS_A_DAY), start_of((days[1] + 1) * QUARTERS_A_DAY)
    events = [
        event
        for event in await expected.standing_since(session, first)
        if event.cause in _UNUSUAL and event.starts_at < last
    ]
    places = _places(members)
    meters = await expected.meters_of(session, events)
    for event in events:
        concerned = {place for meter in meters.get(event.id, []) for place in places.get(meter, [])}
        for place in concerned:
            _mark(found[place], quarter_of(event.starts_at), quarter_of(event.ends_at), days, Skipped.ANNOUNCED)


def _places(members: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for place, meters in enumerate(members):
        for meter in meters:
            places.setdefault(meter, []).append(place)
    return places


def _mark(unusual: Unusual, begun: int, over: int, days: tuple[int, int], why: Skipped) -> None:
    _mark_days(unusual, begun // QUARTERS_A_DAY, max(begun, over - 1) // QUARTERS_A_DAY, days, why)


def _mark_days(unusual: Unusual, begun: int, over: int, days: tuple[int, int], why: Skipped) -> None:
    for day in range(max(begun, days[0]), min(over, days[1]) + 1):
        unusual[day] = why
