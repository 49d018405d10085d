"""Month and year from what was said: the one that was not said follows from the months before, or is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.projects.economy.domain import months
from services.projects.economy.domain.indicators import Indicator, IndicatorKind
from services.projects.economy.domain.reports import Edition, Line, Lines

_NOTHING = Decimal(0)


class Unknown(StrEnum):
    """Why an enterprise's value is not there."""

    NOT_SAID = "not_said"
    MONTH_BEFORE_MISSING = "month_before_missing"


@dataclass(frozen=True, slots=True)
class Derived:
    """Values of an indicator in a month; None with its reason.

    ``disagreement`` is the year's value as said less what the months before and this one make, where both were
    said and differ.
    """

    month: Decimal | None
    cumulative: Decimal | None
    month_reason: Unknown | None = None
    cumulative_reason: Unknown | None = None
    month_derived: bool = False
    cumulative_derived: bool = False
    disagreement: Decimal | None = None


NOT_SAID = Derived(None, None, Unknown.NOT_SAID, Unknown.NOT_SAID)


def derive(indicator: Indicator, month: date, line: Line | None, before: Decimal | None) -> Derived:
    """``before`` is the year's value of the month before, None while it is not known; January has none before it.

    A stock has no sum: the year's value is the level at the month's end.
    """
    if line is None or line.says_nothing:
        return NOT_SAID
    if indicator.kind is IndicatorKind.STOCK:
        level = line.cumulative if line.month is None else line.month
        return Derived(level, level, month_derived=line.month is None, cumulative_derived=line.cumulative is None)
    known = _NOTHING if month.month == 1 else before
    if line.month is not None and line.cumulative is not None:
        gap = None if known is None else line.cumulative - known - line.month
        return Derived(line.month, line.cumulative, disagreement=gap or None)
    if line.month is not None:
        if known is None:
            return Derived(line.month, None, None, Unknown.MONTH_BEFORE_MISSING)
        return Derived(line.month, known + line.month, cumulative_derived=True)
    assert line.cumulative is not None
    if known is None:
        return Derived(None, line.cumulative, Unknown.MONTH_BEFORE_MISSING)
    return Derived(line.cumulative - known, line.cumulative, month_derived=True)


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts of a report: ``is_latest`` for the edition that figures take."""

    month: date
    edition: Edition
    indicator: str
    derived: Derived
    is_latest: bool


def derive_months(
    catalogue: Mapping[str, Indicator],
    said: Mapping[date, Mapping[Edition, Lines]],
    before: Mapping[str, Decimal | None],
    first: date,
) -> list[Counted]:
    """All figures of one enterprise's months of one year from ``first`` on; ``before``: its year until then.

    A month that was not reported breaks the chain: what follows it by months alone has no year's value.
    """
    found: list[Counted] = []
    carried = dict(before)
    expected = first
    for month in sorted(said):
        if month != expected:
            carried = {}
        latest = Edition.FINAL if Edition.FINAL in said[month] else Edition.FLASH
        following: dict[str, Decimal | None] = {}
        for edition, lines in said[month].items():
            for code, line in lines.items():
                derived = derive(catalogue[code], month, line, carried.get(code))
                found.append(Counted(month, edition, code, derived, edition is latest))
                if edition is latest:
                    following[code] = derived.cumulative
        carried, expected = following, months.plus(month, 1)
    return found
