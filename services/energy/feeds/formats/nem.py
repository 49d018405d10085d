"""NEM12 and NEM13, the Australian market's meter data files (AEMO MDFF), read strictly.

A 300 row holds exactly 1440/interval values, a quality of V is explained by 400 rows that cover the day without a
gap, and the file ends with a 900 row: what is cut off or has a value too many is told, never dropped in silence.
Days are market days (UTC+10 without summer time); a channel is ``<NMI>:<suffix>``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from services.energy.feeds.domain.body import Body, CurveBody, Fault, Header, ReadingBody, UnreadableFile
from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.tables.grid import encoding_of, text_lines
from services.energy.feeds.formats.units import (
    EXPORT,
    IMPORT,
    REACTIVE_EXPORT,
    REACTIVE_IMPORT,
    REGISTER,
    unit_of,
)
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY

MARKET_OFFSET: Final = 600
_ZONE: Final = "+10:00"
_QUALITY: Final = re.compile(r"([AENSFV])(\d{2})?")
_LABELS: Final = {
    "A": Quality.MEASURED.label,
    "E": Quality.ESTIMATED.label,
    "S": Quality.ESTIMATED.label,
    "F": Quality.ESTIMATED.label,
    "N": Quality.MISSING.label,
}
# The market speaks from the network's side: E leaves the grid, the customer draws it.
_QUANTITIES: Final = {"E": IMPORT, "B": EXPORT, "Q": REACTIVE_IMPORT, "K": REACTIVE_EXPORT}
_DIRECTIONS: Final = {"E": IMPORT, "I": EXPORT}
_MAX_TAIL: Final = 5
_PLAIN: Final = re.compile(r"[\d.,+-]+")


class _Refused(Exception):
    """A record that is not taken."""

    def __init__(self, code: str, pointer: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.pointer, self.params = code, pointer, params


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    interval: int
    unit: str
    factor: float
    quantity: str | None

    @property
    def slots(self) -> int:
        return MINUTES_A_DAY // self.interval


@dataclass(slots=True)
class _Day:
    line: int
    channel: _Channel
    date: str
    values: list[float]
    flag: str
    ranges: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Rows:
    meters: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    qualities: list[list[str] | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the body begins like one."""
    return re.match(rb"(?:\xef\xbb\xbf)?\"?100\"?,\"?NEM1[23]\b", head) is not None


def parse(body: bytes) -> list[Body]:
    """Curves by interval, unit and quantity, and register readings. Raises UnreadableFile."""
    file = _File()
    for line, fields in _records(body):
        file.take(line, fields)
    return file.bodies()


def _records(body: bytes) -> Iterator[tuple[int, list[str]]]:
    for line, text in text_lines(body, encoding_of(body)):
        fields = [item.strip().strip('"') for item in text.split(",")]
        while fields and not fields[-1]:
            fields.pop()
        if fields:
            yield line, fields


class _File:
    def __init__(self) -> None:
        self._created_at: str | None = None
        self._version = ""
        self._has_ended = False
        self._channel: _Channel | None = None
        self._day: _Day | None = None
        self._is_day_refused = False
        self._curves: dict[tuple[int, str, float, str | None], _Rows] = {}
        self._registers: dict[tuple[str, str | None], _Rows] = {}
        self._faults: list[Fault] = []

    def take(self, line: int, fields: list[str]) -> None:
        record = fields[0]
        if self._has_ended:
            raise UnreadableFile("nem.rows_after_end", line)
        if not self._version:
            self._start(line, fields)
            return
        try:
            match record:
                case "200":
                    self._close_day()
                    self._channel, self._is_day_refused = None, False
                    self._channel = _channel(fields)
                case "300":
                    self._close_day()
                    self._is_day_refused = True
                    self._day = _day(line, self._channel, fields)
                    self._is_day_refused = False
                case "400":
                    if not self._is_day_refused:
                        _range(self._day, fields)
                case "250":
                    self._register(line, fields)
                case "500" | "550":
                    # Index reads of service orders repeat what stands in the other rows.
                    pass
                case "900":
                    self._close_day()
                    self._has_ended = True
                case _:
                    raise _Refused("nem.record_unknown", "/0", record=record[:20])
        except _Refused as refused:
            if record == "400":
                self._day, self._is_day_refused = None, True
            self._faults.append(Fault(line, refused.pointer, refused.code, refused.params))

    def _start(self, line: int, fields: list[str]) -> None:
        version = fields[1] if len(fields) > 1 else ""
        if fields[0] != "100" or version not in {"NEM12", "NEM13"}:
            raise UnreadableFile("nem.start_missing", line)
        self._version = version
        made = fields[2] if len(fields) > 2 else ""
        if re.fullmatch(r"\d{12}", made):
            self._created_at = f"{_date(made[:8], '/2')}T{made[8:10]}:{made[10:]}:00{_ZONE}"

    def _close_day(self) -> None:
        day, self._day = self._day, None
        if day is None:
            return
        try:
            qualities = _qualities(day)
        except _Refused as refused:
            self._faults.append(Fault(day.line, refused.pointer, refused.code, refused.params))
            return
        channel = day.channel
        key = (channel.interval, channel.unit, channel.factor, channel.quantity)
        rows = self._curves.setdefault(key, _Rows())
        rows.meters.append(channel.name)
        rows.keys.append(day.date)
        rows.values.append(day.values)
        rows.qualities.append(qualities)
        rows.lines.append(day.line)

    def _register(self, line: int, fields: list[str]) -> None:
        fields = fields + [""] * (22 - len(fields))
        nmi, suffix, direction = fields[1], fields[4], fields[7]
        unit, factor = unit_of(fields[19])
        name = channel_of(nmi, suffix)
        if not nmi or not suffix:
            raise _Refused("nem.channel_malformed", "/1")
        rows = self._registers.setdefault((unit, _DIRECTIONS.get(direction)), _Rows())
        # Both reads are told: the older one is known from the file before, unless it was lost.
        found = []
        for read, stamp, flag in ((8, 9, 10), (13, 14, 15)):
            value = _number(fields[read], f"/{read}") * factor
            quality = _flag(fields[flag], f"/{flag}")
            found.append((_stamp(fields[stamp], f"/{stamp}"), value, _LABELS.get(quality, quality)))
        for stamp_text, value, label in found:
            if label == Quality.MISSING.label:
                continue
            rows.meters.append(name)
            rows.keys.append(stamp_text)
            rows.values.append([value])
            rows.qualities.append([label])
            rows.lines.append(line)

    def bodies(self) -> list[Body]:
        if not self._version:
            raise UnreadableFile("nem.start_missing", 1)
        if not self._has_ended:
            raise UnreadableFile("nem.end_missing")
        found: list[Body] = [self._curve_body(*key, rows) for key, rows in self._curves.items()]
        found += [self._reading_body(*key, rows) for key, rows in self._registers.items()]
        if not found:
            found.append(self._reading_body("", None, _Rows()))
        found[0].faults.extend(self._faults)
        return found

    def _curve_body(self, interval: int, unit: str, factor: float, quantity: str | None, rows: _Rows) -> CurveBody:
        return CurveBody(
            header=Header(unit, created_at=self._created_at, quantity=quantity),
            meter_nos=rows.meters,
            dates=rows.keys,
            values=np.array(rows.values, np.float64).reshape(len(rows.lines), MINUTES_A_DAY // interval) * factor,
            lines=np.array(rows.lines, np.int64),
            qualities=rows.qualities if any(rows.qualities) else None,
            offset_minutes=MARKET_OFFSET,
        )

    def _reading_body(self, unit: str, quantity: str | None, rows: _Rows) -> ReadingBody:
        return ReadingBody(
            header=Header(unit, created_at=self._created_at, quantity=quantity, kind=REGISTER),
            meter_nos=rows.meters,
            stamps=rows.keys,
            values=np.array(rows.values, np.float64).reshape(len(rows.lines)),
            lines=np.array(rows.lines, np.int64),
            qualities=[labels[0] if labels else None for labels in rows.qualities],
        )


def _channel(fields: list[str]) -> _Channel:
    fields = fields + [""] * (9 - len(fields))
    nmi, suffix, interval = fields[1], fields[4], fields[8]
    if not nmi or not suffix:
        raise _Refused("nem.channel_malformed", "/1")
    if not interval.isdigit() or not 0 < int(interval) <= MINUTES_A_DAY or MINUTES_A_DAY % int(interval):
        raise _Refused("nem.interval_malformed", "/8", interval=interval[:20])
    # A channel without a unit is none of power or energy; it must not be taken for kW.
    unit, factor = unit_of(fields[7] or "none")
    return _Channel(channel_of(nmi, suffix), int(interval), unit, factor, _QUANTITIES.get(suffix[0].upper()))


def _day(line: int, channel: _Channel | None, fields: list[str]) -> _Day:
    if channel is None:
        raise _Refused("nem.channel_missing", "/0")
    date = _date(fields[1] if len(fields) > 1 else "", "/1")
    wanted = channel.slots
    count = next((place for place, text in enumerate(fields[2:]) if _QUALITY.fullmatch(text)), len(fields) - 2)
    if count != wanted:
        raise _Refused("nem.value_count", "/2", count=count, expected=wanted)
    tail = fields[2 + wanted :]
    if not tail or len(tail) > _MAX_TAIL:
        raise _Refused("nem.quality_missing", f"/{2 + wanted}")
    values = _numbers(fields[2 : 2 + wanted])
    flag = _flag(tail[0], f"/{2 + wanted}")
    if flag not in {"N", "V"} and any(math.isnan(value) for value in values):
        raise _Refused(
            "nem.value_count", "/2", count=sum(not math.isnan(value) for value in values), expected=wanted
        )
    return _Day(line, channel, date, values, flag)


def _numbers(texts: list[str]) -> list[float]:
    """The values of a day, NaN for blanks; plain numbers, which are nearly all, are not looked at one by one."""
    if _PLAIN.fullmatch(",".join(texts)):
        try:
            return list(map(float, texts))
        except ValueError:
            pass
    return [math.nan if not text else _number(text, f"/{place}") for place, text in enumerate(texts, 2)]


def _range(day: _Day | None, fields: list[str]) -> None:
    if day is None:
        raise _Refused("nem.range_without_day", "/0")
    first, last = [*fields[1:3], "", ""][:2]
    flag = _flag(fields[3] if len(fields) > 3 else "", "/3")
    begins = day.ranges[-1][1] + 1 if day.ranges else 1
    if not first.isdigit() or not last.isdigit() or flag == "V":
        raise _Refused("nem.ranges_broken", "/1", expected=day.channel.slots)
    if int(first) != begins or not int(first) <= int(last) <= day.channel.slots:
        raise _Refused("nem.ranges_broken", "/1", expected=day.channel.slots)
    day.ranges.append((int(first), int(last), flag))


def _qualities(day: _Day) -> list[str] | None:
    """A label for each interval; None where all were measured."""
    slots = day.channel.slots
    if day.flag != "V" and not day.ranges:
        return None if day.flag == "A" else [_LABELS[day.flag]] * slots
    if not day.ranges or day.ranges[-1][1] != slots:
        raise _Refused("nem.ranges_broken", f"/{2 + slots}", expected=slots)
    labels: list[str] = []
    for first, last, flag in day.ranges:
        labels += [_LABELS[flag]] * (last - first + 1)
    missing = Quality.MISSING.label
    if any(math.isnan(value) and label != missing for value, label in zip(day.values, labels, strict=True)):
        raise _Refused("nem.value_count", "/2", count=sum(not math.isnan(v) for v in day.values), expected=slots)
    return labels


def _flag(text: str, pointer: str) -> str:
    found = _QUALITY.fullmatch(text)
    if found is None:
        raise _Refused("nem.quality_unknown", pointer, quality=text[:20])
    return found[1]


def _number(text: str, pointer: str) -> float:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+", text):
        raise _Refused("nem.value_malformed", pointer, value=text[:40])
    return float(text)


def _date(text: str, pointer: str) -> str:
    if not re.fullmatch(r"\d{8}", text):
        raise _Refused("nem.date_malformed", pointer, value=text[:20])
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _stamp(text: str, pointer: str) -> str:
    if not re.fullmatch(r"\d{14}", text):
        raise _Refused("nem.date_malformed", pointer, value=text[:20])
    return f"{_date(text[:8], pointer)}T{text[8:10]}:{text[10:12]}:{text[12:]}{_ZONE}"
