"""Thresholds of the detector as data, one class a kind (docs/detection.md tells what each is worth).

Margins are shares of the largest deviation that the meter has shown at this hour before; scores are standard
deviations of its own forecast's errors; rates are shares a reading. The defaults are what ships and what the
referee's table was made with; they are the same for all meters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.kind_parameters import (
    FOUR_DAYS,
    SIX_HOURS,
    WEEK,
    Days,
    KindParameters,
    Minutes,
    Positive,
    Rate,
    Share,
    Slots,
)


class SpikeParameters(KindParameters):
    """Far above what the meter uses at this hour on such a day. Its rates also drive the baseline of all rules."""

    kind = ConditionKind.SPIKE
    raised = ("margin", "jump_times")

    # A reading this far above the forecast …
    open_score: float = Field(default=5.5, gt=0, le=1000)
    # … and this many times further above the profile than ever at this hour opens a condition;
    margin: Positive = 1.6
    # the meter is back in its usual band within this distance,
    clear_score: float = Field(default=3.0, gt=0, le=1000)
    # for so many slots in a row.
    clear_slots: Slots = 4
    warmup_days: Days = 28
    level_rate: Rate = 0.1
    variance_rate: Rate = 0.005
    spread_rate: Rate = 0.05
    profile_rate: Rate = 0.12
    margin_rate: Rate = 0.3
    margin_decay: Rate = 0.003
    # After the warm-up one reading moves the forecast by no more than this many standard deviations.
    clip_score: float = Field(default=4.0, gt=0, le=1000)
    # The standard deviation is taken as no less than this share of the meter's usual size, so that a meter
    # that hardly moves does not alarm over its own rounding.
    floor_share: float = Field(default=0.01, ge=0, lt=1)
    # Wind, hydro and net load: above this many times all seen, by so many times the greatest jump.
    jump_top: Positive = 1.2
    jump_times: Positive = 1.5
    # Scores from which the condition is strong (level 2) and extreme (level 3).
    strong_score: float = Field(default=15.0, gt=0)
    extreme_score: float = Field(default=30.0, gt=0)
    announce_within_hours: float | None = Field(default=48.0, gt=0)

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        if not self.clear_score < self.open_score <= self.strong_score <= self.extreme_score:
            raise ValueError("scores must rise: clear < open <= strong <= extreme")
        return self

    def level_of(self, magnitude: float, lasted_minutes: int = 0) -> int:
        scored = self.model_copy(update={"strong": self.strong_score, "extreme": self.extreme_score})
        return KindParameters.level_of(scored, magnitude, lasted_minutes)


class DropParameters(KindParameters):
    """Far below the usual, at once or, less deep, for long."""

    kind = ConditionKind.DROP
    raised = ("margin", "deep_margin")
    lowered = ("deep_share",)

    open_score: Positive = 6.0
    margin: Positive = 1.8
    # Less deep: below this share of the profile and beyond this margin, for so long.
    deep_share: Share = 0.3
    deep_margin: Positive = 1.5
    deep_score: Positive = 3.0
    deep_minutes: Minutes = 90
    clear_score: Positive = 3.0
    clear_slots: Slots = 4
    strong: Positive = 15.0
    extreme: Positive = 30.0
    strong_after_minutes: int | None = Field(default=SIX_HOURS, ge=1)


class ShiftParameters(KindParameters):
    """A lasting change of level; magnitudes are shares of the usual."""

    kind = ConditionKind.SHIFT
    raised = ("margin", "share")

    # The relative deviation from the profile is averaged over so many hours,
    hours: Positive = 24.0
    # each reading counted by no more than this share,
    clip: Share = 0.6
    # and opens when it is beyond this share of the usual and this many times its greatest drift before.
    share: Share = 0.28
    margin: Positive = 1.7
    rate: Rate = 0.5
    decay: Rate = 0.003
    warmup_days: Days = 21
    quiet_minutes: Minutes = WEEK
    strong: Positive = 0.45
    extreme: Positive = 0.9


class StuckParameters(KindParameters):
    """One value over and over; magnitude is hours."""

    kind = ConditionKind.STUCK
    raised = ("minutes", "times")

    minutes: Minutes = 240
    # Beyond so many times the longest that values of this meter have stood.
    times: Positive = 2.0
    strong: Positive = 12.0
    extreme: Positive = 48.0


class DeadParameters(KindParameters):
    """Zero where there is always something; magnitude is hours."""

    kind = ConditionKind.DEAD
    raised = ("minutes", "times")

    minutes: Minutes = 45
    times: Positive = 1.6
    strong: Positive = 4.0
    extreme: Positive = 24.0


class MissingParameters(KindParameters):
    """Nothing came; magnitude is hours."""

    kind = ConditionKind.MISSING
    raised = ("minutes", "times")

    # No reading for so long after it was due,
    minutes: Minutes = 120
    # beyond so many times the meter's usual lateness.
    times: Positive = 1.5
    # Recovered when the newest reading is no older than this.
    clear_minutes: Minutes = 60
    # When more than this share of a partition's meters fall silent at once it is the feed, not the meters.
    feed_share: Share = 0.5
    strong: Positive = 12.0
    extreme: Positive = 48.0


class UnitParameters(KindParameters):
    """A thousand times too large, or negative where nothing is negative; magnitude is hours."""

    kind = ConditionKind.UNIT

    times: Positive = 8.0
    warmup_days: Days = 1
    clear_slots: Slots = 4
    # After so many days it is no error but how the meter is: everything is learned anew.
    days: Days = 7
    strong: Positive = 4.0
    extreme: Positive = 24.0


class ClockParameters(KindParameters):
    """The day's curve fits far better when moved by some hours; magnitude is hours."""

    kind = ConditionKind.CLOCK
    raised = ("times",)
    lowered = ("share", "weak_share")

    # One day: the moved curve's error is below this share of the unmoved, which is so many times the usual.
    share: Share = 0.35
    times: Positive = 1.5
    # Two days running with the same move: below this share.
    weak_share: Share = 0.45
    warmup_days: Days = 14
    quiet_minutes: Minutes = FOUR_DAYS
    strong: Positive = 6.0
    extreme: Positive = 1000.0


class OverloadParameters(KindParameters):
    """Above the contracted capacity; magnitude is the value as a share of it."""

    kind = ConditionKind.OVERLOAD

    # Opens above, clears below these shares of the capacity.
    share: Positive = 1.0
    clear_share: Positive = 0.95
    clear_slots: Slots = 4
    strong: Positive = 1.1
    extreme: Positive = 1.3
    strong_after_minutes: int | None = Field(default=60, ge=1)


class PowerFactorParameters(KindParameters):
    """The day's power factor below its standard; magnitude is by how much.

    Standards by class of user are those of the rules for adjusting charges (功率因数调整电费办法, 1983).
    """

    kind = ConditionKind.POWER_FACTOR

    # Industry above 160 kVA at high voltage; other industry and users from 100 kVA; irrigation and resale.
    large_industry: Share = 0.90
    general: Share = 0.85
    agricultural: Share = 0.80
    # A slot below this share of the meter's highest active power of the month, and a day with fewer loaded slots
    # than this share, say nothing.
    low_load_share: Share = 0.1
    loaded_share: Share = 0.25
    # Opens after so many judged days below the standard, or at once when so far below it;
    open_days: Annotated[int, Field(ge=1, le=31)] = 2
    far_below: Share = 0.1
    # clears after so many judged days this far above it.
    clear_days: Annotated[int, Field(ge=1, le=31)] = 2
    clear_above: float = Field(default=0.01, ge=0, le=0.2)
    strong: Positive = 0.05
    extreme: Positive = 0.15
    announce_within_hours: float | None = Field(default=24.0 * 15, gt=0)


AnyParameters = (
    SpikeParameters
    | DropParameters
    | ShiftParameters
    | StuckParameters
    | DeadParameters
    | MissingParameters
    | UnitParameters
    | ClockParameters
    | OverloadParameters
    | PowerFactorParameters
)

CLASSES: Final[dict[ConditionKind, type[AnyParameters]]] = {
    one.kind: one
    for one in (
        SpikeParameters,
        DropParameters,
        ShiftParameters,
        DeadParameters,
        StuckParameters,
        MissingParameters,
        UnitParameters,
        ClockParameters,
        OverloadParameters,
        PowerFactorParameters,
    )
}

# Severity, telling and feedback are no business of the compiled rules.
_NOT_COMPILED: Final = frozenset(
    {"announce_within_hours", "strong", "extreme", "strong_after_minutes", "strong_score", "extreme_score"}
    | {"widen", "narrow", "least", "most"}
)
_COMPILED: Final = tuple(
    (kind, name)
    for kind, one in CLASSES.items()
    for name in one.model_fields
    if name not in _NOT_COMPILED and kind is not ConditionKind.POWER_FACTOR
)
# One record holds the parameters of all kinds for a meter on a day: ``spike_open_score``, ``shift_hours`` …
RECORD: Final = np.dtype([(f"{kind.value}_{name}", "f8") for kind, name in _COMPILED])


def table_of(sets: Sequence[Mapping[ConditionKind, AnyParameters]]) -> NDArray[np.void]:
    """The compiled rules' view of sets of parameters, a record each."""
    rows = [tuple(float(getattr(one[kind], name)) for kind, name in _COMPILED) for one in sets]
    return np.array(rows, RECORD)
