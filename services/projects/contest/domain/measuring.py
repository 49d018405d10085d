"""Figures of participants and the facts that make them: what is asked, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.projects.contest.domain.participants import Participant, ParticipantKind, Quarter
from services.projects.contest.domain.rules import ContestRule

EXACT: Final = Context(prec=40, rounding=ROUND_HALF_UP)
FIGURE_PLACES: Final = 6


class GrowthBasis(StrEnum):
    """How a measure grows: ``rate`` percent, ``difference`` in its own unit, ``none`` not compared with a year
    before."""

    RATE = "rate"
    DIFFERENCE = "difference"
    NONE = "none"


class Unknown(StrEnum):
    """Why a figure is not there."""

    NO_FACTS = "no_facts"
    NOT_COMPLETE = "not_complete"
    MONTH_NOT_OVER = "month_not_over"
    NOT_COMPARED = "not_compared"
    BASE_MISSING = "base_missing"
    NO_BENCHMARK = "no_benchmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureInfo:
    """A measure of a source: its unit, how it grows, and whose it can be."""

    code: str
    unit: str
    growth: GrowthBasis
    kinds: frozenset[ParticipantKind]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One fact behind a figure: of an enterprise, a project, an appeal …

    ``value`` is what it adds, of a share its part above the line and ``whole`` that below; ``base`` and
    ``base_whole`` the same a year before. None is not known. ``known_at`` None where the source does not say.
    """

    kind: str
    id: str
    code: str
    name: str
    value: Decimal | None
    whole: Decimal | None = None
    base: Decimal | None = None
    base_whole: Decimal | None = None
    known_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A component's figure of a participant; ``value`` and ``growth`` None always with their reasons.

    ``growth`` is ``compared`` against ``base``: of sums those of whoever has both, so that who came or left moves
    no growth. ``complete`` of ``expected`` facts were there; ``rows`` facts make the figure.
    """

    value: Decimal | None
    reason: str | None
    base: Decimal | None = None
    compared: Decimal | None = None
    growth: Decimal | None = None
    growth_reason: str | None = None
    rows: int = 0
    complete: int | None = None
    expected: int | None = None


UNMEASURED: Final = Measured(None, Unknown.NO_FACTS.value, growth_reason=Unknown.NO_FACTS.value)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure with its facts."""

    figure: Measured
    rows: tuple[SourceRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What sources are asked: whose figures, of which days.

    ``keys`` are (what a fact refers to, participant): codes of regions with those below, or ids. ``months`` are
    those of the quarter that are over by ``through_on``. ``with_base`` asks for the year before as well,
    ``with_facts`` for the facts behind the figures and since when they were known; a source may leave them where
    they are if nobody asks.
    """

    region_code: str
    kind: ParticipantKind
    participants: tuple[Participant, ...]
    keys: tuple[tuple[str | UUID, UUID], ...]
    quarter: Quarter
    through_on: date
    months: tuple[date, ...]
    rule: ContestRule
    with_base: bool = False
    with_facts: bool = True

    @property
    def first_on(self) -> date:
        return self.quarter.first_on

    @property
    def periods(self) -> list[tuple[date, date]]:
        """The days asked about, and those a year before where they are asked about too."""
        now = (self.first_on, self.through_on)
        return [now, (self.base_first_on, self.base_through_on)] if self.with_base else [now]

    @property
    def base_first_on(self) -> date:
        return year_before(self.first_on)

    @property
    def base_through_on(self) -> date:
        return year_before(self.through_on)


def year_before(day: date) -> date:
    """The same day a year before; of 29 February the 28th."""
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
