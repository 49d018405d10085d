"""What is asked of the economy's figures: of whom, of which month, grouped by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.projects.economy.domain.figures import Version
from services.projects.rates.domain.grouping import RegionLevel


class FigureGrouping(StrEnum):
    """By what figures are grouped; ``scale`` is above or below the edge of 规上企业."""

    REGION = "region"
    PARK = "park"
    SECTOR = "sector"
    SIZE = "size"
    SCALE = "scale"


class Scale(StrEnum):
    """规上 above, 规下 below the edge of annual main revenue, or unknown while months are missing."""

    ABOVE = "above"
    BELOW = "below"
    UNKNOWN = "unknown"


class Comparison(StrEnum):
    """``reported``: each month with whoever stood in the group then. ``matched`` (同口径): those who said both
    months, where they stand in the later one."""

    REPORTED = "reported"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``shared`` counts by the shares of regions (共建共享) instead of where an enterprise stands; ``restated``
    takes restated bases where there are such."""

    month: date
    region_code: str | None = None
    enterprise_ids: frozenset[UUID] | None = None
    park_code: str | None = None
    sector: str | None = None
    size: str | None = None
    scale: Scale | None = None
    cumulative: bool = False
    version: Version = Version.LATEST
    shared: bool = False
    restated: bool = True
    comparison: Comparison = Comparison.REPORTED
    by: FigureGrouping | None = None
    region_level: RegionLevel = RegionLevel.COUNTY

    @property
    def needs_sizes(self) -> bool:
        """Whether twelve months of revenue have to be looked at for it."""
        by_size = self.by in {FigureGrouping.SCALE, FigureGrouping.SIZE}
        return by_size or self.scale is not None or self.size is not None
