"""The contract's terms (履约事项): what the investor promised to do by when, and whether it is done (S3).

Registration of the company and other acts are reported done with evidence. Funds and start are not reported here:
they are done when the ledger itself knows it, by the verified funds and the stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from services.projects.ledger.domain.funds import ArrivalState, FundsArrival
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.errors import (
    ActDerived,
    ActIncomplete,
    ActNotDone,
    ActSettled,
    DateInFuture,
)


class ActKind(StrEnum):
    """公司注册 registration, 资金到位 funds, 开工 start, 其他约定 custom."""

    REGISTRATION = "registration"
    FUNDS = "funds"
    START = "start"
    CUSTOM = "custom"


DERIVED = frozenset({ActKind.FUNDS, ActKind.START})


@dataclass(frozen=True, slots=True)
class Act:
    """One promise. ``amount_yuan`` is what must have arrived, of funds alone; ``done_on`` None: not done yet."""

    id: UUID
    kind: ActKind
    title: str
    due_on: date
    amount_yuan: int | None = None
    done_on: date | None = None
    evidence: str | None = None

    def is_due(self, on: date) -> bool:
        return self.due_on <= on


def demand_complete(act: Act) -> None:
    """Funds name their amount, and only they; an act of one's own names what it is. Raises ActIncomplete."""
    errors = []
    if act.kind is ActKind.FUNDS and act.amount_yuan is None:
        errors.append(FieldError("fact.required", "/amount_yuan"))
    if act.kind is not ActKind.FUNDS and act.amount_yuan is not None:
        errors.append(FieldError("act.no_amount", "/amount_yuan"))
    if act.kind is ActKind.CUSTOM and not act.title.strip():
        errors.append(FieldError("fact.required", "/title"))
    if errors:
        raise ActIncomplete(kind=act.kind, errors=errors)


def demand_reportable(act: Act, done_on: date, today: date) -> None:
    """Whether somebody may report the act done. Raises ActDerived, ActSettled, DateInFuture."""
    if act.kind in DERIVED:
        raise ActDerived(kind=act.kind)
    if act.done_on is not None:
        raise ActSettled(done_on=act.done_on)
    if done_on > today:
        raise DateInFuture(on=done_on, today=today, errors=[FieldError("date.in_future", "/done_on")])


def demand_reopenable(act: Act) -> None:
    """Whether the report may be taken back. Raises ActDerived, ActNotDone."""
    if act.kind in DERIVED:
        raise ActDerived(kind=act.kind)
    if act.done_on is None:
        raise ActNotDone


def derived_done_on(act: Act, project: Project, arrivals: Iterable[FundsArrival]) -> date | None:
    """The day the ledger itself knows the act done; for acts that are reported, what was reported."""
    if act.kind is ActKind.START:
        return project.planned(Milestone.START).actual_on
    if act.kind is ActKind.FUNDS:
        assert act.amount_yuan is not None, "funds name their amount"
        return reached_on(arrivals, act.amount_yuan)
    return act.done_on


def reached_on(arrivals: Iterable[FundsArrival], amount_yuan: int) -> date | None:
    """The day on which the verified funds that had arrived came to the amount."""
    total = 0
    for arrival in sorted(arrivals, key=lambda one: one.on):
        if arrival.state is ArrivalState.VERIFIED:
            total += arrival.amount_yuan
            if total >= amount_yuan:
                return arrival.on
    return None


def fulfilled_on(acts: Iterable[Act]) -> date | None:
    """The day the first of the contract's acts was done: from then on the contract counts as honoured."""
    return min((act.done_on for act in acts if act.done_on is not None), default=None)
