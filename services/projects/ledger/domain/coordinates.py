"""Where a project stands: longitude and latitude as given, in their reference system, and in WGS 84 for the map.

国家大地坐标系 CGCS2000 and WGS 84 differ by centimetres here and are taken as equal. 火星坐标系 GCJ-02 (maps of
Amap and Tencent) is WGS 84 shifted by a smooth function of the place, up to 700 m; 百度坐标系 BD-09 shifts GCJ-02
once more. The shifts are computed forwards; the way back is found by iteration, to a millimetre.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import atan2, cos, pi, sin, sqrt

from libs.common.web.problems import FieldError
from services.projects.ledger.errors import CoordinatesOutside

Degrees = tuple[float, float]

# The bounds of the country, with its islands: longitude and latitude in degrees.
WEST, EAST = Decimal("73.0"), Decimal("135.5")
SOUTH, NORTH = Decimal("3.0"), Decimal("54.0")

# Krasovsky 1940, on which the shift of GCJ-02 is defined: semi-major axis in metres, eccentricity squared.
_A, _E2 = 6_378_245.0, 0.00669342162296594323
_BAIDU = pi * 3000.0 / 180.0
_PLACES = Decimal("0.0000001")


class CoordinateSystem(StrEnum):
    """世界大地测量系统 WGS 84, 火星坐标 GCJ-02, 百度坐标 BD-09, 国家大地坐标系 CGCS2000."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


@dataclass(frozen=True, slots=True)
class Location:
    """A place as it was given, in decimal degrees, east and north."""

    longitude: Decimal
    latitude: Decimal
    system: CoordinateSystem

    @property
    def wgs84(self) -> tuple[Decimal, Decimal]:
        """Longitude and latitude in WGS 84, to a centimetre."""
        if self.system in {CoordinateSystem.WGS84, CoordinateSystem.CGCS2000}:
            return self.longitude, self.latitude
        longitude, latitude = to_wgs84(self.system, (float(self.longitude), float(self.latitude)))
        return Decimal(longitude).quantize(_PLACES), Decimal(latitude).quantize(_PLACES)


def demand_within(location: Location, pointer: str) -> None:
    """Raises CoordinatesOutside for a place outside of the country: most often the two are swapped."""
    inside = WEST <= location.longitude <= EAST and SOUTH <= location.latitude <= NORTH
    if not inside:
        swapped = WEST <= location.latitude <= EAST and SOUTH <= location.longitude <= NORTH
        code = "coordinates.swapped" if swapped else "coordinates.outside"
        raise CoordinatesOutside(
            longitude=location.longitude, latitude=location.latitude, errors=[FieldError(code, pointer)]
        )


def to_wgs84(system: CoordinateSystem, place: Degrees) -> Degrees:
    """A place of any system in WGS 84."""
    if system is CoordinateSystem.BD09:
        return to_wgs84(CoordinateSystem.GCJ02, inverted(gcj02_to_bd09, place))
    return inverted(wgs84_to_gcj02, place) if system is CoordinateSystem.GCJ02 else place


def from_wgs84(system: CoordinateSystem, place: Degrees) -> Degrees:
    """A place of WGS 84 in another system."""
    if system is CoordinateSystem.BD09:
        return gcj02_to_bd09(wgs84_to_gcj02(place))
    return wgs84_to_gcj02(place) if system is CoordinateSystem.GCJ02 else place


def wgs84_to_gcj02(place: Degrees) -> Degrees:
    """The shift as published: a polynomial with waves, scaled to degrees at the place's latitude."""
    longitude, latitude = place
    x, y = longitude - 105.0, latitude - 35.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + _waves(x)
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + _waves(x)
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * pi
    curve = 1.0 - _E2 * sin(radians) ** 2
    north = north * 180.0 / (_A * (1.0 - _E2) / (curve * sqrt(curve)) * pi)
    east = east * 180.0 / (_A / sqrt(curve) * cos(radians) * pi)
    return longitude + east, latitude + north


def gcj02_to_bd09(place: Degrees) -> Degrees:
    longitude, latitude = place
    radius = sqrt(longitude * longitude + latitude * latitude) + 0.00002 * sin(latitude * _BAIDU)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * _BAIDU)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def inverted(shift: Callable[[Degrees], Degrees], place: Degrees) -> Degrees:
    """Where the shift leads to ``place`` from. The shift changes so slowly that each step gains two digits."""
    longitude, latitude = place
    for _ in range(8):
        shifted = shift((longitude, latitude))
        longitude, latitude = longitude + place[0] - shifted[0], latitude + place[1] - shifted[1]
    return longitude, latitude


def _waves(x: float) -> float:
    return (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
