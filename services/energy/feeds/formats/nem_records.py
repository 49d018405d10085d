"""The records of NEM12 and NEM13, one at a time: what a field holds and whether it may."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final

from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.units import EXPORT, IMPORT, REACTIVE_EXPORT, REACTIVE_IMPORT, unit_of
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY

MARKET_OFFSET: Final = 600
ZONE: Final = "+10:00"
_QUALITY: Final = re.compile(r"([AENSFV])(\d{2})?")
LABELS: Final = {
    "A": Quality.MEASURED.label,
    "E": Quality.ESTIMATED.label,
    "S": Quality.ESTIMATED.label,
    "F": Quality.ESTIMATED.label,
    "N": Quality.MISSING.label,
}
# The market speaks from the network's side: E leaves the grid, the customer draws it.
_QUANTITIES: Final = {"E": IMPORT, "B": EXPORT, "Q": REACTIVE_IMPORT, "K": REACTIVE_EXPORT}
DIRECTIONS: Final = {"E": IMPORT, "I": EXPORT}
_MAX_TAIL: Final = 5
_PLAIN: Final = re.compile(r"[\d.,+-]+")


class Refused(Exception):
    """A record that is not taken."""

    def __init__(self, code: str, pointer: str, **params: object) -> None:
        super().__init__(code)
        self.code, self.pointer, self.params = code, pointer, params


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    interval: int
    unit: str
    factor: float
    quantity: str | None

    @property
    def slots(self) -> int:
        return MINUTES_A_DAY // self.interval


@dataclass(slots=True)
class Day:
    line: int
    channel: Channel
    date: str
    values: list[float]
    flag: str
    ranges: list[tuple[int, int, str]] = field(default_factory=list)


def read_channel(fields: list[str]) -> Channel:
    fields = fields + [""] * (9 - len(fields))
    nmi, suffix, interval = fields[1], fields[4], fields[8]
    if not nmi or not suffix:
        raise Refused("nem.channel_malformed", "/1")
    if not interval.isdigit() or not 0 < int(interval) <= MINUTES_A_DAY or MINUTES_A_DAY % int(interval):
        raise Refused("nem.interval_malformed", "/8", interval=interval[:20])
    # A channel without a unit is none of power or energy; it must not be taken for kW.
    unit, factor = unit_of(fields[7] or "none")
    return Channel(channel_of(nmi, suffix), int(interval), unit, factor, _QUANTITIES.get(suffix[0].upper()))


def read_day(line: int, channel: Channel | None, fields: list[str]) -> Day:
    if channel is None:
        raise Refused("nem.channel_missing", "/0")
    date = date_of(fields[1] if len(fields) > 1 else "", "/1")
    wanted = channel.slots
    count = next((place for place, text in enumerate(fields[2:]) if _QUALITY.fullmatch(text)), len(fields) - 2)
    if count != wanted:
        raise Refused("nem.value_count", "/2", count=count, expected=wanted)
    tail = fields[2 + wanted :]
    if not tail or len(tail) > _MAX_TAIL:
        raise Refused("nem.quality_missing", f"/{2 + wanted}")
    values = _numbers(fields[2 : 2 + wanted])
    flag = flag_of(tail[0], f"/{2 + wanted}")
    if flag not in {"N", "V"} and any(math.isnan(value) for value in values):
        raise Refused(
            "nem.value_count", "/2", count=sum(not math.isnan(value) for value in values), expected=wanted
        )
    return Day(line, channel, date, values, flag)


def _numbers(texts: list[str]) -> list[float]:
    """The values of a day, NaN for blanks; plain numbers, which are nearly all, are not looked at one by one."""
    if _PLAIN.fullmatch(",".join(texts)):
        try:
            return list(map(float, texts))
        except ValueError:
            pass
    return [math.nan if not text else number_of(text, f"/{place}") for place, text in enumerate(texts, 2)]


def add_range(day: Day | None, fields: list[str]) -> None:
    if day is None:
        raise Refused("nem.range_without_day", "/0")
    first, last = [*fields[1:3], "", ""][:2]
    flag = flag_of(fields[3] if len(fields) > 3 else "", "/3")
    begins = day.ranges[-1][1] + 1 if day.ranges else 1
    if not first.isdigit() or not last.isdigit() or flag == "V":
        raise Refused("nem.ranges_broken", "/1", expected=day.channel.slots)
    if int(first) != begins or not int(first) <= int(last) <= day.channel.slots:
        raise Refused("nem.ranges_broken", "/1", expected=day.channel.slots)
    day.ranges.append((int(first), int(last), flag))


def qualities_of(day: Day) -> list[str] | None:
    """A label for each interval; None where all were measured."""
    slots = day.channel.slots
    if day.flag != "V" and not day.ranges:
        return None if day.flag == "A" else [LABELS[day.flag]] * slots
    if not day.ranges or day.ranges[-1][1] != slots:
        raise Refused("nem.ranges_broken", f"/{2 + slots}", expected=slots)
    labels: list[str] = []
    for first, last, flag in day.ranges:
        labels += [LABELS[flag]] * (last - first + 1)
    missing = Quality.MISSING.label
    if any(math.isnan(value) and label != missing for value, label in zip(day.values, labels, strict=True)):
        raise Refused("nem.value_count", "/2", count=sum(not math.isnan(v) for v in day.values), expected=slots)
    return labels


def flag_of(text: str, pointer: str) -> str:
    found = _QUALITY.fullmatch(text)
    if found is None:
        raise Refused("nem.quality_unknown", pointer, quality=text[:20])
    return found[1]


def number_of(text: str, pointer: str) -> float:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+", text):
        raise Refused("nem.value_malformed", pointer, value=text[:40])
    return float(text)


def date_of(text: str, pointer: str) -> str:
    if not re.fullmatch(r"\d{8}", text):
        raise Refused("nem.date_malformed", pointer, value=text[:20])
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def stamp_of(text: str, pointer: str) -> str:
    if not re.fullmatch(r"\d{14}", text):
        raise Refused("nem.date_malformed", pointer, value=text[:20])
    return f"{date_of(text[:8], pointer)}T{text[8:10]}:{text[10:12]}:{text[12:]}{ZONE}"
