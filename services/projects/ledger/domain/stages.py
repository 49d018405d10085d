"""Kinds, stages and milestones of a project, and which kind goes through which stages (S2).

策划 planned, 签约 signed, 开工 started, 竣工 completed, 投产 in production, 达产 at capacity, 开放 opened,
停工 suspended, 终止 terminated.
"""

from __future__ import annotations

from enum import StrEnum

from libs.common.contracts.projects import Stage


class ProjectKind(StrEnum):
    """新建 new build, 技改 technical renovation, 二期 later phase, 电网工程 grid works, 基础设施, 旅游."""

    NEW_BUILD = "new_build"
    TECHNICAL_RENOVATION = "technical_renovation"
    LATER_PHASE = "later_phase"
    GRID_WORKS = "grid_works"
    INFRASTRUCTURE = "infrastructure"
    TOURISM = "tourism"


class Milestone(StrEnum):
    """Planned dates of the ledger; each is reached by entering one stage."""

    START = "start"
    COMPLETION = "completion"
    PRODUCTION = "production"
    CAPACITY = "capacity"
    OPENING = "opening"


_PRODUCING = (
    Stage.PLANNED,
    Stage.SIGNED,
    Stage.STARTED,
    Stage.COMPLETED,
    Stage.IN_PRODUCTION,
    Stage.AT_CAPACITY,
)
_NOT_PRODUCING = (Stage.PLANNED, Stage.SIGNED, Stage.STARTED, Stage.COMPLETED, Stage.OPENED)

PATHS: dict[ProjectKind, tuple[Stage, ...]] = {
    ProjectKind.NEW_BUILD: _PRODUCING,
    ProjectKind.TECHNICAL_RENOVATION: _PRODUCING,
    ProjectKind.LATER_PHASE: _PRODUCING,
    ProjectKind.GRID_WORKS: _PRODUCING,
    ProjectKind.INFRASTRUCTURE: _NOT_PRODUCING,
    ProjectKind.TOURISM: _NOT_PRODUCING,
}

MILESTONE_OF_STAGE: dict[Stage, Milestone] = {
    Stage.STARTED: Milestone.START,
    Stage.COMPLETED: Milestone.COMPLETION,
    Stage.IN_PRODUCTION: Milestone.PRODUCTION,
    Stage.AT_CAPACITY: Milestone.CAPACITY,
    Stage.OPENED: Milestone.OPENING,
}

# Names of the planned dates in requests and answers.
PLAN_FIELDS: dict[Milestone, str] = {
    Milestone.START: "planned_start_on",
    Milestone.COMPLETION: "planned_completion_on",
    Milestone.PRODUCTION: "planned_production_on",
    Milestone.CAPACITY: "planned_capacity_on",
    Milestone.OPENING: "planned_opening_on",
}


def next_stage(kind: ProjectKind, stage: Stage) -> Stage | None:
    """The one stage that may follow; None at the end of the path and outside of it."""
    path = PATHS[kind]
    if stage not in path or stage == path[-1]:
        return None
    return path[path.index(stage) + 1]


def previous_stage(kind: ProjectKind, stage: Stage) -> Stage | None:
    """The stage before; None at the beginning of the path and outside of it."""
    path = PATHS[kind]
    if stage not in path or stage == path[0]:
        return None
    return path[path.index(stage) - 1]


def milestones_of(kind: ProjectKind) -> tuple[Milestone, ...]:
    """The milestones of a kind in the order in which they are reached."""
    return tuple(MILESTONE_OF_STAGE[stage] for stage in PATHS[kind] if stage in MILESTONE_OF_STAGE)


def due_milestone(kind: ProjectKind) -> Milestone:
    """What a started project must have a date for (S1): capacity, or completion where nothing is produced."""
    return Milestone.CAPACITY if Stage.AT_CAPACITY in PATHS[kind] else Milestone.COMPLETION
