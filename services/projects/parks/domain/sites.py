"""Sites: parcels of land and plants (厂房). Taken, reserved or idle follows from who is on them on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.parks.errors import SiteMalformed


class SiteKind(StrEnum):
    """地块 parcel, measured in 亩; 厂房 plant, measured in ㎡ of floor."""

    PARCEL = "parcel"
    PLANT = "plant"


class LandUse(StrEnum):
    """工业 industrial, 仓储 warehousing, 研发 research, 商服 commercial, 公共 public, 其他 other."""

    INDUSTRIAL = "industrial"
    WAREHOUSING = "warehousing"
    RESEARCH = "research"
    COMMERCIAL = "commercial"
    PUBLIC = "public"
    OTHER = "other"


class SiteState(StrEnum):
    """闲置 idle, 占用 occupied, 预留 reserved."""

    IDLE = "idle"
    OCCUPIED = "occupied"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class Occupation:
    """So much of a site, in its own measure, from one day to another, both included; None is open-ended."""

    size: Decimal
    from_on: date
    to_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a site stands on a day. ``idle_since`` None with state idle: nobody said since when."""

    state: SiteState
    taken: Decimal
    free: Decimal
    idle_since: date | None = None


def demand_measures(
    kind: SiteKind, area_mu: Decimal | None, floor_area_m2: Decimal | None, land_use: LandUse | None
) -> None:
    """Raises SiteMalformed naming what is missing and what belongs to the other kind."""
    wanted = {
        SiteKind.PARCEL: {"area_mu": True, "land_use": True, "floor_area_m2": False},
        SiteKind.PLANT: {"floor_area_m2": True, "area_mu": False, "land_use": False},
    }[kind]
    given = {"area_mu": area_mu, "floor_area_m2": floor_area_m2, "land_use": land_use}
    errors = [
        FieldError("fact.required" if needed else "site.not_of_kind", f"/{name}")
        for name, needed in wanted.items()
        if needed != (given[name] is not None)
    ]
    if errors:
        raise SiteMalformed(kind=kind, errors=errors)


def standing(
    size: Decimal,
    occupations: Iterable[Occupation],
    day: date,
    *,
    reserved: bool = False,
    reserved_until: date | None = None,
    idle_since: date | None = None,
) -> Standing:
    """How the site stands on ``day``; ``idle_since`` is what was recorded of the time before its tenants."""
    known = list(occupations)
    taken = sum((one.size for one in known if one.covers(day)), Decimal(0))
    if taken > 0:
        return Standing(SiteState.OCCUPIED, taken, size - taken)
    if reserved and (reserved_until is None or day <= reserved_until):
        return Standing(SiteState.RESERVED, taken, size)
    ends = [one.to_on + timedelta(days=1) for one in known if one.to_on is not None and one.to_on < day]
    recorded = [idle_since] if idle_since is not None and idle_since <= day else []
    return Standing(SiteState.IDLE, taken, size, max([*ends, *recorded], default=None))


def most_taken(occupations: Sequence[Occupation], from_on: date, to_on: date | None) -> Decimal:
    """The most that is taken on any one day from ``from_on`` to ``to_on``; it rises only where one begins."""
    starts = {from_on, *(one.from_on for one in occupations if one.from_on >= from_on)}
    days = [day for day in starts if to_on is None or day <= to_on]
    return max(sum((one.size for one in occupations if one.covers(day)), Decimal(0)) for day in days)
