"""What a source brings for its section, and what it is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.projects.bulletins.domain.content import Section
from services.projects.bulletins.domain.figures import Figures, Rows
from services.projects.bulletins.domain.lists import Candidate
from services.projects.bulletins.domain.periods import BulletinPeriod


@dataclass(frozen=True, slots=True)
class BulletinScope:
    """A region with its name, and the day on which the bulletin is made.

    ``options`` are what the template says of the section. Without ``with_rows`` only the figures are asked for: a
    source may leave the rows behind them where they are.
    """

    region_code: str
    region_name: str
    period: BulletinPeriod
    made_on: date
    options: Mapping[str, object] = field(default_factory=dict)
    with_rows: bool = True

    @property
    def as_of(self) -> date:
        """The last day that is looked at: the period's, or today while it runs."""
        return min(self.period.last_day, self.made_on)


@dataclass(slots=True)
class SectionFacts:
    """``rows`` are what figures were made of, by the key that the figures name; ``candidates`` are for the lists,
    whose figures are among ``offered`` where only the lists show them."""

    section: Section
    figures: Figures = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    offered: Figures = field(default_factory=dict)
