"""Readings of several channels on their way into bodies, grouped by what their values are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from services.energy.feeds.domain.body import Body, Fault, Header, ReadingBody
from services.energy.metering.domain.quality import Quality

_MISSING = Quality.MISSING.label


@dataclass(frozen=True, slots=True)
class Series:
    """What all values of a group share."""

    unit: str | None
    quantity: str | None = None
    kind: str | None = None
    interval_minutes: int | None = None
    ends: bool = False


@dataclass(slots=True)
class _Columns:
    meters: list[str] = field(default_factory=list)
    stamps: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    qualities: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Collector:
    """``add`` takes readings in any order; ``bodies`` gives one body for each Series."""

    header: Header = field(default_factory=Header)
    faults: list[Fault] = field(default_factory=list)
    local: bool = False
    _groups: dict[Series, _Columns] = field(default_factory=dict)

    def add(
        self, series: Series, meter: str, stamp: str, value: float, line: int, quality: str | None = None
    ) -> None:
        """A value that was measured; one whose quality is missing says that there is none."""
        if quality == _MISSING or math.isnan(value):
            return
        columns = self._groups.get(series)
        if columns is None:
            columns = self._groups[series] = _Columns()
        columns.meters.append(meter)
        columns.stamps.append(stamp)
        columns.values.append(value)
        columns.qualities.append(quality)
        columns.lines.append(line)

    def refuse(self, line: int, pointer: str, code: str, **params: object) -> None:
        self.faults.append(Fault(line, pointer, code, params))

    def bodies(self) -> list[Body]:
        found: list[Body] = []
        for series, columns in self._groups.items() or [(Series(None), _Columns())]:
            header = replace(
                self.header,
                unit=series.unit,
                interval_minutes=series.interval_minutes,
                quantity=series.quantity,
                kind=series.kind,
            )
            found.append(
                ReadingBody(
                    header=header,
                    meter_nos=columns.meters,
                    stamps=columns.stamps,
                    values=np.array(columns.values, np.float64),
                    lines=np.array(columns.lines, np.int64),
                    qualities=columns.qualities if any(columns.qualities) else None,
                    ends=series.ends,
                    local=self.local,
                )
            )
        found[0].faults.extend(self.faults)
        return found
