"""Stamps without zones and stamps that name ends, settled by the meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest

from services.energy.feeds.domain.body import CurveBody, Header, ReadingBody
from services.energy.feeds.domain.settling import Find, is_zone, settle
from services.energy.metering.domain.meter import Kind, Meter


@dataclass(frozen=True)
class Clock:
    """What settling asks of a meter."""

    interval_minutes: int
    offset_minutes: int
    kind: Kind = Kind.INTERVAL


CLOCKS = {"CN": Clock(15, 480), "AU": Clock(30, 600), "RG": Clock(15, 480, Kind.REGISTER)}
find = cast(Find, lambda meter_no: cast(Meter | None, CLOCKS.get(meter_no)))


def readings(*rows: tuple[str, str], ends: bool = False, local: bool = False) -> ReadingBody:
    meters, stamps = zip(*rows, strict=True)
    lines = np.arange(1, len(rows) + 1)
    return ReadingBody(Header(), meters, stamps, np.ones(len(rows)), lines, ends=ends, local=local)


@pytest.mark.parametrize(
    ("stamp", "zone", "local", "ends", "wanted"),
    [
        ("2026-07-14T00:15:00", None, True, False, "2026-07-13T16:15:00+00:00"),
        ("2026-07-14T00:15:00", None, True, True, "2026-07-13T16:00:00+00:00"),
        ("2026-07-14T24:00:00", None, True, True, "2026-07-14T15:45:00+00:00"),
        ("2026-07-14T00:15:00", "+07:00", True, False, "2026-07-13T17:15:00+00:00"),
        ("2026-07-14T00:15:00", "Z", False, False, "2026-07-14T00:15:00+00:00"),
        ("2026-07-14T00:15:00", "meter", False, False, "2026-07-13T16:15:00+00:00"),
        # A zone of its own counts more than any other, also where it changes within a file.
        ("2026-10-25T02:30:00+02:00", "meter", True, True, "2026-10-25T00:15:00+00:00"),
        ("2026-10-25T02:30:00+01:00", "meter", True, True, "2026-10-25T01:15:00+00:00"),
        ("2026-07-14T00:15:00", None, False, False, "2026-07-14T00:15:00"),
        ("2026-07-14T00:15:00", None, False, True, "2026-07-14T00:15:00"),
        ("yesterday", "meter", True, True, "yesterday"),
    ],
)
def test_stamp_is_settled(stamp: str, zone: str | None, local: bool, ends: bool, wanted: str) -> None:
    settled = settle(readings(("CN", stamp), ends=ends, local=local), zone, find)
    assert isinstance(settled, ReadingBody)
    assert list(settled.stamps) == [wanted]


def test_each_meter_has_its_own_clock_and_unknown_ones_wait_as_they_came() -> None:
    stamp = "2026-07-14T12:00:00"
    body = readings(("CN", stamp), ("AU", stamp), ("??", stamp), ends=True, local=True)
    settled = settle(body, None, find)
    assert isinstance(settled, ReadingBody)
    assert list(settled.stamps) == ["2026-07-14T03:45:00+00:00", "2026-07-14T01:30:00+00:00", stamp]


def test_state_of_a_register_is_of_the_instant_itself() -> None:
    settled = settle(readings(("RG", "2026-07-14T12:00:00"), ends=True, local=True), None, find)
    assert isinstance(settled, ReadingBody)
    assert list(settled.stamps) == ["2026-07-14T04:00:00+00:00"]


def test_days_of_another_zone_are_no_days_of_the_meter() -> None:
    body = CurveBody(
        Header(), ["CN", "AU", "??"], ["2026-07-14"] * 3, np.ones((3, 48)), np.array([4, 5, 6]), offset_minutes=600
    )
    settled = settle(body, None, find)
    assert list(settled.meter_nos) == ["AU", "??"]
    assert [(fault.line, fault.code) for fault in settled.faults] == [(4, "reading.zone_mismatch")]
    assert settle(settled, None, find) is settled


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        ("meter", True),
        ("+08:00", True),
        ("Z", True),
        ("-0930", True),
        ("8", False),
        ("+15:00", False),
        ("", False),
    ],
)
def test_zone_is_an_offset_or_the_meters(zone: str, wanted: bool) -> None:
    assert is_zone(zone) is wanted
