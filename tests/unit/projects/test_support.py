"""Support: what a policy's terms compute, what stands in the way of an approval, financing gaps."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.security.principal import Role
from services.projects.duties.domain.rules import DutyKind, DutyRule
from services.projects.ledger.domain.people import Actor
from services.projects.support.domain import application as rules
from services.projects.support.domain.application import Check, CheckCode, CheckOutcome
from services.projects.support.domain.computation import compute
from services.projects.support.domain.financing import (
    BankAnswer,
    NeedFacts,
    NeedStatus,
    Outcome,
    demand_outcome,
    evaluate,
)
from services.projects.support.domain.policy import Once, Step
from services.projects.support.domain.terms import term_faults
from services.projects.support.errors import (
    ApprovedTooMuch,
    ChecksFailed,
    ChecksUnknown,
    GuaranteeTooMuch,
    InputsMismatch,
    OutcomeDay,
    OutcomeIncomplete,
    PaymentDay,
    PaymentTooMuch,
    ReviewerRefused,
    ReviewFourEyes,
)
from services.projects.support.repository.policies import inputs_of, terms_of

HALF_YEAR = {
    "contract": "118",
    "bank": "x",
    "principal_yuan": 5_000_000,
    "annual_rate_percent": "5.6",
    "first_day": "2026-01-10",
    "last_day": "2026-07-09",
}
LOAN = {"kind": "interest_subsidy", "loans": [HALF_YEAR]}
FEES: dict[str, Any] = {
    "kind": "fee_waiver",
    "items": [
        {"code": "A", "name": "a", "treatment": "waived"},
        {"code": "B", "name": "b", "treatment": "halved"},
        {"code": "C", "name": "c", "treatment": "at_cost"},
    ],
}
TAX = {"kind": "tax_return", "percents": ["100", "100", "50"]}


@pytest.mark.parametrize(
    ("terms", "inputs", "cap", "amount"),
    [
        # 180 days at 3 %: half of 5.6 is less than the policy's own 3 %.
        ({"rate_percent": "3"}, {}, None, 75_000),
        ({"rate_percent": "3", "share_percent": "50"}, {}, None, 70_000),
        ({"share_percent": "50", "day_basis": 365}, {}, None, 69_041),
        ({"rate_percent": "3", "max_days": 90}, {}, None, 37_500),
        ({"rate_percent": "3"}, {}, 50_000, 50_000),
        # Nobody is given more interest than the loan bears.
        ({"rate_percent": "9"}, {}, None, 140_000),
    ],
)
def test_interest_is_subsidised_by_days_and_rate(
    terms: dict[str, Any], inputs: dict[str, Any], cap: int | None, amount: int
) -> None:
    found = compute(terms_of({"kind": "interest_subsidy", **terms}), inputs_of(LOAN | inputs), {}, cap)
    assert (found.amount_yuan, found.capped) == (amount, cap is not None)


@pytest.mark.parametrize(
    ("terms", "inputs", "figures", "amount"),
    [
        ({"kind": "guarantee", "share_percent": "80"}, LOAN | {"kind": "guarantee"}, {}, 4_000_000),
        (
            {"kind": "special_fund", "share_percent": "2.5"},
            {"kind": "special_fund", "invested_yuan": 1_234_567},
            {},
            30_864,
        ),
        (
            {"kind": "quantity", "unit": "件", "per_unit_yuan": 3000},
            {"kind": "quantity", "quantity": "4"},
            {},
            12_000,
        ),
        (
            {"kind": "quantity", "unit": "件", "per_unit_yuan": 3000, "max_units": 3},
            {"kind": "quantity", "quantity": "4"},
            {},
            9_000,
        ),
        (
            FEES,
            {
                "kind": "fee_waiver",
                "fees": [
                    {"code": "A", "standard_yuan": 1000},
                    {"code": "B", "standard_yuan": 501},
                    {"code": "C", "standard_yuan": 800, "cost_yuan": 300},
                ],
            },
            {},
            # 1000 + 250.5 + 500, rounded half up.
            1_751,
        ),
        (
            TAX,
            {
                "kind": "tax_return",
                "first_year": 2023,
                "years": [{"year": 2024, "paid_yuan": 900}, {"year": 2025, "paid_yuan": 901}],
            },
            {},
            # The second year whole, the third by half: 900 + 450.5.
            1_351,
        ),
        (
            TAX,
            {"kind": "tax_return", "first_year": 2020, "years": [{"year": 2026, "paid_yuan": 900}]},
            {},
            0,
        ),
        (
            {
                "kind": "reward",
                "figure": "tax",
                "bands": [
                    {"from_value": 1_000_000, "amount_yuan": 10_000},
                    {"from_value": 5_000_000, "amount_yuan": 50_000, "per_mille": "2"},
                ],
            },
            {"kind": "reward"},
            {"tax": Decimal(6_000_000)},
            62_000,
        ),
    ],
)
def test_amount_follows_from_terms_and_inputs(
    terms: dict[str, Any], inputs: dict[str, Any], figures: dict[str, Decimal], amount: int
) -> None:
    found = compute(terms_of(terms), inputs_of(inputs), figures, None)
    assert found.amount_yuan == amount
    assert found.exact == sum(line.amount for line in found.lines)


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(1, 3000)), min_size=1, max_size=5))
def test_interest_of_loans_is_their_sum_rounded_once(loans: list[tuple[int, int]]) -> None:
    said = [
        HALF_YEAR
        | {
            "contract": str(number),
            "principal_yuan": principal,
            "last_day": str(date.fromordinal(date(2026, 1, 10).toordinal() + days)),
        }
        for number, (principal, days) in enumerate(loans)
    ]
    terms = terms_of({"kind": "interest_subsidy", "rate_percent": "3"})
    found = compute(terms, inputs_of({"kind": "interest_subsidy", "loans": said}), {}, None)
    whole = Decimal(sum(principal * days * 3 for principal, days in loans)) / 36_000
    assert found.amount_yuan == int(whole.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("terms", "inputs", "code"),
    [
        (TAX, LOAN, "support.other_kind"),
        (FEES, {"kind": "fee_waiver", "fees": [{"code": "Z", "standard_yuan": 1}]}, "support.fee_unknown"),
        (FEES, {"kind": "fee_waiver", "fees": [{"code": "C", "standard_yuan": 1}]}, "fact.required"),
        (
            TAX,
            {"kind": "tax_return", "first_year": 2024, "years": [{"year": 2023, "paid_yuan": 1}]},
            "support.before_production",
        ),
        (
            {"kind": "reward", "figure": "tax", "bands": [{"from_value": 1}]},
            {"kind": "reward"},
            "support.figure_missing",
        ),
    ],
)
def test_inputs_that_do_not_fit_name_the_field(terms: dict[str, Any], inputs: dict[str, Any], code: str) -> None:
    with pytest.raises(InputsMismatch) as refused:
        compute(terms_of(terms), inputs_of(inputs), {}, None)
    assert [fault.code for fault in refused.value.errors] == [code]


def test_terms_are_whole_before_they_are_adopted() -> None:
    promised = terms_of(FEES | {"expected": {"waived": 14, "halved": 1, "at_cost": 1}})
    figures = frozenset({"tax"})
    assert term_faults(promised, figures, adopted=False) == []
    assert [fault.params for fault in term_faults(promised, figures, adopted=True)] == [
        {"treatment": "waived", "wanted": 14, "named": 1}
    ]
    assert term_faults(terms_of({"kind": "interest_subsidy"}), figures, adopted=False)
    disordered = {"kind": "reward", "figure": "sails", "bands": [{"from_value": 2}, {"from_value": 2}]}
    assert [fault.code for fault in term_faults(terms_of(disordered), figures, adopted=False)] == [
        "support.figure_unknown",
        "support.band_order",
    ]


def test_approval_needs_another_person_passed_checks_and_no_more_than_the_rule() -> None:
    step = Step(name="审定", roles=(Role.LEADER,))
    wang, li = Actor("wang", UUID(int=1)), Actor("li", UUID(int=2))
    rules.demand_reviewer(step, Role.LEADER, li, [wang])
    with pytest.raises(ReviewerRefused):
        rules.demand_reviewer(step, Role.OFFICER, li, [wang])
    with pytest.raises(ReviewFourEyes):
        rules.demand_reviewer(step, Role.LEADER, Actor("another account", UUID(int=1)), [wang])
    passed = Check(CheckCode.REGION, CheckOutcome.PASSED)
    unknown = Check(CheckCode.CONDITION, CheckOutcome.UNKNOWN)
    rules.demand_checks([passed, unknown], "the bank confirms it")
    with pytest.raises(ChecksUnknown):
        rules.demand_checks([passed, unknown], " ")
    with pytest.raises(ChecksFailed):
        rules.demand_checks([Check(CheckCode.PAPERS, CheckOutcome.FAILED)], "all the same")
    with pytest.raises(ApprovedTooMuch):
        rules.demand_amount(70_001, 70_000)


@pytest.mark.parametrize(
    ("amount", "paid_on", "refusal"),
    [
        (10, date(2026, 9, 15), None),
        (11, date(2026, 9, 15), PaymentTooMuch),
        (10, date(2026, 9, 16), PaymentDay),
        (10, date(2026, 8, 31), PaymentDay),
    ],
)
def test_payment_lies_in_its_days_and_within_the_approval(
    amount: int, paid_on: date, refusal: type[Exception] | None
) -> None:
    days = {"decided_on": date(2026, 9, 1), "paid_on": paid_on, "today": date(2026, 9, 15)}
    if refusal is None:
        rules.demand_payable(10, amount, **days)
        return
    with pytest.raises(refusal):
        rules.demand_payable(10, amount, **days)


def test_claim_says_what_is_applied_for_once() -> None:
    enterprise, project, own = UUID(int=1), UUID(int=2), UUID(int=3)
    claims = {once: rules.claim_of(once, enterprise, project, 2026, own) for once in Once}
    assert claims[Once.YEAR] != rules.claim_of(Once.YEAR, enterprise, project, 2027, own)
    assert claims[Once.EVER] == rules.claim_of(Once.EVER, enterprise, None, 2027, own)
    assert claims[Once.PROJECT] != rules.claim_of(Once.PROJECT, enterprise, UUID(int=9), 2026, own)
    assert claims[Once.ALWAYS] != rules.claim_of(Once.ALWAYS, enterprise, project, 2026, UUID(int=4))


def _outcome(**facts: Any) -> Outcome:
    plain: dict[str, Any] = {
        "bank": "x",
        "asked_on": date(2026, 9, 1),
        "answer": BankAnswer.GRANTED,
        "decided_on": date(2026, 9, 12),
        "granted_yuan": 100,
        "annual_rate_percent": None,
        "guarantor": None,
        "guaranteed_yuan": None,
        "reason": "",
    }
    return Outcome(**plain | facts)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"granted_yuan": None}, OutcomeIncomplete),
        ({"answer": BankAnswer.REFUSED, "granted_yuan": None}, OutcomeIncomplete),
        ({"answer": BankAnswer.REFUSED, "reason": "no collateral"}, OutcomeIncomplete),
        ({"guaranteed_yuan": 10}, OutcomeIncomplete),
        ({"guaranteed_yuan": 101, "guarantor": "y"}, GuaranteeTooMuch),
        ({"decided_on": date(2026, 8, 31)}, OutcomeDay),
        ({"decided_on": date(2026, 9, 16)}, OutcomeDay),
    ],
)
def test_answer_of_a_bank_is_whole_or_refused(facts: dict[str, Any], refusal: type[Exception]) -> None:
    demand_outcome(_outcome(), date(2026, 9, 15))
    with pytest.raises(refusal):
        demand_outcome(_outcome(**facts), date(2026, 9, 15))


@pytest.mark.parametrize(
    ("granted", "status", "today", "levels"),
    [
        (4_000_000, NeedStatus.OPEN, date(2026, 9, 16), [1]),
        (4_000_000, NeedStatus.OPEN, date(2026, 10, 15), [2]),
        (4_000_000, NeedStatus.OPEN, date(2026, 9, 15), []),
        (10_000_000, NeedStatus.OPEN, date(2026, 9, 16), []),
        (12_000_000, NeedStatus.OPEN, date(2026, 9, 16), []),
        (4_000_000, NeedStatus.DROPPED, date(2026, 9, 16), []),
    ],
)
def test_gap_past_its_day_is_told(granted: int, status: NeedStatus, today: date, levels: list[int]) -> None:
    rule = DutyRule(kind=DutyKind.FINANCING_OVERDUE, threshold_days=1, level2_days=30)
    facts = NeedFacts(UUID(int=1), "421224101", status, 10_000_000, granted, date(2026, 9, 15))
    found = evaluate(facts, [rule], today)
    assert [finding.level for finding in found] == levels
    assert all("缺口 600 万元" in finding.explanation_zh for finding in found)
