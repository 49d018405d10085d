"""ENTSO-E transparency platform: GL_MarketDocument with load and generation that was realised.

A period has a start, a resolution and points by position. Curve type A03 leaves out positions whose value is that
of the one before; with A01 a position that is not there was not measured.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from lxml import etree

from services.energy.feeds.domain.body import Body, Header, UnreadableFile
from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.series import Collector, Series
from services.energy.feeds.formats.units import EXPORT, IMPORT, unit_of
from services.energy.feeds.formats.xml_reading import (
    child,
    ended_elements,
    forget,
    line_of,
    local_name,
    number_of,
    root_name,
    text_of,
    utc_stamps,
)
from services.energy.metering.domain.quality import Quality

_DOCUMENTS: Final = frozenset({"GL_MarketDocument", "Acknowledgement_MarketDocument"})
# Realised; forecasts and schedules are no readings.
_REALISED: Final = frozenset({"", "A16"})
_RESOLUTION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_BLOCKS: Final = "A03"
_QUALITIES: Final = {"A02": Quality.MISSING.label, "A03": Quality.ESTIMATED.label}
_MAX_POINTS: Final = 400_000


def sniff(head: bytes) -> bool:
    """Whether the body begins like a document of load or generation."""
    return root_name(head) in _DOCUMENTS


def parse(body: bytes) -> list[Body]:
    """Readings by unit and direction. Raises UnreadableFile, also for an acknowledgement without data."""
    collector = Collector()
    wanted = {"TimeSeries", "createdDateTime", "process.processType", "Reason"}
    for element in ended_elements(body, wanted):
        match local_name(element):
            case "TimeSeries":
                _take_series(element, collector)
                forget(element)
            case "createdDateTime":
                collector.header = Header(created_at=(element.text or "").strip() or None)
            case "process.processType":
                process = (element.text or "").strip()
                if process not in _REALISED:
                    raise UnreadableFile("entsoe.not_realised", line_of(element), process=process[:20])
            case _:
                parent = element.getparent()
                if parent is not None and local_name(parent) == "Acknowledgement_MarketDocument":
                    raise UnreadableFile("entsoe.no_data", line_of(element), reason=text_of(element, "text")[:200])
    return collector.bodies()


def _take_series(element: etree._Element, collector: Collector) -> None:
    unit, factor = unit_of(text_of(element, "quantity_Measure_Unit.name") or "MAW")
    into, out = text_of(element, "inBiddingZone_Domain.mRID"), text_of(element, "outBiddingZone_Domain.mRID")
    technology = child(element, "MktPSRType")
    plant = text_of(technology, "psrType")
    unit_code = text_of(technology, "PowerSystemResources", "mRID") or text_of(element, "registeredResource.mRID")
    device = unit_code or into or out or text_of(element, "area_Domain.mRID")
    line = line_of(element)
    if not device:
        collector.refuse(line, "/TimeSeries", "entsoe.area_missing")
        return
    # What a plant draws stands beside what it generates under the same name.
    draws = bool(out) and not into
    parts = ["" if unit_code else plant, "consumption" if draws and plant else ""]
    channel = channel_of(device, *parts)
    is_block = text_of(element, "curveType") == _BLOCKS
    for period in element.findall("{*}Period"):
        minutes = _minutes(text_of(period, "resolution"))
        start, end = _instant(period, "start"), _instant(period, "end")
        if minutes is None or start is None or end is None:
            collector.refuse(line_of(period), "/TimeSeries/Period", "entsoe.period_malformed")
            continue
        count = int((end - start) / timedelta(minutes=minutes))
        if not 0 < count <= _MAX_POINTS or start + count * timedelta(minutes=minutes) != end:
            collector.refuse(line_of(period), "/TimeSeries/Period", "entsoe.period_malformed")
            continue
        series = Series(unit, IMPORT if draws else EXPORT, None, minutes)
        _take_points(period, count, is_block, series, channel, start, factor, collector)


def _take_points(
    period: etree._Element,
    count: int,
    is_block: bool,
    series: Series,
    channel: str,
    start: datetime,
    factor: float,
    collector: Collector,
) -> None:
    values = np.full(count, np.nan)
    lines = np.zeros(count, np.int64)
    labels: list[str | None] = [None] * count
    last = 0
    for point in period.findall("{*}Point"):
        line = line_of(point)
        position, text = text_of(point, "position"), text_of(point, "quantity")
        if not position.isdigit() or not last < int(position) <= count:
            collector.refuse(
                line, "/Point/position", "entsoe.position_malformed", position=position[:20], count=count
            )
            continue
        place = int(position) - 1
        if is_block and last:
            values[last:place], lines[last:place] = values[last - 1], lines[last - 1]
            labels[last:place] = [labels[last - 1]] * (place - last)
        last = int(position)
        lines[place] = line
        labels[place] = _QUALITIES.get(text_of(point, "quality"))
        if text:
            try:
                values[place] = number_of(text) * factor
            except ValueError:
                collector.refuse(line, "/Point/quantity", "xml.number_malformed", text=text[:40])
    if is_block and last:
        values[last:], lines[last:] = values[last - 1], lines[last - 1]
        labels[last:] = [labels[last - 1]] * (count - last)
    assert series.interval_minutes is not None
    seconds = int(start.timestamp()) + np.arange(count, dtype=np.int64) * (series.interval_minutes * 60)
    for place, stamp in enumerate(utc_stamps(seconds)):
        collector.add(series, channel, stamp, float(values[place]), int(lines[place]), labels[place])


def _minutes(text: str) -> int | None:
    found = _RESOLUTION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return days * 1440 + hours * 60 + minutes or None


def _instant(period: etree._Element, name: str) -> datetime | None:
    text = text_of(period, "timeInterval", name)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
