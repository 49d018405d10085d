"""A kind's path of stages beside the columns that hold the day each was entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.stages import PATHS, ProjectKind

DAY_FIELDS: Mapping[Stage, str] = {
    Stage.SIGNED: "signed_on",
    Stage.STARTED: "started_on",
    Stage.COMPLETED: "completed_on",
    Stage.IN_PRODUCTION: "in_production_on",
    Stage.AT_CAPACITY: "at_capacity_on",
    Stage.OPENED: "opened_on",
}


@dataclass(frozen=True, slots=True)
class Path:
    """The stages of one kind, in order."""

    stages: tuple[Stage, ...]

    def has(self, stage: Stage) -> bool:
        return stage in self.stages

    def field_of(self, stage: Stage) -> str:
        return DAY_FIELDS[stage]

    def days(self, values: Mapping[str, Any]) -> dict[Stage, date]:
        """The days a row gives, by stage."""
        return {
            stage: values[DAY_FIELDS[stage]]
            for stage in self.stages
            if stage in DAY_FIELDS and values.get(DAY_FIELDS[stage]) is not None
        }

    def furthest(self, values: Mapping[str, Any]) -> Stage:
        """The last stage that a row gives a day for; the first of the path when it gives none."""
        return max(self.days(values), key=self.stages.index, default=self.stages[0])

    def is_beyond(self, stage: Stage, other: Stage) -> bool:
        """Whether ``stage`` comes after ``other`` on the path; stages outside of it are beyond nothing."""
        if stage not in self.stages or other not in self.stages:
            return False
        return self.stages.index(stage) > self.stages.index(other)

    def between(self, present: Stage, target: Stage) -> tuple[Stage, ...]:
        """The stages to enter, one after the other, to come from ``present`` to ``target``."""
        if not self.is_beyond(target, present):
            return ()
        return self.stages[self.stages.index(present) + 1 : self.stages.index(target) + 1]


@cache
def path_of(kind: ProjectKind) -> Path:
    """The path of a kind."""
    return Path(PATHS[kind])
