"""Coordinates: known pairs of the published conversions, and the way back within two metres."""

from __future__ import annotations

from decimal import Decimal
from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projects.ledger.domain.coordinates import (
    CoordinateSystem,
    Location,
    demand_within,
    from_wgs84,
    gcj02_to_bd09,
    to_wgs84,
    wgs84_to_gcj02,
)
from services.projects.ledger.errors import CoordinatesOutside

BEIJING = (116.404, 39.915)
METRES_A_DEGREE = 111_320.0
longitudes, latitudes = st.floats(73.0, 135.5), st.floats(3.0, 54.0)


def metres_between(first: tuple[float, float], second: tuple[float, float]) -> float:
    east = (first[0] - second[0]) * METRES_A_DEGREE * cos(radians(first[1]))
    return hypot(east, (first[1] - second[1]) * METRES_A_DEGREE)


def test_known_pairs_come_out() -> None:
    """The pairs that every published implementation gives for this place."""
    assert wgs84_to_gcj02(BEIJING) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-10)
    assert gcj02_to_bd09(BEIJING) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-10)
    # The usual way back is an approximation to a metre; ours agrees within that.
    assert metres_between(to_wgs84(CoordinateSystem.GCJ02, BEIJING), (116.39775550083061, 39.91359571849836)) < 1
    in_gcj02 = wgs84_to_gcj02(to_wgs84(CoordinateSystem.BD09, BEIJING))
    assert metres_between(in_gcj02, (116.39762729119315, 39.90865673957631)) < 1


@given(longitudes, latitudes, st.sampled_from(list(CoordinateSystem)))
def test_way_there_and_back_ends_within_two_metres(
    longitude: float, latitude: float, system: CoordinateSystem
) -> None:
    place = (longitude, latitude)
    assert metres_between(to_wgs84(system, from_wgs84(system, place)), place) < 2


@given(longitudes, latitudes)
def test_map_systems_are_shifted_by_less_than_two_kilometres(longitude: float, latitude: float) -> None:
    place = (longitude, latitude)
    assert metres_between(from_wgs84(CoordinateSystem.GCJ02, place), place) < 1000
    assert metres_between(from_wgs84(CoordinateSystem.BD09, place), place) < 2500


def test_what_is_given_in_wgs84_or_cgcs2000_stays_as_it_is() -> None:
    for system in (CoordinateSystem.WGS84, CoordinateSystem.CGCS2000):
        place = Location(Decimal("114.58310000"), Decimal("29.3857"), system)
        assert place.wgs84 == (place.longitude, place.latitude)
    shifted = Location(Decimal("114.5831"), Decimal("29.3857"), CoordinateSystem.GCJ02).wgs84
    assert metres_between((114.5831, 29.3857), (float(shifted[0]), float(shifted[1]))) > 300


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        ("29.3857", "114.5831", "coordinates.swapped"),
        ("2.35", "48.85", "coordinates.outside"),
        ("114.5831", "-29.3857", "coordinates.outside"),
    ],
)
def test_place_is_refused_when_it_lies_outside_of_the_country(longitude: str, latitude: str, code: str) -> None:
    place = Location(Decimal(longitude), Decimal(latitude), CoordinateSystem.WGS84)
    with pytest.raises(CoordinatesOutside) as raised:
        demand_within(place, "/location")
    assert [fault.code for fault in raised.value.errors] == [code]
