"""Facts that may be changed outside of the lifecycle, and what must stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.projects.ledger.domain.facts import demand_fitting, missing_errors, missing_facts
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import PATHS
from services.projects.ledger.errors import MissingFacts

# Code, kind and region identify what the ledger speaks of; the rest of the project follows its lifecycle.
AMENDABLE = (
    "name",
    "summary",
    "parent_id",
    "location",
    "grid",
    "sector_code",
    "park_code",
    "enterprise_id",
    "responsible_person_id",
    "responsible_unit_id",
    "total_investment_yuan",
    "contract_amount_yuan",
    "investor",
    "channel",
    "design_output",
    "output_unit",
)


def amend(project: Project, facts: Mapping[str, object]) -> Project:
    """Change some of ``AMENDABLE``. A fact that a reached stage requires may change, but not vanish.

    Raises MissingFacts naming all that would vanish, FactNotOfKind, CoordinatesOutside.
    """
    foreign = set(facts) - set(AMENDABLE)
    if foreign:
        raise ValueError(f"not amendable: {sorted(foreign)}")
    changed = replace(project, **facts)  # type: ignore[arg-type]
    demand_fitting(changed)
    path = PATHS[project.kind]
    reached = path[: path.index(project.path_stage) + 1]
    # What the ledger did not ask for when the stage was entered is not asked for now.
    known = {name for stage in reached for name in missing_facts(project, stage)}
    missing = [name for stage in reached for name in missing_facts(changed, stage) if name not in known]
    if missing:
        names = list(dict.fromkeys(missing))
        raise MissingFacts(stage=project.path_stage, fields=names, errors=missing_errors(names))
    return changed
