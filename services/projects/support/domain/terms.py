"""How much a policy grants (S16): terms by kind, and what an application says of itself.

Money is whole yuan, shares and rates are percent. Nothing is rounded before the end: :mod:`computation` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from libs.common.web.problems import FieldError

Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=0)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=9, decimal_places=6)]
Count = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class SupportKind(StrEnum):
    """贴息 interest subsidy, 担保 guarantee, 奖励 reward, 专项资金 special fund, 规费减免 fee waiver, 税收返还 tax
    return, 定额补助 so much a unit."""

    INTEREST_SUBSIDY = "interest_subsidy"
    GUARANTEE = "guarantee"
    REWARD = "reward"
    SPECIAL_FUND = "special_fund"
    FEE_WAIVER = "fee_waiver"
    TAX_RETURN = "tax_return"
    QUANTITY = "quantity"


class Treatment(StrEnum):
    """免收 waived, 减半 halved, 按成本收取 at cost."""

    WAIVED = "waived"
    HALVED = "halved"
    AT_COST = "at_cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestTerms:
    """So much interest a year of a loan: a rate of its own, a share of the loan's rate, or the lesser of both."""

    kind: Literal["interest_subsidy"] = "interest_subsidy"
    rate_percent: Percent | None = None
    share_percent: Percent | None = None
    day_basis: Literal[360, 365] = 360
    max_days: Annotated[int, Field(ge=1, le=10_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeTerms:
    """So much of a loan is guaranteed."""

    kind: Literal["guarantee"] = "guarantee"
    share_percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardBand:
    """From this value on: a fixed amount and a share of the value, in parts per thousand."""

    from_value: Count
    amount_yuan: Money = Decimal(0)
    per_mille: Annotated[Decimal, Field(ge=0, le=1000, max_digits=9, decimal_places=6)] = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardTerms:
    """By the highest band that a figure reaches; ``figure`` names a fact of the enterprise."""

    kind: Literal["reward"] = "reward"
    figure: Label
    bands: Annotated[tuple[RewardBand, ...], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundTerms:
    """A share of what was invested."""

    kind: Literal["special_fund"] = "special_fund"
    share_percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeItem:
    code: Code
    name: Label
    treatment: Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTerms:
    """Which fees are waived, halved or taken at cost. ``expected``: how many of each a template promises."""

    kind: Literal["fee_waiver"] = "fee_waiver"
    items: Annotated[tuple[FeeItem, ...], Field(max_length=200)] = ()
    expected: dict[Treatment, Annotated[int, Field(ge=0, le=200)]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTerms:
    """The percentage returned in the first, second … year of production; nothing after the last."""

    kind: Literal["tax_return"] = "tax_return"
    percents: Annotated[tuple[Percent, ...], Field(min_length=1, max_length=30)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityTerms:
    """So much for each unit."""

    kind: Literal["quantity"] = "quantity"
    unit: Label
    per_unit_yuan: Money
    max_units: Count | None = None


Terms = Annotated[
    InterestTerms | GuaranteeTerms | RewardTerms | FundTerms | FeeTerms | TaxTerms | QuantityTerms,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """Interest runs from the first day until the day before the last (算头不算尾)."""

    contract: Label
    bank: Label
    principal_yuan: Money
    annual_rate_percent: Percent
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanInputs:
    kind: Literal["interest_subsidy", "guarantee"]
    loans: Annotated[tuple[Loan, ...], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardInputs:
    """Nothing to say: the figure is the enterprise's own."""

    kind: Literal["reward"] = "reward"


@dataclass(frozen=True, slots=True, kw_only=True)
class FundInputs:
    kind: Literal["special_fund"] = "special_fund"
    invested_yuan: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """``cost_yuan`` is what the service costs, for fees taken at cost."""

    code: Code
    standard_yuan: Money
    cost_yuan: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeInputs:
    kind: Literal["fee_waiver"] = "fee_waiver"
    fees: Annotated[tuple[Fee, ...], Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxYear:
    year: Annotated[int, Field(ge=1990, le=2200)]
    paid_yuan: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInputs:
    """``first_year`` is that of the beginning of production."""

    kind: Literal["tax_return"] = "tax_return"
    first_year: Annotated[int, Field(ge=1990, le=2200)]
    years: Annotated[tuple[TaxYear, ...], Field(min_length=1, max_length=30)]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityInputs:
    kind: Literal["quantity"] = "quantity"
    quantity: Count


Inputs = Annotated[
    LoanInputs | RewardInputs | FundInputs | FeeInputs | TaxInputs | QuantityInputs, Field(discriminator="kind")
]
AnyTerms = InterestTerms | GuaranteeTerms | RewardTerms | FundTerms | FeeTerms | TaxTerms | QuantityTerms
AnyInputs = LoanInputs | RewardInputs | FundInputs | FeeInputs | TaxInputs | QuantityInputs


def term_faults(terms: AnyTerms, figures: frozenset[str], *, adopted: bool) -> list[FieldError]:
    """What does not go together; ``adopted``: the terms are to be applied, not only kept as a template."""
    match terms:
        case InterestTerms(rate_percent=None, share_percent=None):
            return [FieldError("fact.required", "/terms/rate_percent")]
        case RewardTerms():
            return _reward_faults(terms, figures)
        case FeeTerms():
            return _fee_faults(terms, adopted=adopted)
    return []


def _reward_faults(terms: RewardTerms, figures: frozenset[str]) -> list[FieldError]:
    faults = []
    if terms.figure not in figures:
        faults.append(FieldError("support.figure_unknown", "/terms/figure", {"known": sorted(figures)}))
    edges = [band.from_value for band in terms.bands]
    faults += [
        FieldError("support.band_order", f"/terms/bands/{index}/from_value")
        for index in range(1, len(edges))
        if edges[index] <= edges[index - 1]
    ]
    return faults


def _fee_faults(terms: FeeTerms, *, adopted: bool) -> list[FieldError]:
    codes = [item.code for item in terms.items]
    faults = [
        FieldError("support.item_twice", f"/terms/items/{index}/code", {"item": code})
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
    if not adopted:
        return faults
    if not terms.items:
        faults.append(FieldError("fact.required", "/terms/items"))
    for treatment, wanted in (terms.expected or {}).items():
        named = sum(item.treatment is treatment for item in terms.items)
        if named != wanted:
            params = {"treatment": treatment, "wanted": wanted, "named": named}
            faults.append(FieldError("support.items_promised", "/terms/items", params))
    return faults
