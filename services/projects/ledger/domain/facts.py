"""Which facts a stage requires on entry, and what is missing (S1, S2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.coordinates import demand_within
from services.projects.ledger.domain.grid import GridWorks
from services.projects.ledger.domain.project import Channel, Project, altered
from services.projects.ledger.domain.stages import PLAN_FIELDS, Milestone, ProjectKind, due_milestone
from services.projects.ledger.errors import FactNotOfKind, FactNotOfStage, MissingFacts

# Facts that may come with a stage, by their names in Project and in requests.
_FACTS_OF_STAGE: dict[Stage, tuple[str, ...]] = {
    Stage.SIGNED: ("contract_amount_yuan", "investor", "channel", "grid"),
    Stage.STARTED: ("evidence",),
    Stage.IN_PRODUCTION: ("first_output", "design_output", "output_unit"),
    Stage.AT_CAPACITY: ("actual_output", "design_output", "output_unit"),
}
_REQUIRED: dict[Stage, tuple[str, ...]] = {
    Stage.SIGNED: ("contract_amount_yuan", "investor", "channel"),
    Stage.STARTED: ("evidence",),
    Stage.IN_PRODUCTION: ("first_output",),
    Stage.AT_CAPACITY: ("actual_output", "design_output", "output_unit"),
}
# Facts that exist only because the stage was entered: taking the step back takes them back.
_WITHDRAWN_WITH_STAGE: dict[Stage, tuple[str, ...]] = {
    Stage.STARTED: ("evidence",),
    Stage.IN_PRODUCTION: ("first_output",),
    Stage.AT_CAPACITY: ("actual_output",),
}


@dataclass(frozen=True, slots=True)
class StageFacts:
    """What comes with a change of stage; None is "not said"."""

    contract_amount_yuan: int | None = None
    investor: str | None = None
    channel: Channel | None = None
    grid: GridWorks | None = None
    evidence: str | None = None
    first_output: str | None = None
    actual_output: Decimal | None = None
    design_output: Decimal | None = None
    output_unit: str | None = None
    planned: Mapping[Milestone, date] = field(default_factory=dict)


_FACT_NAMES = tuple(name for name in StageFacts.__dataclass_fields__ if name != "planned")


def required_plan(kind: ProjectKind, stage: Stage) -> Milestone | None:
    """The milestone that must be planned on entry: start when signed, capacity or completion when started."""
    if stage is Stage.SIGNED:
        return Milestone.START
    return due_milestone(kind) if stage is Stage.STARTED else None


def with_facts(project: Project, stage: Stage, facts: StageFacts) -> Project:
    """The project with the facts of the stage (planned days aside). Raises FactNotOfStage, FactNotOfKind."""
    said = {name: value for name in _FACT_NAMES if (value := getattr(facts, name)) not in (None, "")}
    foreign = [name for name in said if name not in _FACTS_OF_STAGE.get(stage, ())]
    if foreign:
        errors = [FieldError("fact.not_of_stage", f"/{name}") for name in foreign]
        raise FactNotOfStage(stage=stage, fields=foreign, errors=errors)
    changed = altered(project, **said)
    demand_fitting(changed)
    return changed


def demand_fitting(project: Project) -> None:
    """What a project is said to be fits its kind and the map. Raises FactNotOfKind, CoordinatesOutside."""
    if project.grid is not None and project.kind is not ProjectKind.GRID_WORKS:
        raise FactNotOfKind(kind=project.kind, fields=["grid"], errors=[FieldError("fact.not_of_kind", "/grid")])
    if project.location is not None:
        demand_within(project.location, "/location")


def missing_facts(project: Project, stage: Stage) -> tuple[str, ...]:
    """Names of the fields the stage requires and the project lacks, all at once."""
    missing = [name for name in _REQUIRED.get(stage, ()) if getattr(project, name) in (None, "")]
    if stage is Stage.SIGNED and project.kind is ProjectKind.GRID_WORKS:
        missing += [f"grid.{name}" for name in (project.grid or GridWorks()).missing()]
    milestone = required_plan(project.kind, stage)
    if milestone is not None and project.planned(milestone).current_on is None:
        missing.append(PLAN_FIELDS[milestone])
    return tuple(missing)


def demand_facts(project: Project, stage: Stage) -> None:
    """Raises MissingFacts naming every field that is missing."""
    missing = missing_facts(project, stage)
    if missing:
        raise MissingFacts(stage=stage, fields=missing, errors=missing_errors(missing))


def missing_errors(names: Iterable[str]) -> list[FieldError]:
    """One fault a missing fact; ``grid.voltage_kv`` stands at ``/grid/voltage_kv``."""
    return [FieldError("fact.required", f"/{name.replace('.', '/')}") for name in names]


def without_facts_of(project: Project, stage: Stage) -> Project:
    """The project as if the stage had not been entered."""
    empty: dict[str, object] = dict.fromkeys(_WITHDRAWN_WITH_STAGE.get(stage, ()))
    if stage is Stage.SIGNED:
        empty["signed_on"] = None
    return altered(project, **empty)
