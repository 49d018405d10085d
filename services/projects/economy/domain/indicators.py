"""The catalogue of indicators (指标目录): what is reported, in which unit, and how it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class IndicatorKind(StrEnum):
    """时期指标 flow: a month's amounts add up; 时点指标 stock: a level at the month's end, which does not."""

    FLOW = "flow"
    STOCK = "stock"


class PriceBasis(StrEnum):
    """At which prices amounts and growth rates are stated: 现价 current, 可比价 comparable."""

    CURRENT = "current"
    COMPARABLE = "comparable"


class SignRule(StrEnum):
    """What is usual; anything else is asked about."""

    ANY = "any"
    NOT_NEGATIVE = "not_negative"
    POSITIVE = "positive"


# Indicators that rules of this slice name.
OUTPUT, POWER, REVENUE, EMPLOYEES = "output_value", "power_kwh", "main_revenue", "employees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """``measure`` names the shares by which regions count it (S10); ``required`` ones every final report carries,
    ``required_flash`` ones the flash report too.

    Money is in whole yuan. ``price_basis`` is None for what is no money.
    """

    code: str
    name_zh: str
    name_en: str
    unit: str
    kind: IndicatorKind = IndicatorKind.FLOW
    price_basis: PriceBasis | None = None
    sign: SignRule = SignRule.NOT_NEGATIVE
    measure: str | None = None
    required: bool = False
    required_flash: bool = False
    position: int = 0
    active: bool = True

    def breaks_sign(self, value: Decimal) -> bool:
        match self.sign:
            case SignRule.ANY:
                return False
            case SignRule.NOT_NEGATIVE:
                return value < 0
            case SignRule.POSITIVE:
                return value <= 0
