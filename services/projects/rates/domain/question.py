"""What is asked: the day, which projects, how they are grouped, and by which plan they were due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.projects.ledger.domain.project import Channel
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.rates.domain.grouping import Groups


class PlanVersion(StrEnum):
    """当前计划 current, 原计划 original: a re-planning moves what is due by the one and not by the other."""

    CURRENT = "current"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Question:
    """``region_code`` is a subtree, ``sector`` the beginning of a code; the days of signing are inclusive.

    ``group`` narrows the answer to one group of ``groups``.
    """

    as_of: date
    groups: Groups = field(default_factory=Groups)
    plan: PlanVersion = PlanVersion.CURRENT
    region_code: str | None = None
    park_code: str | None = None
    sector: str | None = None
    channel: Channel | None = None
    kind: ProjectKind | None = None
    signed_from: date | None = None
    signed_to: date | None = None
    group: tuple[str | None, ...] | None = None
