"""What the selection among users is asked and what it answers (S21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.energy.curtailment.domain.users import Category, Listing, Measure, Standing

SLOTS: Final = 96
SLOT_MINUTES: Final = 15
SLOT_HOURS: Final = SLOT_MINUTES / 60

# kW by slot of the day.
Slots = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Why(StrEnum):
    """Why a row of the plan is not among the chosen."""

    INACTIVE = "inactive"
    PROTECTED = "protected"
    TIER = "tier"
    REST_DAY = "rest_day"
    NOT_ITS_TURN = "not_its_turn"
    EXCLUDED = "excluded"
    OUTAGE = "outage"
    BUSY = "busy"
    NO_MEASURE = "no_measure"
    NO_LOAD = "no_load"
    NO_METER = "no_meter"
    ELSEWHERE = "elsewhere"
    NOTICE = "notice"
    DURATION = "duration"
    OTHER_ROW = "other_row"
    MEASURE = "measure"
    RESTRICTED_FIRST = "restricted_first"
    FAIRNESS = "fairness"
    HARM = "harm"
    LATER_TIER = "later_tier"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Burden:
    """What an enterprise has given so far in a year: energy (kWh), how often, how long (minutes)."""

    kwh: float = 0.0
    times: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A row of the plan that may be called on the day: one user, one measure, ``load_kw`` while called.

    ``free``: the slots (96,) in which the user may be called at all. ``earliest``: the first slot that its notice
    leaves. ``shortest``, ``longest`` and ``recovery`` count slots. ``closed``: why some slots are not free.
    """

    user_id: UUID
    enterprise_id: UUID
    code: str
    name: str
    category: Category
    tier: int
    measure: Measure
    load_kw: float
    max_load_kw: float
    meter_nos: tuple[str, ...]
    free: Mask
    earliest: int = 0
    shortest: int = 1
    longest: int = SLOTS
    recovery: int = 0
    burden: Burden = Burden()
    output_yuan_per_kwh: float | None = None
    notice_minutes: int = 0
    closed: tuple[Why, str] | None = None
    listing: Listing | None = None

    @property
    def is_restricted(self) -> bool:
        return self.category.standing is Standing.RESTRICTED


@dataclass(frozen=True, slots=True)
class Passed:
    """A row that was not chosen, and why; ``facts`` are the figures of the reason."""

    enterprise_id: UUID
    code: str
    name: str
    tier: int
    measure: Measure
    why: Why
    facts: Mapping[str, object] = field(default_factory=dict)
    text_zh: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One call: the user gives ``kw`` from slot ``first`` until before slot ``end``, and why it is this one."""

    user_id: UUID
    enterprise_id: UUID
    code: str
    name: str
    meter_nos: tuple[str, ...]
    kw: float
    tier: int
    measure: Measure
    category: Category
    first: int
    end: int
    notice_minutes: int
    reason_zh: str = ""
    reason_en: str = ""

    @property
    def kwh(self) -> float:
        return self.kw * (self.end - self.first) * SLOT_HOURS


@dataclass(frozen=True, slots=True)
class Stage:
    """One criterion of the objective: its value in the answer, and what no answer can be better than.

    ``proof_gap`` is the share by which the value may lie above the best possible; 0 where that is proved.
    """

    criterion: str
    value: float
    bound: float
    proof_gap: float
    is_proved: bool


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The chosen calls. ``covered_kw``, ``uncovered_kw``: (96,) of the gap; ``surplus_kw``: given beyond it.

    ``unknown``: slots whose gap nobody knows: nothing is chosen for them. ``grid_minutes``: calls begin on this
    grid where a stretch is too long for one call. ``is_exact``: every stage was proved to the end.
    """

    users: tuple[Chosen, ...]
    gap_kw: Slots
    covered_kw: Slots
    uncovered_kw: Slots
    surplus_kw: Slots
    unknown: Mask
    stages: tuple[Stage, ...]
    reasons: tuple[Passed, ...]
    level: int
    grid_minutes: int
    is_exact: bool
    text_zh: str = ""
    text_en: str = ""

    @property
    def covers(self) -> bool:
        """Whether the known gap is covered in every slot."""
        return not bool(self.unknown.any()) and float(self.uncovered_kw.max(initial=0.0)) <= 0.05
