"""All meters in memory, kept current: the feed's door and the worker look at one for every reading."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.domain.meter import Meter
from services.energy.metering.repository import changed_since


class MeterDirectory:
    """Meters by number and by index; 600 bytes a meter."""

    def __init__(self) -> None:
        self.by_no: dict[str, Meter] = {}
        self.by_index: dict[int, Meter] = {}
        self._mark = 0

    async def refresh(self, session: AsyncSession) -> int:
        """Take in what was registered or changed since the last time; returns how many meters that were."""
        changed, self._mark = await changed_since(session, self._mark)
        for meter in changed:
            self.by_no[meter.meter_no] = meter
            self.by_index[meter.meter_index] = meter
        return len(changed)
