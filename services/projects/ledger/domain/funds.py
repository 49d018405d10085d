"""Funds that arrived (到位资金): recorded with evidence, counted once another person verified them (S3, S9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import Project
from services.projects.ledger.errors import (
    DateInFuture,
    DatesOutOfOrder,
    FourEyes,
    FundsDecided,
    FundsDuplicate,
    OutsideContract,
)


class FundsSource(StrEnum):
    """内资 domestic, 外资 foreign, 自有资金 own, 贷款 loan, 财政资金 state."""

    DOMESTIC = "domestic"
    FOREIGN = "foreign"
    OWN = "own"
    LOAN = "loan"
    STATE = "state"


class ArrivalState(StrEnum):
    """待核实 recorded, 已核实 verified, 未通过 rejected, 已撤回 withdrawn."""

    RECORDED = "recorded"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


# What stands until somebody takes it back; the others have had their say and count for nothing.
STANDING = frozenset({ArrivalState.RECORDED, ArrivalState.VERIFIED})


@dataclass(frozen=True, slots=True)
class FundsArrival:
    """One payment that reached the project. ``evidence`` names the bank slip or where it is kept."""

    id: UUID
    on: date
    amount_yuan: int
    source: FundsSource
    payer: str
    evidence: str
    recorded_by: Actor
    state: ArrivalState = ArrivalState.RECORDED

    @property
    def _slip(self) -> tuple[object, ...]:
        return (self.on, self.amount_yuan, self.payer, self.evidence)


def record_arrival(project: Project, known: Iterable[FundsArrival], arrival: FundsArrival, today: date) -> None:
    """Whether the arrival may enter the ledger. Raises DateInFuture, OutsideContract, FundsDuplicate.

    Money counts from the signing on, and until the termination. The same slip enters once.
    """
    if arrival.on > today:
        raise DateInFuture(on=arrival.on, today=today, errors=[FieldError("date.in_future", "/on")])
    ended_on = project.interrupted_on if project.stage is Stage.TERMINATED else None
    is_late = ended_on is not None and arrival.on > ended_on
    if project.signed_on is None or arrival.on < project.signed_on or is_late:
        raise OutsideContract(
            on=arrival.on, stage=project.stage, errors=[FieldError("entry.outside_contract", "/on")]
        )
    if any(other.state in STANDING and other._slip == arrival._slip for other in known):
        raise FundsDuplicate(
            on=arrival.on,
            amount_yuan=arrival.amount_yuan,
            errors=[FieldError("funds.recorded_already", "/evidence")],
        )


def verify(arrival: FundsArrival, by: Actor, on: date, today: date) -> FundsArrival:
    """Another person than the recorder has seen the money. Raises FundsDecided, FourEyes, DateInFuture,
    DatesOutOfOrder.
    """
    _demand_open(arrival, by)
    if on > today:
        raise DateInFuture(on=on, today=today, errors=[FieldError("date.in_future", "/verified_on")])
    if on < arrival.on:
        fault = FieldError("funds.verified_before_arrival", "/verified_on")
        raise DatesOutOfOrder(on=on, entered_on=arrival.on, errors=[fault])
    return replace(arrival, state=ArrivalState.VERIFIED)


def reject(arrival: FundsArrival, by: Actor) -> FundsArrival:
    """Another person than the recorder does not find the money. Raises FundsDecided, FourEyes."""
    _demand_open(arrival, by)
    return replace(arrival, state=ArrivalState.REJECTED)


def withdraw(arrival: FundsArrival, by: Actor) -> FundsArrival:
    """Take an arrival back; what was verified is taken back by another person too.

    Raises FundsDecided for one that does not stand any more, FourEyes.
    """
    if arrival.state not in STANDING:
        raise FundsDecided(state=arrival.state)
    if arrival.state is ArrivalState.VERIFIED and arrival.recorded_by.is_same(by):
        raise FourEyes
    return replace(arrival, state=ArrivalState.WITHDRAWN)


def verified_total(arrivals: Iterable[FundsArrival], until: date | None = None) -> int | None:
    """What has been verified of the money that arrived by a day; None when nothing was, which is not zero."""
    amounts = [
        arrival.amount_yuan
        for arrival in arrivals
        if arrival.state is ArrivalState.VERIFIED and (until is None or arrival.on <= until)
    ]
    return sum(amounts) if amounts else None


def _demand_open(arrival: FundsArrival, by: Actor) -> None:
    if arrival.state is not ArrivalState.RECORDED:
        raise FundsDecided(state=arrival.state)
    if arrival.recorded_by.is_same(by):
        raise FourEyes
