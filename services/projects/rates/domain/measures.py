"""What one project contributes to each rate on a day.

履约率 fulfilment, 资金到位率 funds in place, 开工率 start, 投产率 commissioning, 投入产出率 output to input.

The cohort of all rates is the projects signed by the day, whatever became of them since: stages count as ever
reached, and a terminated project stays. A stage that was taken back has no day any more and does not count. The
second basis ("due") narrows the denominator to those that should have been there by the day, and the numerator
with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.projects.ledger.domain.acts import ActKind
from services.projects.rates.domain.facts import (
    Act,
    RateFacts,
    expected_months,
    first_full_month,
    trailing_year,
)


class Rate(StrEnum):
    FULFILMENT = "fulfilment"
    FUNDS_IN_PLACE = "funds_in_place"
    START = "start"
    COMMISSIONING = "commissioning"
    OUTPUT_TO_INPUT = "output_to_input"


class Basis(StrEnum):
    """``all`` and ``due`` are two denominators; ``output`` and ``tax`` two numerators of output to input."""

    ALL = "all"
    DUE = "due"
    OUTPUT = "output"
    TAX = "tax"


class Unit(StrEnum):
    PROJECTS = "projects"
    YUAN = "yuan"


@dataclass(frozen=True, slots=True)
class Measure:
    """One rate on one basis."""

    rate: Rate
    basis: Basis

    @property
    def unit(self) -> Unit:
        return Unit.YUAN if self.rate in {Rate.FUNDS_IN_PLACE, Rate.OUTPUT_TO_INPUT} else Unit.PROJECTS


MEASURES = (
    Measure(Rate.FULFILMENT, Basis.ALL),
    Measure(Rate.FULFILMENT, Basis.DUE),
    Measure(Rate.FUNDS_IN_PLACE, Basis.ALL),
    Measure(Rate.START, Basis.ALL),
    Measure(Rate.START, Basis.DUE),
    Measure(Rate.COMMISSIONING, Basis.ALL),
    Measure(Rate.COMMISSIONING, Basis.DUE),
    Measure(Rate.OUTPUT_TO_INPUT, Basis.OUTPUT),
    Measure(Rate.OUTPUT_TO_INPUT, Basis.TAX),
)


class Unusable(StrEnum):
    """Why a project of the cohort counts on neither side: missing is never zero."""

    CONTRACT_AMOUNT_MISSING = "contract_amount_missing"
    CONTRACT_AMOUNT_ZERO = "contract_amount_zero"
    INVESTMENT_MISSING = "investment_missing"
    INVESTMENT_ZERO = "investment_zero"
    NO_FULL_MONTH = "no_full_month"
    OUTPUT_MISSING = "output_missing"
    TAX_MISSING = "tax_missing"


@dataclass(frozen=True, slots=True)
class Share:
    """A project's part of a rate: projects (0 or 1) or whole yuan. The denominator is never 0."""

    numerator: int
    denominator: int


def share_of(facts: RateFacts, measure: Measure, as_of: date) -> Share | Unusable | None:
    """What the project contributes on the day; None outside of the measure's cohort."""
    if not _by(facts.signed_on, as_of):
        return None
    match measure.rate:
        case Rate.FULFILMENT:
            return _fulfilment(facts, measure.basis, as_of)
        case Rate.FUNDS_IN_PLACE:
            return _funds(facts, as_of)
        case Rate.START:
            is_due = measure.basis is Basis.ALL or _by(facts.start_due_on, as_of)
            return _counted(_by(facts.started_on, as_of)) if is_due else None
        case Rate.COMMISSIONING:
            is_due = measure.basis is Basis.ALL or _by(facts.production_due_on, as_of)
            in_cohort = facts.produces and _by(facts.started_on, as_of) and is_due
            return _counted(_by(facts.in_production_on, as_of)) if in_cohort else None
        case Rate.OUTPUT_TO_INPUT:
            return _output(facts, measure.basis, as_of)


def acts_of(facts: RateFacts) -> tuple[Act, ...]:
    """The acts that count: the contract's own.

    Where it defines none, the start as it was planned on signing, and the first money that was verified.
    """
    if facts.acts:
        return facts.acts
    first_funds_on = min((on for on, _ in facts.funds), default=None)
    return (Act(ActKind.START, facts.start_due_on, facts.started_on), Act(ActKind.FUNDS, None, first_funds_on))


def _fulfilment(facts: RateFacts, basis: Basis, as_of: date) -> Share | None:
    acts = acts_of(facts)
    if basis is Basis.DUE and not any(_by(act.due_on, as_of) for act in acts):
        return None
    return _counted(any(_by(act.done_on, as_of) for act in acts))


def _funds(facts: RateFacts, as_of: date) -> Share | Unusable:
    if facts.contract_amount_yuan is None:
        return Unusable.CONTRACT_AMOUNT_MISSING
    if facts.contract_amount_yuan == 0:
        return Unusable.CONTRACT_AMOUNT_ZERO
    arrived = sum(amount for on, amount in facts.funds if on <= as_of)
    return Share(arrived, facts.contract_amount_yuan)


def _output(facts: RateFacts, basis: Basis, as_of: date) -> Share | Unusable | None:
    if not facts.produces or not _by(facts.in_production_on, as_of):
        return None
    assert facts.in_production_on is not None
    year = trailing_year(as_of)
    invested = [amount for month, amount in facts.investments.items() if month < year.end]
    if not invested:
        return Unusable.INVESTMENT_MISSING
    if sum(invested) == 0:
        return Unusable.INVESTMENT_ZERO
    expected = expected_months(facts.in_production_on, as_of)
    if expected == 0:
        return Unusable.NO_FULL_MONTH
    begun, first_full = facts.in_production_on.replace(day=1), first_full_month(facts.in_production_on)
    months = {month: said for month, said in facts.outputs.items() if month in year and month >= begun}
    full = [said for month, said in months.items() if month >= first_full]
    if sum(said.value_yuan is not None for said in full) < expected:
        return Unusable.OUTPUT_MISSING
    if basis is Basis.OUTPUT:
        return Share(sum(said.value_yuan or 0 for said in months.values()), sum(invested))
    if sum(said.tax_yuan is not None for said in full) < expected:
        return Unusable.TAX_MISSING
    return Share(sum(said.tax_yuan or 0 for said in months.values()), sum(invested))


def _counted(achieved: bool) -> Share:
    return Share(int(achieved), 1)


def _by(day: date | None, as_of: date) -> bool:
    return day is not None and day <= as_of
