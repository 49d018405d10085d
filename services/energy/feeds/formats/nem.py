"""NEM12 and NEM13, the Australian market's meter data files (AEMO MDFF), read strictly.

A 300 row holds exactly 1440/interval values, a quality of V is explained by 400 rows that cover the day without a
gap, and the file ends with a 900 row: what is cut off or has a value too many is told, never dropped in silence.
Days are market days (UTC+10 without summer time); a channel is ``<NMI>:<suffix>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from services.energy.feeds.domain.body import Body, CurveBody, Fault, Header, ReadingBody, UnreadableFile
from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.nem_records import (
    DIRECTIONS,
    LABELS,
    MARKET_OFFSET,
    ZONE,
    Channel,
    Day,
    Refused,
    add_range,
    date_of,
    flag_of,
    number_of,
    qualities_of,
    read_channel,
    read_day,
    stamp_of,
)
from services.energy.feeds.formats.tables.grid import encoding_of, text_lines
from services.energy.feeds.formats.units import REGISTER, unit_of
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY

_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*\"?(?:100\"?,\"?NEM1[23]\b|(?:200|250)\"?,[^,\n]{1,12},[^,\n]*,[^,\n]*,)"
)


@dataclass(slots=True)
class _Rows:
    meters: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    qualities: list[list[str] | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the body begins like one, or like one that has lost its first row."""
    return _BEGINNING.match(head) is not None


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
        self._channel: Channel | None = None
        self._day: Day | None = None
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
                    self._channel = read_channel(fields)
                case "300":
                    self._close_day()
                    self._is_day_refused = True
                    self._day = read_day(line, self._channel, fields)
                    self._is_day_refused = False
                case "400":
                    if not self._is_day_refused:
                        add_range(self._day, fields)
                case "250":
                    self._register(line, fields)
                case "500" | "550":
                    # Index reads of service orders repeat what stands in the other rows.
                    pass
                case "900":
                    self._close_day()
                    self._has_ended = True
                case _:
                    raise Refused("nem.record_unknown", "/0", record=record[:20])
        except Refused as refused:
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
            self._created_at = f"{date_of(made[:8], '/2')}T{made[8:10]}:{made[10:]}:00{ZONE}"

    def _close_day(self) -> None:
        day, self._day = self._day, None
        if day is None:
            return
        try:
            qualities = qualities_of(day)
        except Refused as refused:
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
            raise Refused("nem.channel_malformed", "/1")
        rows = self._registers.setdefault((unit, DIRECTIONS.get(direction)), _Rows())
        # Both reads are told: the older one is known from the file before, unless it was lost.
        found = []
        for read, stamp, flag in ((8, 9, 10), (13, 14, 15)):
            value = number_of(fields[read], f"/{read}") * factor
            quality = flag_of(fields[flag], f"/{flag}")
            found.append((stamp_of(fields[stamp], f"/{stamp}"), value, LABELS.get(quality, quality)))
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
