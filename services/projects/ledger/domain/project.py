"""A project as the ledger knows it. Money in whole yuan, outputs in its own unit, days in local time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.coordinates import Location
from services.projects.ledger.domain.grid import GridWorks
from services.projects.ledger.domain.stages import MILESTONE_OF_STAGE, Milestone, ProjectKind


class Channel(StrEnum):
    """How the investor was won (S9).

    政府, 以企招商, 以商招商, 回归, 委托, 定向, 产业, 品牌, 资源, 乡情亲情, 蹲点, 空壳嫁接.
    """

    GOVERNMENT = "government"
    ENTERPRISE = "enterprise"
    MERCHANT = "merchant"
    RETURN_HOME = "return_home"
    ENTRUSTED = "entrusted"
    TARGETED = "targeted"
    INDUSTRY = "industry"
    BRAND = "brand"
    RESOURCE = "resource"
    KINSHIP = "kinship"
    ON_SITE = "on_site"
    SHELL_GRAFTING = "shell_grafting"


class KeyLevel(StrEnum):
    """Whose key project (重点项目) it is: 乡镇, 县, 市, 省, 国家."""

    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """A milestone's original, current and actual day (S1). All None: never planned and not reached."""

    original_on: date | None = None
    current_on: date | None = None
    actual_on: date | None = None

    @property
    def effective_on(self) -> date | None:
        """The actual day once there is one, else the current plan."""
        return self.actual_on or self.current_on


_UNPLANNED = PlannedDate()


# No slots: :func:`altered` copies all fields at once.
@dataclass(frozen=True)
class Project:
    """State of one project.

    ``interrupted_stage`` is the stage of the path at which a suspended or terminated project stopped.
    ``evidence`` names the permit, photo or document that shows the start; ``first_output`` what came first.
    ``percent`` is the latest entry's; ``last_advance_on`` the latest day whose entry rose above the one before;
    ``last_investment_month`` the first day of the latest month with an amount above zero;
    ``verified_funds_yuan`` what has arrived and was verified, None while nothing was.
    ``parent_id`` is the project it is a phase or part of. ``key_since`` and ``key_by`` say when and by whom it was
    made a key project. ``size_band`` is a code of the size bands that are in force.
    """

    id: UUID
    code: str
    name: str
    kind: ProjectKind
    region_code: str
    stage: Stage = Stage.PLANNED
    summary: str = ""
    parent_id: UUID | None = None
    location: Location | None = None
    grid: GridWorks | None = None
    is_key: bool = False
    key_level: KeyLevel | None = None
    key_since: date | None = None
    key_by: str | None = None
    size_band: str | None = None
    sector_code: str | None = None
    park_code: str | None = None
    enterprise_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    total_investment_yuan: int | None = None
    contract_amount_yuan: int | None = None
    investor: str | None = None
    channel: Channel | None = None
    signed_on: date | None = None
    evidence: str | None = None
    design_output: Decimal | None = None
    output_unit: str | None = None
    first_output: str | None = None
    actual_output: Decimal | None = None
    interrupted_stage: Stage | None = None
    interrupted_on: date | None = None
    interruption_reason: str | None = None
    resumed_on: date | None = None
    percent: Decimal | None = None
    last_progress_on: date | None = None
    last_advance_on: date | None = None
    last_investment_month: date | None = None
    invested_yuan: int = 0
    verified_funds_yuan: int | None = None
    plan: Mapping[Milestone, PlannedDate] = field(default_factory=dict)

    def planned(self, milestone: Milestone) -> PlannedDate:
        return self.plan.get(milestone, _UNPLANNED)

    @property
    def path_stage(self) -> Stage:
        """Where on its path the project stands, whether or not it is interrupted."""
        return self.interrupted_stage or self.stage

    def entered_on(self, stage: Stage) -> date | None:
        """The day a stage of the path was entered; None for planned and for stages not reached."""
        if stage is Stage.SIGNED:
            return self.signed_on
        milestone = MILESTONE_OF_STAGE.get(stage)
        return self.planned(milestone).actual_on if milestone else None


_NAMES = frozenset(spec.name for spec in fields(Project))


def altered(project: Project, **facts: Any) -> Project:
    """What ``dataclasses.replace`` gives, at a tenth of its cost: a table of imports alters thousands, many times.

    Raises TypeError for a field that a project has not.
    """
    if not facts.keys() <= _NAMES:
        raise TypeError(f"a project has no {sorted(facts.keys() - _NAMES)}")
    after = object.__new__(Project)
    after.__dict__.update(project.__dict__, **facts)
    return after
