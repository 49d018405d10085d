"""Green Button: usage of NAESB ESPI as an Atom feed.

Entries refer to each other by links: interval blocks to their meter reading, that to its usage point and reading
type. A channel goes by the usage point's identifier. Values are scaled by the reading type's power of ten; starts
are Unix seconds, in some feeds with a fraction; empty elements stand for what is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
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
    leaves,
    line_of,
    local_name,
    number_of,
    root_name,
    text_of,
    utc_stamps,
)
from services.energy.metering.domain.quality import Quality

# ESPI UnitSymbolKind; what is no electricity keeps its name and is refused by the checks.
_UNITS: Final = {
    "38": "W", "61": "VA", "63": "var", "71": "VAh", "72": "Wh", "73": "varh", "29": "V", "5": "A",
    "42": "m3", "119": "ft3", "128": "USGal", "132": "Btu", "134": "L", "169": "therm",
}  # fmt: skip
_REACTIVE: Final = frozenset({"63", "73"})
_FORWARD, _REVERSE = "1", "19"
# AccumulationKind: bulkQuantity, cumulative, summation.
_REGISTERS: Final = frozenset({"1", "3", "9"})
# QualityOfReading: manually edited; estimated by a reference day, by interpolation; projected.
_QUALITIES: Final = {
    "7": Quality.EDITED.label,
    "8": Quality.ESTIMATED.label,
    "9": Quality.ESTIMATED.label,
    "12": Quality.ESTIMATED.label,
}


@dataclass(frozen=True, slots=True)
class _Type:
    unit: str = "none"
    scale: float = 1.0
    quantity: str | None = None
    kind: str | None = None
    seconds: int = 0


@dataclass(slots=True)
class _Entry:
    """What an Atom entry holds, with its links as paths."""

    name: str
    identifier: str
    own: str
    up: str
    related: tuple[str, ...]
    reading_type: _Type | None = None


@dataclass(slots=True)
class _Block:
    """Readings of one entry's interval blocks: start and duration in seconds, raw value, quality, line."""

    own: str
    up: str
    starts: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    qualities: list[str | None] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the body begins like an Atom feed or entry of ESPI."""
    return root_name(head) in {"feed", "entry"} and (b"naesb.org/espi" in head or b"www.w3.org/2005/Atom" in head)


def parse(body: bytes) -> list[Body]:
    """Readings by unit, quantity and interval; none for a feed without any. Raises UnreadableFile."""
    collector = Collector()
    entries: list[_Entry] = []
    blocks: list[_Block] = []
    block = _Block("", "")
    for element in ended_elements(body, {"IntervalReading", "entry", "updated"}):
        name = local_name(element)
        if name == "updated":
            parent = element.getparent()
            if parent is not None and local_name(parent) == "feed":
                collector.header = Header(created_at=(element.text or "").strip() or None)
            continue
        if name == "IntervalReading":
            _take_reading(element, block, collector)
            forget(element)
            continue
        entry = _entry(element, collector)
        entries.append(entry)
        if block.starts:
            block.own, block.up = entry.own, entry.up
            blocks.append(block)
            block = _Block("", "")
        forget(element)
    if block.starts:
        # Interval blocks outside of any entry: whose they are is not said.
        blocks.append(block)
    feed = _Feed(entries)
    for one in blocks:
        device, reading_type = feed.source_of(one)
        _add_block(one, device, reading_type, collector)
    return collector.bodies()


def _take_reading(element: etree._Element, block: _Block, collector: Collector) -> None:
    line, found = line_of(element), leaves(element)
    value, start, duration = found.get("value", ""), found.get("start", ""), found.get("duration", "")
    if not value:
        # An interval without a value was not measured.
        return
    name = "value"
    try:
        number = number_of(value)
        name = "timePeriod/start"
        second = int(number_of(start))
        name = "timePeriod/duration"
        seconds = int(number_of(duration)) if duration else 0
    except ValueError:
        text = {"value": value, "timePeriod/start": start}.get(name, duration)
        collector.refuse(line, f"/IntervalReading/{name}", "xml.number_malformed", text=text[:40])
        return
    if not 0 <= second < 1 << 33:
        collector.refuse(line, "/IntervalReading/timePeriod/start", "xml.number_malformed", text=start[:40])
        return
    block.starts.append(second)
    block.durations.append(seconds)
    block.values.append(number)
    block.qualities.append(_QUALITIES.get(found.get("quality", "")))
    block.lines.append(line)


def _entry(element: etree._Element, collector: Collector) -> _Entry:
    links: dict[str, list[str]] = {}
    for link in element.findall("{*}link"):
        links.setdefault(link.get("rel", ""), []).append(_path(link.get("href", "")))
    content = child(element, "content")
    resource = None if content is None else next(iter(content), None)
    name = "" if resource is None else local_name(resource)
    reading_type = None
    found = resource if name == "ReadingType" else child(resource, "ReadingType")
    if found is not None:
        reading_type = _type(found, collector)
    identifier = text_of(element, "id").rpartition(":")[2]
    own = (links.get("self") or [""])[0]
    return _Entry(
        name, identifier, own, (links.get("up") or [""])[0], tuple(links.get("related", ())), reading_type
    )


def _path(href: str) -> str:
    """A link without scheme, host and closing slash: feeds mix full and relative ones."""
    _, mark, rest = href.partition("://")
    path = "/" + rest.partition("/")[2] if mark else href
    return path.rstrip("/")


def _type(element: etree._Element, collector: Collector) -> _Type:
    uom = text_of(element, "uom")
    flow = text_of(element, "flowDirection")
    if uom in _REACTIVE:
        quantity = {_FORWARD: REACTIVE_IMPORT, _REVERSE: REACTIVE_EXPORT}.get(flow)
    else:
        quantity = {_FORWARD: IMPORT, _REVERSE: EXPORT}.get(flow)
    power, length = text_of(element, "powerOfTenMultiplier"), text_of(element, "intervalLength")
    try:
        unit, scale = with_prefix(_UNITS.get(uom, f"uom {uom}" if uom else "none"), int(power or 0))
        seconds = int(number_of(length or "0"))
    except (ValueError, OverflowError):
        collector.refuse(line_of(element), "/ReadingType", "xml.number_malformed", text=f"{power} {length}"[:40])
        return _Type()
    kind = REGISTER if text_of(element, "accumulationBehaviour") in _REGISTERS else None
    return _Type(unit, scale, quantity, kind, seconds)


class _Feed:
    """Which usage point and reading type an interval block belongs to."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._readings = [entry for entry in entries if entry.name == "MeterReading"]
        self._points = [entry for entry in entries if entry.name == "UsagePoint"]
        self._types = {entry.own: entry.reading_type for entry in entries if entry.name == "ReadingType"}
        self._only_type = next(iter(self._types.values())) if len(self._types) == 1 else None

    def source_of(self, block: _Block) -> tuple[str, _Type]:
        reading = _owner(self._readings, block.own, block.up)
        point = None if reading is None else _owner(self._points, reading.own, reading.up)
        if point is None:
            point = _owner(self._points, block.own, block.up)
        if point is None and len(self._points) == 1:
            point = self._points[0]
        reading_type = None if reading is None else reading.reading_type
        if reading is not None and reading_type is None:
            reading_type = next((self._types[link] for link in reading.related if self._types.get(link)), None)
        device = (
            point.identifier if point is not None else reading.identifier if reading is not None else "unknown"
        )
        return device, reading_type or self._only_type or _Type()


def _owner(entries: list[_Entry], own: str, up: str) -> _Entry | None:
    """The entry whose link the resource lies below, or which names it as related."""
    below = [entry for entry in entries if entry.own and own.startswith(entry.own + "/")]
    if below:
        return max(below, key=lambda entry: len(entry.own))
    related = [entry for entry in entries if own in entry.related or (up and up in entry.related)]
    if related:
        return related[0]
    return entries[0] if len(entries) == 1 else None


def _add_block(block: _Block, device: str, reading_type: _Type, collector: Collector) -> None:
    channel = measured_channel(device, reading_type.quantity, reading_type.kind)
    stamps = utc_stamps(np.array(block.starts, np.int64))
    series: dict[int, Series] = {}
    for place, stamp in enumerate(stamps):
        seconds = block.durations[place] or reading_type.seconds
        known = series.get(seconds)
        if known is None:
            # Months and odd lengths are intervals too; the checks tell that no meter has them.
            minutes = None if reading_type.kind == REGISTER else max(1, seconds // 60)
            known = series[seconds] = Series(reading_type.unit, reading_type.quantity, reading_type.kind, minutes)
        value = block.values[place] * reading_type.scale
        collector.add(known, channel, stamp, value, block.lines[place], block.qualities[place])
