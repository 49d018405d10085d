"""How projects are grouped: by region of a level, park, sector, channel, period of signing, kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.projects.rates.domain.facts import RateFacts


class Grouping(StrEnum):
    REGION = "region"
    PARK = "park"
    SECTOR = "sector"
    CHANNEL = "channel"
    SIGNING_PERIOD = "signing_period"
    KIND = "kind"


class RegionLevel(StrEnum):
    """省 province, 市 city, 县 county, 乡镇 township."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


class Period(StrEnum):
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Groups:
    """What is grouped by, and how coarse regions and periods are."""

    by: tuple[Grouping, ...] = ()
    region_level: RegionLevel = RegionLevel.COUNTY
    period: Period = Period.YEAR

    def key_of(self, facts: RateFacts) -> tuple[str | None, ...]:
        """The group of a signed project; None where it has no park, sector or channel."""
        return tuple(self._part(grouping, facts) for grouping in self.by)

    def _part(self, grouping: Grouping, facts: RateFacts) -> str | None:
        match grouping:
            case Grouping.REGION:
                return region_at(facts.region_code, self.region_level)
            case Grouping.PARK:
                return facts.park_code
            case Grouping.SECTOR:
                return None if facts.sector_code is None else division_of(facts.sector_code)
            case Grouping.CHANNEL:
                return facts.channel
            case Grouping.SIGNING_PERIOD:
                assert facts.signed_on is not None, "only signed projects are grouped"
                return period_of(facts.signed_on, self.period)
            case Grouping.KIND:
                return facts.kind.value


# Digits that stay of a code, and the zeros of a code that stands for the whole level.
LEVELS: dict[RegionLevel, tuple[int, str]] = {
    RegionLevel.PROVINCE: (2, "0000"),
    RegionLevel.CITY: (4, "00"),
    RegionLevel.COUNTY: (6, ""),
    RegionLevel.TOWNSHIP: (9, ""),
}


def region_at(code: str, level: RegionLevel) -> str:
    """The region of the level that the code lies in; a region above the level stands for itself."""
    digits, zeros = LEVELS[level]
    return code[:digits] + zeros


def division_of(sector_code: str) -> str:
    """The division (大类, two digits) of a code of GB/T 4754, or its section's letter where it says no more."""
    return sector_code.lstrip("ABCDEFGHIJKLMNOPQRST")[:2] or sector_code


def period_of(day: date, period: Period) -> str:
    """``2026``, ``2026-H2``, ``2026-Q3`` or ``2026-09``."""
    match period:
        case Period.YEAR:
            return f"{day.year:04}"
        case Period.HALF:
            return f"{day.year:04}-H{(day.month + 5) // 6}"
        case Period.QUARTER:
            return f"{day.year:04}-Q{(day.month + 2) // 3}"
        case Period.MONTH:
            return f"{day.year:04}-{day.month:02}"


# Sections (门类) of GB/T 4754-2017 and their first and last division.
SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip
_SECTOR = re.compile(r"([A-T]?)([0-9]{0,4})", re.ASCII)


def sector_prefixes(code: str) -> tuple[str, ...]:
    """The beginnings of codes that lie in the sector, with and without the section's letter.

    ``C31`` and ``31`` are the same division; ``C`` is all of its divisions. Raises ValueError for no such code.
    """
    match = _SECTOR.fullmatch(code)
    if match is None or not code:
        raise ValueError(f"{code!r} is no sector of GB/T 4754")
    letter, digits = match.groups()
    if not digits:
        first, last = SECTIONS[letter]
        return (letter, *(f"{division:02}" for division in range(first, last + 1)))
    return (digits, *(f"{section}{digits}" for section in ([letter] if letter else SECTIONS)))
