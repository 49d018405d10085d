"""IEC 61968-9 MeterReadings, bare or in a message envelope.

A reading type is eighteen numbers with points between them; from them come unit, scale, direction, interval and
whether a value is an interval's or a register's. The stamp of an interval reading is the end of its interval.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from services.energy.feeds.domain.body import Body, Header
from services.energy.feeds.formats.channels import measured_channel
from services.energy.feeds.formats.series import Collector, Series
from services.energy.feeds.formats.units import (
    EXPORT,
    IMPORT,
    REACTIVE_EXPORT,
    REACTIVE_IMPORT,
    REGISTER,
    with_prefix,
)
from services.energy.feeds.formats.xml_reading import (
    child,
    ended_elements,
    forget,
    line_of,
    local_name,
    number_of,
    root_name,
    text_of,
)
from services.energy.metering.domain.quality import Quality

_ROOTS: Final = frozenset(
    {"MeterReadings", "EventMessage", "RequestMessage", "ResponseMessage", "Message", "FaultMessage", "Envelope"}
)
_TYPE: Final = re.compile(r"-?\d+(?:\.-?\d+){17}")
_UNITS: Final = {
    38: "W",
    61: "VA",
    63: "var",
    71: "VAh",
    72: "Wh",
    73: "varh",
    29: "V",
    5: "A",
    65: "PF",
    33: "Hz",
}
_REACTIVE: Final = frozenset({63, 73})
_ELECTRICITY: Final = frozenset({0, 1, 2})
# Accumulation: bulk quantity, continuous cumulative, cumulative, summation.
_REGISTERS: Final = frozenset({1, 2, 3, 9})
_FORWARD, _REVERSE = 1, 19
# Measuring period → minutes; 15 and 16 (present, previous) and 0 are no intervals.
_MINUTES: Final = {
    1: 10,
    2: 15,
    3: 1,
    4: 1440,
    5: 30,
    6: 5,
    7: 60,
    10: 2,
    14: 3,
    31: 20,
    50: 60,
    51: 30,
    52: 20,
    53: 15,
    54: 10,
    55: 5,
    56: 1,
}
# Categories of ReadingQualityType system.category.index: edited; estimated, projected.
_QUALITIES: Final = {"7": Quality.EDITED.label, "8": Quality.ESTIMATED.label, "12": Quality.ESTIMATED.label}
_PREFERRED: Final = ("MeterUniqueID", "MeterSerialNumber", "MeterBadgeNumber", "UsagePointUniqueID")


@dataclass(frozen=True, slots=True)
class _Type:
    series: Series
    scale: float
    tariff: int


@dataclass(frozen=True, slots=True)
class _Value:
    stamp: str
    is_start: bool
    value: float
    line: int
    quality: str | None
    ref: str


@dataclass(slots=True)
class _Meter:
    """Values of a MeterReading until its end, where the meter's name may stand."""

    values: list[_Value] = field(default_factory=list)
    block: int = 0


def sniff(head: bytes) -> bool:
    """Whether the body begins like a MeterReadings document."""
    return root_name(head) in _ROOTS and b"MeterReading" in head


def parse(body: bytes) -> list[Body]:
    """Readings by reading type. Raises UnreadableFile."""
    collector = Collector()
    types: dict[str, _Type | None] = {}
    meter = _Meter()
    names = {"IntervalReadings", "Readings", "IntervalBlocks", "MeterReading", "Header"}
    for element in ended_elements(body, names):
        match local_name(element):
            case "IntervalReadings" | "Readings":
                _take_value(element, meter, collector)
                forget(element)
            case "IntervalBlocks":
                _name_type(element, meter)
                forget(element)
            case "MeterReading":
                _add_meter(element, meter, types, collector)
                meter = _Meter()
                forget(element)
            case _:
                stamp = text_of(element, "Timestamp")
                collector.header = Header(created_at=stamp or None)
    return collector.bodies()


def _take_value(element: etree._Element, meter: _Meter, collector: Collector) -> None:
    text, line = text_of(element, "value"), line_of(element)
    name = local_name(element)
    if not text:
        return
    try:
        value = number_of(text)
    except ValueError:
        collector.refuse(line, f"/{name}/value", "xml.number_malformed", text=text[:40])
        return
    start = text_of(element, "timePeriod", "start")
    stamp = start or text_of(element, "timePeriod", "end") or text_of(element, "timeStamp")
    if not stamp:
        collector.refuse(line, f"/{name}/timeStamp", "reading.stamp_malformed")
        return
    ref = child(element, "ReadingType")
    meter.values.append(
        _Value(stamp, bool(start), value, line, _quality(element), "" if ref is None else ref.get("ref", ""))
    )


def _quality(element: etree._Element) -> str | None:
    for quality in element.findall("{*}ReadingQualities"):
        kind = child(quality, "ReadingQualityType")
        parts = ("" if kind is None else kind.get("ref", "")).split(".")
        if len(parts) == 3 and parts[1] in _QUALITIES:
            return _QUALITIES[parts[1]]
    return None


def _name_type(element: etree._Element, meter: _Meter) -> None:
    """The type of a block holds for all values in it."""
    found = child(element, "ReadingType")
    ref = "" if found is None else found.get("ref", "") or text_of(found, "mRID")
    for place in range(meter.block, len(meter.values)):
        value = meter.values[place]
        if not value.ref:
            meter.values[place] = _Value(value.stamp, value.is_start, value.value, value.line, value.quality, ref)
    meter.block = len(meter.values)


def _add_meter(
    element: etree._Element, meter: _Meter, types: dict[str, _Type | None], collector: Collector
) -> None:
    device = _device(child(element, "Meter")) or _device(child(element, "UsagePoint"))
    if not device:
        collector.refuse(line_of(element), "/MeterReading/Meter", "iec.meter_missing")
        return
    for value in meter.values:
        if value.ref not in types:
            types[value.ref] = _type(value.ref)
        found = types[value.ref]
        if found is None:
            params = {"reading_type": value.ref[:60]}
            collector.refuse(value.line, "/ReadingType/ref", "iec.reading_type_unknown", **params)
            continue
        series = found.series
        if value.is_start and series.ends:
            series = Series(series.unit, series.quantity, series.kind, series.interval_minutes)
        channel = measured_channel(device, series.quantity, series.kind)
        if found.tariff:
            channel += f":tou{found.tariff}"
        collector.add(series, channel, value.stamp, value.value * found.scale, value.line, value.quality)


def _device(element: etree._Element | None) -> str:
    if element is None:
        return ""
    names = {text_of(names, "NameType", "name"): text_of(names, "name") for names in element.findall("{*}Names")}
    for kind in _PREFERRED:
        if names.get(kind):
            return names[kind]
    return text_of(element, "mRID") or next(iter(names.values()), "")


def _type(ref: str) -> _Type | None:
    """What the eighteen numbers say; None for what is no type of electricity."""
    if not _TYPE.fullmatch(ref):
        return None
    codes = [int(code) for code in ref.split(".")]
    period, accumulation, flow, commodity = codes[2:6]
    tariff, power, unit = codes[10], codes[15], codes[16]
    if commodity not in _ELECTRICITY or abs(power) > 12:
        return None
    if unit in _REACTIVE:
        quantity = {_FORWARD: REACTIVE_IMPORT, _REVERSE: REACTIVE_EXPORT}.get(flow)
    else:
        quantity = {_FORWARD: IMPORT, _REVERSE: EXPORT}.get(flow)
    kind = REGISTER if accumulation in _REGISTERS else None
    minutes = None if kind == REGISTER else _MINUTES.get(period)
    name, scale = with_prefix(_UNITS.get(unit, f"unit {unit}"), power)
    return _Type(Series(name, quantity, kind, minutes, ends=minutes is not None), scale, tariff)
