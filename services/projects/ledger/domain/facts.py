"""Which facts a stage requires on entry, and what is missing (S1, S2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Channel, Project
from services.projects.ledger.domain.stages import PLAN_FIELDS, Milestone, ProjectKind, due_milestone
from services.projects.ledger.errors import FactNotOfStage, MissingFacts

# Facts that may come with a stage, by their names in Project and in requests.
_FACTS_OF_STAGE: dict[Stage, tuple[str, ...]] = {
    Stage.SIGNED: ("contract_amount_yuan", "investor", "channel"),
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
    """The project with the facts of the stage (planned days aside). Raises FactNotOfStage."""
    said = {name: value for name in _FACT_NAMES if (value := getattr(facts, name)) not in (None, "")}
    foreign = [name for name in said if name not in _FACTS_OF_STAGE.get(stage, ())]
    if foreign:
        errors = [FieldError("fact.not_of_stage", f"/{name}") for name in foreign]
        raise FactNotOfStage(stage=stage, fields=foreign, errors=errors)
    return replace(project, **said)


def missing_facts(project: Project, stage: Stage) -> tuple[str, ...]:
    """Names of the fields the stage requires and the project lacks, all at once."""
    missing = [name for name in _REQUIRED.get(stage, ()) if getattr(project, name) in (None, "")]
    milestone = required_plan(project.kind, stage)
    if milestone is not None and project.planned(milestone).current_on is None:
        missing.append(PLAN_FIELDS[milestone])
    return tuple(missing)


def demand_facts(project: Project, stage: Stage) -> None:
    """Raises MissingFacts naming every field that is missing."""
    missing = missing_facts(project, stage)
    if missing:
        errors = [FieldError("fact.required", f"/{name}") for name in missing]
        raise MissingFacts(stage=stage, fields=missing, errors=errors)


def without_facts_of(project: Project, stage: Stage) -> Project:
    """The project as if the stage had not been entered."""
    empty: dict[str, object] = dict.fromkeys(_WITHDRAWN_WITH_STAGE.get(stage, ()))
    if stage is Stage.SIGNED:
        empty["signed_on"] = None
    return replace(project, **empty)  # type: ignore[arg-type]
