"""Funds that arrived: who may verify what, what counts, and which amounts are asked back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.amounts import Amount, AmountKind, AmountLimit, doubts
from services.projects.ledger.domain.funds import (
    ArrivalState,
    FundsArrival,
    FundsSource,
    record_arrival,
    reject,
    verified_total,
    verify,
    withdraw,
)
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.errors import (
    DateInFuture,
    DatesOutOfOrder,
    FourEyes,
    FundsDecided,
    FundsDuplicate,
    OutsideContract,
)

TODAY = date(2026, 9, 15)
SIGNED_ON = date(2026, 3, 1)
PERSON = UUID(int=7)
RECORDER, OTHER = Actor("recorder"), Actor("other")
PROJECT = Project(
    id=UUID(int=1),
    code="X",
    name="X",
    kind=ProjectKind.NEW_BUILD,
    region_code="421224",
    stage=Stage.SIGNED,
    signed_on=SIGNED_ON,
    contract_amount_yuan=140_000_000,
)
ARRIVAL = FundsArrival(
    UUID(int=2), date(2026, 8, 20), 20_000_000, FundsSource.DOMESTIC, "investor", "slip 1", RECORDER
)


def test_arrival_counts_once_another_person_verified_it() -> None:
    assert verified_total([ARRIVAL]) is None
    verified = verify(ARRIVAL, OTHER, date(2026, 8, 25), TODAY)
    assert verified_total([verified, replace(ARRIVAL, amount_yuan=5)]) == 20_000_000
    assert verified_total([verified], until=date(2026, 8, 19)) is None
    assert verified_total([withdraw(verified, OTHER)]) is None


@pytest.mark.parametrize(
    "same",
    [RECORDER, Actor("recorder", PERSON), Actor("a key of his", PERSON)],
)
def test_recorder_confirms_nothing_of_his_own_whatever_account_he_uses(same: Actor) -> None:
    own = replace(ARRIVAL, recorded_by=Actor("recorder", PERSON))
    with pytest.raises(FourEyes):
        verify(own, same, TODAY, TODAY)
    with pytest.raises(FourEyes):
        reject(own, same)
    with pytest.raises(FourEyes):
        withdraw(replace(own, state=ArrivalState.VERIFIED), same)
    assert withdraw(own, same).state is ArrivalState.WITHDRAWN


@pytest.mark.parametrize("state", [ArrivalState.VERIFIED, ArrivalState.REJECTED, ArrivalState.WITHDRAWN])
def test_nothing_is_decided_twice(state: ArrivalState) -> None:
    decided = replace(ARRIVAL, state=state)
    with pytest.raises(FundsDecided):
        verify(decided, OTHER, TODAY, TODAY)
    with pytest.raises(FundsDecided):
        reject(decided, OTHER)
    if state is not ArrivalState.VERIFIED:
        with pytest.raises(FundsDecided):
            withdraw(decided, OTHER)


def test_verification_lies_between_arrival_and_today() -> None:
    with pytest.raises(DateInFuture):
        verify(ARRIVAL, OTHER, TODAY + timedelta(days=1), TODAY)
    with pytest.raises(DatesOutOfOrder):
        verify(ARRIVAL, OTHER, ARRIVAL.on - timedelta(days=1), TODAY)


@pytest.mark.parametrize(
    ("project", "on", "error"),
    [
        (PROJECT, TODAY + timedelta(days=1), DateInFuture),
        (PROJECT, SIGNED_ON - timedelta(days=1), OutsideContract),
        (replace(PROJECT, signed_on=None, stage=Stage.PLANNED), TODAY, OutsideContract),
        (replace(PROJECT, stage=Stage.TERMINATED, interrupted_on=date(2026, 7, 1)), TODAY, OutsideContract),
    ],
)
def test_money_counts_from_the_signing_to_the_end(project: Project, on: date, error: type[Exception]) -> None:
    with pytest.raises(error):
        record_arrival(project, [], replace(ARRIVAL, on=on), TODAY)


def test_same_slip_enters_once_while_it_stands() -> None:
    again = replace(ARRIVAL, id=UUID(int=3))
    with pytest.raises(FundsDuplicate):
        record_arrival(PROJECT, [ARRIVAL], again, TODAY)
    record_arrival(PROJECT, [ARRIVAL], replace(again, evidence="slip 2"), TODAY)
    record_arrival(PROJECT, [replace(ARRIVAL, state=ArrivalState.REJECTED)], again, TODAY)


@given(st.lists(st.tuples(st.integers(1, 10**12), st.sampled_from(list(ArrivalState)), st.integers(0, 90))))
def test_total_never_falls_with_time_and_is_never_zero(entries: list[tuple[int, ArrivalState, int]]) -> None:
    arrivals = [
        replace(ARRIVAL, amount_yuan=yuan, state=state, on=SIGNED_ON + timedelta(days=day))
        for yuan, state, day in entries
    ]
    totals = [verified_total(arrivals, SIGNED_ON + timedelta(days=day)) for day in range(0, 91, 30)]
    known = [total for total in totals if total is not None]
    assert known == sorted(known)
    assert 0 not in known
    assert totals[-1] == verified_total(arrivals)


LIMITS = tuple(
    AmountLimit(kind=kind, floor_yuan=1000, ceiling_yuan=10_000_000_000, multiple=10) for kind in AmountKind
)


@pytest.mark.parametrize(
    ("kind", "yuan", "basis", "code"),
    [
        (AmountKind.FUNDS, 999, 140_000_000, "amount.below_floor"),
        (AmountKind.FUNDS, 1000, 140_000_000, None),
        (AmountKind.FUNDS, 1_399_999_999, 140_000_000, None),
        (AmountKind.FUNDS, 1_400_000_000, 140_000_000, "amount.far_from_basis"),
        (AmountKind.FUNDS, 1_400_000_000, None, None),
        (AmountKind.INVESTMENT, 0, 140_000_000, None),
        (AmountKind.INVESTMENT, 320, 140_000_000, "amount.below_floor"),
        (AmountKind.CONTRACT_AMOUNT, 0, None, "amount.below_floor"),
        (AmountKind.CONTRACT_AMOUNT, 14_000, 140_000_000, "amount.far_from_basis"),
        (AmountKind.CONTRACT_AMOUNT, 1_400_000_000_000, None, "amount.above_ceiling"),
        (AmountKind.TOTAL_INVESTMENT, 150_000_000, 140_000_000, None),
    ],
)
def test_yuan_typed_as_ten_thousand_yuan_is_asked_back(
    kind: AmountKind, yuan: int, basis: int | None, code: str | None
) -> None:
    found = doubts([Amount(kind, "/amount_yuan", yuan, basis)], LIMITS, "421224", TODAY)
    assert [fault.code for fault in found] == ([code] if code else [])


def test_limit_of_the_narrowest_region_counts_while_it_is_valid() -> None:
    own = AmountLimit(
        kind=AmountKind.FUNDS, floor_yuan=0, region_code="421224", valid_from=TODAY, valid_to=date(2026, 10, 1)
    )
    amount = [Amount(AmountKind.FUNDS, "/amount_yuan", 5)]
    assert doubts(amount, (*LIMITS, own), "421224101", TODAY) == ()
    assert len(doubts(amount, (*LIMITS, own), "421224101", date(2026, 10, 1))) == 1
    assert len(doubts(amount, (*LIMITS, own), "421221", TODAY)) == 1
