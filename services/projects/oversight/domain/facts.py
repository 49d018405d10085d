"""What the rules of oversight look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.curve import PlanCurve
from services.projects.ledger.domain.stages import Milestone


@dataclass(frozen=True, slots=True)
class FundsDue:
    """An amount, in whole yuan, that the contract wants to have arrived by a day, all told."""

    due_on: date
    amount_yuan: int


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project on the day it is judged. Days in local time, money in whole yuan.

    ``due_on`` is the current planned date of full output (of completion, where nothing is produced) and
    ``due_reached`` whether that was achieved; ``planned`` the current dates of the milestones between start and
    that. ``last_investment_month`` is the first day of a month. ``verified_yuan`` None: nothing arrived yet.
    """

    project_id: UUID
    region_code: str
    stage: Stage
    signed_on: date | None = None
    planned_start_on: date | None = None
    started_on: date | None = None
    resumed_on: date | None = None
    due_on: date | None = None
    due_reached: bool = False
    planned: Mapping[Milestone, date] = field(default_factory=dict)
    last_advance_on: date | None = None
    last_investment_month: date | None = None
    percent: Decimal | None = None
    curve: PlanCurve | None = None
    contract_yuan: int | None = None
    verified_yuan: int | None = None
    funds_due: tuple[FundsDue, ...] = ()
