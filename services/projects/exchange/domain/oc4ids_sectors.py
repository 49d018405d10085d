"""Sectors of OC4IDS by 行业代码, the code of GB/T 4754-2017."""

from __future__ import annotations

from services.projects.ledger.domain.stages import ProjectKind

# By the beginning of the code's digits, the longest first; what is none of these is economy.
_BY_CODE: tuple[tuple[str, str], ...] = (
    ("4413", "energy.hydropower"),
    ("4415", "energy.wind"),
    ("4416", "energy.solar"),
    ("4417", "energy.biomass"),
    ("761", "naturalResources.floodProtection"),
    ("763", "waterAndWaste"),
    *((division, "energy") for division in ("44", "45")),
    ("46", "waterAndWaste"),
    ("53", "transport.rail"),
    ("54", "transport.road"),
    ("55", "transport.water"),
    ("56", "transport.air"),
    *((division, "transport") for division in ("57", "58", "59", "60")),
    *((division, "communications") for division in ("63", "64")),
    *((division, "naturalResources") for division in ("76", "77")),
    ("83", "education"),
    ("84", "health"),
    *((division, "cultureSportsAndRecreation") for division in ("78", "86", "87", "88", "89", "90")),
    *((division, "governance") for division in ("91", "92", "93", "94")),
)
_BY_KIND = {ProjectKind.GRID_WORKS: "energy", ProjectKind.TOURISM: "cultureSportsAndRecreation"}


def sectors_of(kind: ProjectKind, sector_code: str | None) -> list[str]:
    """The sectors a project belongs to; none when nothing is known of it."""
    digits = (sector_code or "").lstrip("ABCDEFGHIJKLMNOPQRST")
    found = next((sector for start, sector in _BY_CODE if digits.startswith(start)), "economy" if digits else None)
    named = (found, _BY_KIND.get(kind))
    return [sector for sector in dict.fromkeys(named) if sector is not None]
