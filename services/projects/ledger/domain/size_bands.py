"""Size bands (S15): 1000万–5000万, 5000万–1亿, 1亿以上; a band has its lower edge, its upper one is the next's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import BandsNotOrdered
from services.projects.registry.domain.validity import Dated


@dataclass(frozen=True, slots=True)
class SizeBand:
    code: str
    name_zh: str
    name_en: str
    from_yuan: int

    def name(self, language: str) -> str:
        return self.name_zh if language == "zh-CN" else self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBands(Dated):
    """One division into bands, from the smallest up. Below the first edge a project is in none."""

    bands: tuple[SizeBand, ...]

    def band_of(self, size_yuan: int | None) -> SizeBand | None:
        if size_yuan is None:
            return None
        return next((band for band in reversed(self.bands) if band.from_yuan <= size_yuan), None)

    def below_yuan(self, band: SizeBand) -> int | None:
        """The edge of the next band; None for the last."""
        place = self.bands.index(band)
        return self.bands[place + 1].from_yuan if place + 1 < len(self.bands) else None


def bands_by_code(divisions: Iterable[SizeBands], region_code: str | None = None) -> dict[str, SizeBand]:
    """Every band there is or was, for people who read a code.

    Where several divisions have the code, that of the narrowest region around ``region_code`` counts (None: the
    one for everywhere), and of several in time the latest.
    """

    def weight(division: SizeBands) -> tuple[bool, int, date]:
        holds = division.region_code is None or (region_code is not None and division.holds_in(region_code))
        return holds, division.narrowness, division.valid_from

    return {band.code: band for division in sorted(divisions, key=weight) for band in division.bands}


def size_of(project: Project) -> int | None:
    """What a project is measured by: its total investment, else its contract."""
    return project.contract_amount_yuan if project.total_investment_yuan is None else project.total_investment_yuan


def demand_bands_in_order(bands: SizeBands) -> None:
    """Raises BandsNotOrdered unless edges rise and no code stands twice."""
    errors = []
    for place, band in enumerate(bands.bands):
        before = bands.bands[:place]
        if before and before[-1].from_yuan >= band.from_yuan:
            errors.append(FieldError("size_band.not_rising", f"/bands/{place}/from_yuan"))
        if any(other.code == band.code for other in before):
            errors.append(FieldError("entry.exists", f"/bands/{place}/code"))
    if errors:
        raise BandsNotOrdered(errors=errors)
