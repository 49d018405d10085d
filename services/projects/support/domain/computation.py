"""What an application is due by its policy's terms: computed line by line, rounded once, recomputable.

Interest: principal × rate × days ÷ basis. Fees: the standard waived, half of it, or what exceeds the cost. Taxes:
the year's percentage of what was paid. The sum is rounded half up to whole yuan and then held to the cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from libs.common.web.problems import FieldError
from services.projects.support.domain.terms import (
    AnyInputs,
    AnyTerms,
    FeeInputs,
    FeeTerms,
    FundInputs,
    FundTerms,
    GuaranteeTerms,
    InterestTerms,
    Loan,
    LoanInputs,
    QuantityInputs,
    QuantityTerms,
    RewardInputs,
    RewardTerms,
    TaxInputs,
    TaxTerms,
    Treatment,
)
from services.projects.support.errors import InputsMismatch

_HUNDRED = Decimal(100)
_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Line:
    """One part of the sum, exact, with the figures it was made of."""

    of: str
    amount: Decimal
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Computation:
    """``amount_yuan`` is due; ``exact`` is the sum before it was rounded and held to the cap."""

    amount_yuan: int
    exact: Decimal
    capped: bool
    lines: tuple[Line, ...]


def compute(
    terms: AnyTerms, inputs: AnyInputs, figures: Mapping[str, Decimal], cap_yuan: int | None
) -> Computation:
    """``figures`` are the enterprise's for rewards. Raises InputsMismatch."""
    lines = tuple(_lines(terms, inputs, figures))
    exact = sum((line.amount for line in lines), Decimal(0))
    rounded = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    capped = cap_yuan is not None and rounded > cap_yuan
    return Computation(cap_yuan if capped and cap_yuan is not None else rounded, exact, capped, lines)


def _lines(terms: AnyTerms, inputs: AnyInputs, figures: Mapping[str, Decimal]) -> list[Line]:
    if inputs.kind != terms.kind:
        raise InputsMismatch(errors=[FieldError("support.other_kind", "/inputs/kind", {"kind": terms.kind})])
    match terms, inputs:
        case InterestTerms(), LoanInputs():
            return [_interest(terms, loan, index) for index, loan in enumerate(inputs.loans)]
        case GuaranteeTerms(), LoanInputs():
            return [_guarantee(terms, loan) for loan in inputs.loans]
        case RewardTerms(), RewardInputs():
            return [_reward(terms, figures)]
        case FundTerms(), FundInputs():
            amount = inputs.invested_yuan * terms.share_percent / _HUNDRED
            said = {"invested_yuan": inputs.invested_yuan, "share_percent": terms.share_percent}
            return [Line("investment", amount, said)]
        case FeeTerms(), FeeInputs():
            return _fees(terms, inputs)
        case TaxTerms(), TaxInputs():
            return _taxes(terms, inputs)
        case QuantityTerms(), QuantityInputs():
            return [_quantity(terms, inputs)]
    raise AssertionError(f"no rule for {terms.kind}")


def _interest(terms: InterestTerms, loan: Loan, index: int) -> Line:
    days = (loan.last_day - loan.first_day).days
    if days <= 0:
        raise InputsMismatch(errors=[FieldError("rule.ends_before_it_begins", f"/inputs/loans/{index}/last_day")])
    counted = days if terms.max_days is None else min(days, terms.max_days)
    rates = [] if terms.rate_percent is None else [terms.rate_percent]
    if terms.share_percent is not None:
        rates.append(loan.annual_rate_percent * terms.share_percent / _HUNDRED)
    # Nobody is given more interest than the loan bears.
    rate = min(*rates, loan.annual_rate_percent)
    amount = loan.principal_yuan * rate * counted / (_HUNDRED * terms.day_basis)
    said = {
        "principal_yuan": loan.principal_yuan,
        "rate_percent": rate,
        "days": counted,
        "days_run": days,
        "day_basis": terms.day_basis,
    }
    return Line(loan.contract, amount, said)


def _guarantee(terms: GuaranteeTerms, loan: Loan) -> Line:
    said = {"principal_yuan": loan.principal_yuan, "share_percent": terms.share_percent}
    return Line(loan.contract, loan.principal_yuan * terms.share_percent / _HUNDRED, said)


def _reward(terms: RewardTerms, figures: Mapping[str, Decimal]) -> Line:
    value = figures.get(terms.figure)
    if value is None:
        raise InputsMismatch(errors=[FieldError("support.figure_missing", "/inputs", {"figure": terms.figure})])
    reached = [band for band in terms.bands if value >= band.from_value]
    if not reached:
        return Line(terms.figure, Decimal(0), {"value": value})
    band = reached[-1]
    said = {"value": value, "from_value": band.from_value, "per_mille": band.per_mille}
    return Line(terms.figure, band.amount_yuan + value * band.per_mille / _THOUSAND, said)


def _fees(terms: FeeTerms, inputs: FeeInputs) -> list[Line]:
    known = {item.code: item for item in terms.items}
    lines, faults = [], []
    for index, fee in enumerate(inputs.fees):
        item, place = known.get(fee.code), f"/inputs/fees/{index}"
        if item is None or any(fee.code == other.code for other in inputs.fees[:index]):
            code = "support.fee_unknown" if item is None else "support.item_twice"
            faults.append(FieldError(code, f"{place}/code", {"item": fee.code}))
        elif item.treatment is Treatment.AT_COST and fee.cost_yuan is None:
            faults.append(FieldError("fact.required", f"{place}/cost_yuan"))
        else:
            relief = _relief(item.treatment, fee.standard_yuan, fee.cost_yuan)
            said = {"treatment": item.treatment, "standard_yuan": fee.standard_yuan, "cost_yuan": fee.cost_yuan}
            lines.append(Line(item.name, relief, said))
    if faults:
        raise InputsMismatch(errors=faults)
    return lines


def _relief(treatment: Treatment, standard: Decimal, cost: Decimal | None) -> Decimal:
    match treatment:
        case Treatment.WAIVED:
            return standard
        case Treatment.HALVED:
            return standard / 2
        case Treatment.AT_COST:
            return max(standard - (cost or Decimal(0)), Decimal(0))


def _taxes(terms: TaxTerms, inputs: TaxInputs) -> list[Line]:
    lines, seen = [], set()
    for index, one in enumerate(inputs.years):
        place = one.year - inputs.first_year
        if one.year in seen or place < 0:
            code = "support.item_twice" if one.year in seen else "support.before_production"
            raise InputsMismatch(errors=[FieldError(code, f"/inputs/years/{index}/year", {"item": one.year})])
        seen.add(one.year)
        percent = terms.percents[place] if place < len(terms.percents) else Decimal(0)
        said = {"paid_yuan": one.paid_yuan, "percent": percent, "year_of_production": place + 1}
        lines.append(Line(str(one.year), one.paid_yuan * percent / _HUNDRED, said))
    return lines


def _quantity(terms: QuantityTerms, inputs: QuantityInputs) -> Line:
    counted = inputs.quantity if terms.max_units is None else min(inputs.quantity, terms.max_units)
    said = {"quantity": inputs.quantity, "counted": counted, "per_unit_yuan": terms.per_unit_yuan}
    return Line(terms.unit, counted * terms.per_unit_yuan, said)
