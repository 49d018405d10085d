"""What parameters of every kind share: quiet times, severity, and how far a meter may have limits of its own."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Self

from annotated_types import Le
from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.energy import ConditionKind

Positive = Annotated[float, Field(gt=0, le=1e6)]
Share = Annotated[float, Field(gt=0, le=1)]
Rate = Annotated[float, Field(gt=0, lt=1)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Slots = Annotated[int, Field(ge=1, le=1000)]
Days = Annotated[int, Field(ge=1, le=366)]

SIX_HOURS: Final = 360
FOUR_DAYS: Final = 4 * 1440
WEEK: Final = 7 * 1440


class KindParameters(BaseModel):
    """What rules of every kind share."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[ConditionKind]
    # What a meter's own factor (feedback, see adapting.py) multiplies and divides; nothing where the limit is law.
    raised: ClassVar[tuple[str, ...]] = ()
    lowered: ClassVar[tuple[str, ...]] = ()

    # No second opening for the meter within this time of the first.
    quiet_minutes: Minutes = SIX_HOURS
    # Conditions that opened longer ago than this are kept without telling anybody; null tells all.
    announce_within_hours: float | None = Field(default=48.0, gt=0)
    # Severity: from this magnitude the condition is strong (level 2), extreme (level 3) …
    strong: Positive = 2.0
    extreme: Positive = 4.0
    # … and it is one level higher once it has lasted so long; null: however long.
    strong_after_minutes: int | None = Field(default=None, ge=1)
    # Feedback: a false alarm makes the meter's limits so many times wider, a true one so many times narrower, both
    # within these bounds.
    widen: float = Field(default=1.2, ge=1, le=2)
    narrow: float = Field(default=1.05, ge=1, le=2)
    least: float = Field(default=0.8, ge=0.5, le=1)
    most: float = Field(default=2.0, ge=1, le=4)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.strong > self.extreme:
            raise ValueError("magnitudes must rise: strong <= extreme")
        return self

    def adapted(self, factor: float) -> Self:
        """For a meter whose limits are ``factor`` times as wide, each within what the field allows."""
        scaled = {name: getattr(self, name) * factor for name in self.raised}
        scaled |= {name: getattr(self, name) / factor for name in self.lowered}
        return self.model_copy(update={name: self._within(name, value) for name, value in scaled.items()})

    def _within(self, name: str, value: float) -> float:
        field = type(self).model_fields[name]
        highest = next((one.le for one in field.metadata if isinstance(one, Le)), value)
        bounded = min(value, float(highest))  # type: ignore[arg-type]
        return round(bounded) if field.annotation is int else bounded

    def level_of(self, magnitude: float, lasted_minutes: int = 0) -> int:
        """1 notable, 2 strong, 3 extreme."""
        level = 3 if magnitude >= self.extreme else 2 if magnitude >= self.strong else 1
        if self.strong_after_minutes is not None and lasted_minutes >= self.strong_after_minutes:
            level += 1
        return min(level, 3)
