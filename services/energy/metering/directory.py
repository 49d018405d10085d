"""All meters in memory, kept current: the feed's door and the worker look at one for every reading."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.energy.metering.domain.columns import MeterColumns
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.numbers import MeterNumbers
from services.energy.metering.repository import changed_since


class MeterDirectory:
    """Meters by number and by index, one by one and as columns; 800 bytes a meter."""

    def __init__(self) -> None:
        self.by_no: dict[str, Meter] = {}
        self.by_index: dict[int, Meter] = {}
        self.columns = MeterColumns()
        self.numbers = MeterNumbers()
        self._mark = 0

    async def refresh(self, session: AsyncSession) -> int:
        """Take in what was registered or changed since the last time; returns how many meters that were."""
        changed, self._mark = await changed_since(session, self._mark)
        self.put(changed)
        return len(changed)

    def put(self, meters: Sequence[Meter]) -> None:
        """Enter new meters and what changed of others."""
        new = [meter for meter in meters if meter.meter_no not in self.by_no]
        self.numbers.put([meter.meter_no for meter in new], [meter.meter_index for meter in new])
        # A meter that is read again without a change costs nothing further.
        changed = [meter for meter in meters if self.by_index.get(meter.meter_index) != meter]
        for meter in changed:
            self.by_no[meter.meter_no] = meter
            self.by_index[meter.meter_index] = meter
        self.columns.put(changed)
