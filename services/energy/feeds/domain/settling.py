"""What a format leaves to the meter, settled before the checks: zones of naive stamps, stamps that name ends.

A stamp without a zone is refused unless the delivery or the format says what it is; the checks know only stamps
with zones that begin their intervals, and days of the meter's own standard time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from services.energy.feeds.domain.body import Body, CurveBody, Fault, ReadingBody
from services.energy.feeds.domain.stamps import NO_STAMP, NO_ZONE, offset_of, second_of
from services.energy.metering.domain.meter import Meter

METER_ZONE: Final = "meter"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Find = Callable[[str], Meter | None]


def is_zone(text: str) -> bool:
    """Whether a delivery may name this zone for its naive stamps."""
    return text == METER_ZONE or offset_of(text) is not None


def settle(body: Body, zone: str | None, find: Find) -> Body:
    """The body as the checks expect it; rows of unknown meters stay as they came.

    ``zone``: what the delivery says of stamps without one, before what the format takes them for.
    """
    if isinstance(body, CurveBody):
        return body if body.offset_minutes is None else _own_days(body, find)
    if zone is None and body.local:
        zone = METER_ZONE
    return _own_stamps(body, zone, find) if body.ends or zone is not None else body


def _own_days(body: CurveBody, find: Find) -> CurveBody:
    """Curves of days that are not their meter's are no curves of it."""
    known: dict[str, bool] = {}
    for meter_no in set(body.meter_nos):
        meter = find(meter_no)
        known[meter_no] = meter is None or meter.offset_minutes == body.offset_minutes
    if all(known.values()):
        return body
    kept = [place for place, meter_no in enumerate(body.meter_nos) if known[meter_no]]
    faults = [
        Fault(int(line), "/date", "reading.zone_mismatch", {"offset_minutes": body.offset_minutes})
        for line, meter_no in zip(body.lines, body.meter_nos, strict=True)
        if not known[meter_no]
    ]
    return replace(
        body,
        meter_nos=[body.meter_nos[place] for place in kept],
        dates=[body.dates[place] for place in kept],
        values=body.values[kept],
        lines=body.lines[np.array(kept, np.int64)],
        qualities=None if body.qualities is None else [body.qualities[place] for place in kept],
        faults=[*body.faults, *faults],
    )


def _own_stamps(body: ReadingBody, zone: str | None, find: Find) -> ReadingBody:
    meters: dict[str, Meter | None] = {}
    settled: dict[tuple[str, int, int], str] = {}
    stamps = []
    for meter_no, stamp in zip(body.meter_nos, body.stamps, strict=True):
        if meter_no not in meters:
            meters[meter_no] = find(meter_no)
        meter = meters[meter_no]
        if meter is None:
            stamps.append(stamp)
            continue
        # A register's state is of the instant itself, whatever intervals its meter has.
        minutes = meter.interval_minutes if body.ends and not meter.kind.is_cumulative else 0
        key = (stamp, meter.offset_minutes, minutes)
        if key not in settled:
            settled[key] = _settled(stamp, meter.offset_minutes, minutes, zone)
        stamps.append(settled[key])
    return replace(body, stamps=stamps, ends=False, local=False)


def _settled(stamp: str, meter_offset: int, minutes: int, zone: str | None) -> str:
    """The start of the interval with its zone; a text that is no stamp, or of no known zone, as it is."""
    second = second_of(stamp)
    if second == NO_ZONE and zone is not None:
        offset = meter_offset if zone == METER_ZONE else offset_of(zone)
        second = second_of(stamp + "Z")
        if second != NO_STAMP and offset is not None:
            second -= offset * 60
    if second in {NO_ZONE, NO_STAMP}:
        return stamp
    return (_EPOCH + timedelta(seconds=second - minutes * 60)).isoformat()
