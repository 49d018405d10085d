"""What looks wrong in a report and is asked back: jumps, signs, a year that shrinks, power against output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.economy.domain.arithmetic import growth, plain, shown
from services.projects.economy.domain.deriving import Derived
from services.projects.economy.domain.indicators import OUTPUT, POWER, Indicator, IndicatorKind, SignRule
from services.projects.economy.domain.rules import EconomyRuleKind, Rules
from services.projects.economy.errors import WarningsUnconfirmed


class Doubt(StrEnum):
    """What kind of doubt: 异常波动 jump, 符号 sign, 累计小于上月 cumulative_smaller, 当月与累计不符
    month_not_difference, 用电与产值背离 power_against_output."""

    JUMP = "jump"
    SIGN = "sign"
    CUMULATIVE_SMALLER = "cumulative_smaller"
    MONTH_NOT_DIFFERENCE = "month_not_difference"
    POWER_AGAINST_OUTPUT = "power_against_output"


@dataclass(frozen=True, slots=True)
class Warned:
    """A doubt about an indicator, with its figures; whoever submits confirms it with a ``reason``."""

    doubt: Doubt
    indicator: str
    params: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.doubt, self.indicator)

    @property
    def code(self) -> str:
        """Of its text in the catalogues."""
        return f"economy.warning.{self.doubt}"


def doubts(
    catalogue: Mapping[str, Indicator],
    now: Mapping[str, Derived],
    before: Mapping[str, Derived],
    rules: Rules,
    region_code: str,
    month: date,
) -> list[Warned]:
    """All that looks wrong in a month; ``before`` is the month before it, of last year for January."""
    found = [
        warned
        for code, derived in now.items()
        for warned in _of_one(catalogue[code], derived, before.get(code), rules, region_code, month)
    ]
    return [*found, *_power(now, before, rules, region_code, month)]


def _of_one(
    indicator: Indicator, now: Derived, before: Derived | None, rules: Rules, region_code: str, month: date
) -> Iterator[Warned]:
    code = indicator.code
    broken = next(
        (value for value in (now.month, now.cumulative) if value is not None and indicator.breaks_sign(value)),
        None,
    )
    if broken is not None:
        yield Warned(Doubt.SIGN, code, {"value": plain(broken)})
    if now.disagreement is not None:
        yield Warned(Doubt.MONTH_NOT_DIFFERENCE, code, {"difference": plain(now.disagreement)})
    if before is None:
        return
    if (
        indicator.kind is IndicatorKind.FLOW
        and indicator.sign is not SignRule.ANY
        and month.month > 1
        and now.cumulative is not None
        and before.cumulative is not None
        and now.cumulative < before.cumulative
    ):
        params = {"value": plain(now.cumulative), "before": plain(before.cumulative)}
        yield Warned(Doubt.CUMULATIVE_SMALLER, code, params)
    rule = rules.find(EconomyRuleKind.JUMP, region_code, month, code)
    rate = growth(now.month, before.month).value
    if rule is not None and rate is not None and abs(rate) > rule.value:
        params = {"percent": str(shown(rate)), "limit": plain(rule.value)}
        yield Warned(Doubt.JUMP, code, params)


def _power(
    now: Mapping[str, Derived], before: Mapping[str, Derived], rules: Rules, region_code: str, month: date
) -> Iterator[Warned]:
    rule = rules.find(EconomyRuleKind.POWER_GAP, region_code, month)
    power, output = (_growth(code, now, before) for code in (POWER, OUTPUT))
    if rule is None or power is None or output is None or abs(power - output) <= rule.value:
        return
    params = {"power": str(shown(power)), "output": str(shown(output)), "limit": plain(rule.value)}
    yield Warned(Doubt.POWER_AGAINST_OUTPUT, POWER, params)


def _growth(code: str, now: Mapping[str, Derived], before: Mapping[str, Derived]) -> Decimal | None:
    if code not in now or code not in before:
        return None
    return growth(now[code].month, before[code].month).value


def confirmed(found: Iterable[Warned], reasons: Mapping[tuple[str, str], str]) -> list[Warned]:
    """The warnings with the reasons of whoever submits. Raises WarningsUnconfirmed naming those without one."""
    warnings = [Warned(one.doubt, one.indicator, one.params, reasons.get(one.key, "")) for one in found]
    open_ = [
        FieldError(one.code, f"/lines/{one.indicator}", {"indicator": one.indicator, **one.params})
        for one in warnings
        if not one.reason
    ]
    if open_:
        raise WarningsUnconfirmed(count=len(open_), errors=open_)
    return warnings
