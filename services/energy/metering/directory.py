"""All meters in memory, kept current: the feed's door and the worker look at one for every reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.process import leave_alone
from services.energy.metering.domain.columns import MeterColumns
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.numbers import MeterNumbers
from services.energy.metering.repository import changed_since

# From here on the collector would feel them.
_MANY: Final = 1_000


class MeterDirectory:
    """Meters by number and by index, one by one and as columns; 900 bytes a meter.

    ``by_alias`` holds codes of other systems, bare and as ``system:code``. A code that means several meters is
    none.
    """

    def __init__(self) -> None:
        self.by_no: dict[str, Meter] = {}
        self.by_index: dict[int, Meter] = {}
        self.by_alias: dict[str, Meter] = {}
        self.columns = MeterColumns()
        self.numbers = MeterNumbers()
        self._meant: dict[str, set[int]] = {}
        self._mark = 0

    def find(self, code: str) -> Meter | None:
        """The meter of this number, else of this code in another system."""
        return self.by_no.get(code) or self.by_alias.get(code)

    async def refresh(self, session: AsyncSession) -> int:
        """Take in what was registered or changed since the last time; returns how many meters that were."""
        changed, self._mark = await changed_since(session, self._mark)
        self.put(changed)
        if len(changed) >= _MANY:
            leave_alone()
        return len(changed)

    def put(self, meters: Sequence[Meter]) -> None:
        """Enter new meters and what changed of others."""
        new = [meter for meter in meters if meter.meter_no not in self.by_no]
        self.numbers.put([meter.meter_no for meter in new], [meter.meter_index for meter in new])
        # A meter that is read again without a change costs nothing further.
        changed = [meter for meter in meters if self.by_index.get(meter.meter_index) != meter]
        for meter in changed:
            before = self.by_index.get(meter.meter_index)
            self.by_no[meter.meter_no] = meter
            self.by_index[meter.meter_index] = meter
            if meter.codes or (before is not None and before.codes):
                self._rename(meter, before)
        self.columns.put(changed)

    def _rename(self, meter: Meter, before: Meter | None) -> None:
        if before is not None:
            for code in before.codes:
                self._meant.get(code, set()).discard(meter.meter_index)
        for code in meter.codes:
            self._meant.setdefault(code, set()).add(meter.meter_index)
        for code in {*meter.codes, *(() if before is None else before.codes)}:
            meant = self._meant.get(code) or set()
            if len(meant) == 1:
                self.by_alias[code] = self.by_index[next(iter(meant))]
            else:
                self.by_alias.pop(code, None)
                if not meant:
                    self._meant.pop(code, None)
