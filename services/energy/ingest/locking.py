"""The days a batch writes, and their locks: taken all at once, before the first row is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.day_locks import lock_days
from services.energy.metering.domain.incoming import Incoming, Int, distinct_days, distinct_pairs


def days_of(groups: Sequence[Incoming]) -> set[int]:
    return {
        day
        for incoming in groups
        for part in (incoming.curves, incoming.points)
        for day in distinct_pairs(part.day * 0, part.day)[1].tolist()
    }


async def lock_all(
    session: AsyncSession, groups: Sequence[Incoming], others: Iterable[Sequence[tuple[Int, Int]]]
) -> None:
    """Lock the days of what came, and ``others``: (meters, days) that are changed besides."""
    keys = [distinct_days(incoming) for incoming in groups]
    keys += [days for own in others for days in own]
    if keys:
        meters, days = zip(*keys, strict=True)
        await lock_days(session, np.concatenate(meters), np.concatenate(days))
