"""Facts of an enterprise by name, and typed conditions over them.

A fact that is not known is absent with its reason, never zero: a condition that needs it can then not be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from rule_engine import DataType

from libs.common.expressions import checked
from libs.common.expressions.checked import BadExpression, Unanswerable, Vocabulary
from libs.common.web.problems import FieldError
from services.projects.lists.errors import ConditionMalformed

# Of the registry and of these slices.
_OWN: dict[str, Any] = {
    "region_code": DataType.STRING,
    "sector_code": DataType.STRING,
    "key_energy_user": DataType.BOOLEAN,
    "lists": DataType.ARRAY(DataType.STRING),
    "vetoed": DataType.BOOLEAN,
    "vetoes": DataType.ARRAY(DataType.STRING),
}
# Indicators of the economy: the year's value under this name, its growth under `<name>_growth_percent`.
INDICATORS: tuple[str, ...] = (
    "output_value",
    "value_added",
    "sales",
    "main_revenue",
    "profit",
    "tax",
    "rd_spend",
    "high_tech_output",
    "power_kwh",
    "employees",
)
GROWTH = "_growth_percent"
TYPES: dict[str, Any] = {
    **_OWN,
    **dict.fromkeys(INDICATORS, DataType.FLOAT),
    **{f"{name}{GROWTH}": DataType.FLOAT for name in INDICATORS},
}
ENTERPRISE = Vocabulary(TYPES)

Plain = str | bool | int | Decimal | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value, or None with the reason why there is none."""

    value: Plain | None
    reason: str | None = None


class EntryVerdict(StrEnum):
    """符合 met, 不符合 not met, 无法判定 unknown: a fact that the condition needs is not known."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict with the facts that the condition names; ``missing`` maps those not known to their reasons."""

    verdict: EntryVerdict
    facts: Mapping[str, Plain | None]
    missing: Mapping[str, str]


def check(text: str, vocabulary: Vocabulary, pointer: str) -> None:
    """Raises ConditionMalformed with why and where; an empty condition is met by everybody."""
    if not text:
        return
    try:
        checked.compiled(text, vocabulary)
    except BadExpression as error:
        where = {} if error.position is None else {"position": error.position}
        fault = FieldError(f"condition.fault.{error.code}", pointer, {**error.params, **where})
        raise ConditionMalformed(condition=text, errors=[fault]) from error


def judge(text: str, vocabulary: Vocabulary, facts: Mapping[str, Fact]) -> Judgement:
    """Whether the facts meet a condition that was checked when it was saved."""
    if not text:
        return Judgement(EntryVerdict.MET, {}, {})
    used = sorted(checked.names(text, vocabulary))
    values = {name: facts[name].value if name in facts else None for name in used}
    missing = {
        name: (facts[name].reason if name in facts else None) or "not_known"
        for name in used
        if values[name] is None
    }
    try:
        met = checked.holds(text, vocabulary, values)
    except Unanswerable:
        return Judgement(EntryVerdict.UNKNOWN, values, missing)
    return Judgement(EntryVerdict.MET if met else EntryVerdict.NOT_MET, values, missing)
