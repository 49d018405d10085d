"""Numbers that the economy goes by, as data: due days, limits of what is plausible, of dips, and of 规上."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from libs.common.validity import Dated, in_force
from libs.common.web.problems import FieldError
from services.projects.economy.errors import EconomyRuleUnsound


class EconomyRuleKind(StrEnum):
    """What a number is for. Percent are of the value before; levels 2 are grave.

    ``flash_due``, ``final_due``: day of the next month by which the edition is due, rolling to a working day;
    level 2: working days late. ``due_soon``: working days before the due day from which on it is reminded of.
    ``jump``: percent by which a month may differ from the one before. ``power_gap``: points by which the growth of
    power may differ from that of output. ``dip_yoy``, ``dip_mom``: percent of growth below which it is a dip.
    ``dip_falls``: falls from month to month in a row. ``dip_power``: percent by which output falls while power
    rises. ``above_scale``: yuan of main revenue in twelve months from which an enterprise is 规上.
    """

    FLASH_DUE = "flash_due"
    FINAL_DUE = "final_due"
    DUE_SOON = "due_soon"
    JUMP = "jump"
    POWER_GAP = "power_gap"
    DIP_YOY = "dip_yoy"
    DIP_MOM = "dip_mom"
    DIP_FALLS = "dip_falls"
    DIP_POWER = "dip_power"
    ABOVE_SCALE = "above_scale"


DUE = {"flash": EconomyRuleKind.FLASH_DUE, "final": EconomyRuleKind.FINAL_DUE}
DIPS = (EconomyRuleKind.DIP_YOY, EconomyRuleKind.DIP_MOM, EconomyRuleKind.DIP_FALLS, EconomyRuleKind.DIP_POWER)
# Kinds that are about one indicator; a rule of theirs without one is for all flows.
OF_INDICATORS = frozenset(
    {EconomyRuleKind.JUMP, EconomyRuleKind.DIP_YOY, EconomyRuleKind.DIP_MOM, EconomyRuleKind.DIP_FALLS}
)
_WHOLE = frozenset(
    {EconomyRuleKind.FLASH_DUE, EconomyRuleKind.FINAL_DUE, EconomyRuleKind.DUE_SOON, EconomyRuleKind.DIP_FALLS}
)
# Growth below a limit is the graver the lower it is; everything else the higher.
_DOWNWARDS = frozenset({EconomyRuleKind.DIP_YOY, EconomyRuleKind.DIP_MOM})
_WITH_LEVEL2 = frozenset({*DUE.values(), *DIPS})


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomyRule(Dated):
    """``value`` and ``level2_value`` by kind; ``indicator`` None is for all."""

    kind: EconomyRuleKind
    value: Decimal
    level2_value: Decimal | None = None
    indicator: str | None = None


def demand_sound(rule: EconomyRule) -> None:
    """Raises EconomyRuleUnsound naming the field."""
    faults = list(_faults(rule))
    if faults:
        raise EconomyRuleUnsound(errors=faults)


def _faults(rule: EconomyRule) -> Iterable[FieldError]:
    whole = rule.value == rule.value.to_integral_value()
    if rule.kind in _WHOLE and not (whole and rule.value >= 1):
        yield FieldError("economy_rule.whole_number", "/value")
    elif rule.kind in DUE.values() and rule.value > 28:
        yield FieldError("economy_rule.day_of_month", "/value")
    elif rule.kind not in _WHOLE and rule.kind not in _DOWNWARDS and rule.value <= 0:
        yield FieldError("economy_rule.positive", "/value")
    if rule.indicator is not None and rule.kind not in OF_INDICATORS:
        yield FieldError("economy_rule.no_indicator", "/indicator")
    if rule.level2_value is None:
        return
    if rule.kind not in _WITH_LEVEL2:
        yield FieldError("economy_rule.no_level2", "/level2_value")
    elif rule.kind in DUE.values():
        if rule.level2_value < 1:
            yield FieldError("economy_rule.whole_number", "/level2_value")
    elif rule.kind in _DOWNWARDS:
        if rule.level2_value >= rule.value:
            yield FieldError("economy_rule.level2_not_graver", "/level2_value")
    elif rule.level2_value <= rule.value:
        yield FieldError("economy_rule.level2_not_graver", "/level2_value")


class Rules:
    """All rules of one transaction."""

    def __init__(self, rules: Iterable[EconomyRule]) -> None:
        self._by_kind: dict[EconomyRuleKind, list[EconomyRule]] = {}
        for rule in rules:
            self._by_kind.setdefault(rule.kind, []).append(rule)

    def of(self, kind: EconomyRuleKind) -> tuple[EconomyRule, ...]:
        return tuple(self._by_kind.get(kind, ()))

    def find(
        self, kind: EconomyRuleKind, region_code: str, day: date, indicator: str | None = None
    ) -> EconomyRule | None:
        """The rule of the narrowest region; within one region that of the indicator."""
        fitting = (rule for rule in self.of(kind) if rule.indicator in {None, indicator})
        return in_force(fitting, region_code, day, then=lambda rule: rule.indicator is not None)
