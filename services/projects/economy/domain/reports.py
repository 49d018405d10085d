"""A report (报表) of an enterprise, month and edition, and its steps.

待报 due → 草稿 draft → 已报 submitted → 已审 accepted, or 退回 returned and submitted again. What is accepted
counts, until a correction of it is accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from libs.common.web.problems import FieldError
from services.projects.economy.domain import months
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.errors import (
    MonthNotOver,
    NothingCorrected,
    ReportIncomplete,
    ReportStepRefused,
    ReportUnsound,
)


class Edition(StrEnum):
    """快报 flash, 正式 final."""

    FLASH = "flash"
    FINAL = "final"


class EconomyStatus(StrEnum):
    DUE = "due"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"


# States in which the enterprise has the next step.
PENDING = frozenset({EconomyStatus.DUE, EconomyStatus.DRAFT, EconomyStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator as it was said: the month's value, the year's until then, or both; None is not said."""

    month: Decimal | None = None
    cumulative: Decimal | None = None

    @property
    def says_nothing(self) -> bool:
        return self.month is None and self.cumulative is None


Lines = Mapping[str, Line]


def demand_status(status: EconomyStatus, allowed: Collection[EconomyStatus]) -> None:
    """Raises ReportStepRefused."""
    if status not in allowed:
        raise ReportStepRefused(status=status, allowed=sorted(allowed))


def demand_over(month: date, today: date) -> None:
    """Raises MonthNotOver: what has not ended cannot be reported."""
    if months.last_day(month) >= today:
        raise MonthNotOver(month=f"{month:%Y-%m}")


def demand_sound(lines: Lines, catalogue: Mapping[str, Indicator]) -> None:
    """Raises ReportUnsound naming each line that is not of the catalogue or of its unit."""
    faults = [fault for code, line in lines.items() for fault in _faults(code, line, catalogue.get(code))]
    if faults:
        raise ReportUnsound(errors=faults)


def _faults(code: str, line: Line, indicator: Indicator | None) -> Iterable[FieldError]:
    pointer = f"/lines/{code}"
    if indicator is None or not indicator.active:
        yield FieldError("economy_line.unknown_indicator", pointer, {"indicator": code})
        return
    if indicator.unit == "yuan":
        for name, value in (("month_value", line.month), ("cumulative_value", line.cumulative)):
            if value is not None and value != value.to_integral_value():
                yield FieldError("economy_line.whole_yuan", f"{pointer}/{name}", {"indicator": code})


def demand_complete(lines: Lines, catalogue: Mapping[str, Indicator], edition: Edition) -> None:
    """Raises ReportIncomplete naming each indicator that the edition requires and does not say."""
    missing = [
        code
        for code, indicator in catalogue.items()
        if _requires(indicator, edition) and lines.get(code, Line()).says_nothing
    ]
    if missing:
        faults = [FieldError("economy_line.required", f"/lines/{code}", {"indicator": code}) for code in missing]
        raise ReportIncomplete(indicators=missing, errors=faults)


def _requires(indicator: Indicator, edition: Edition) -> bool:
    required = indicator.required if edition is Edition.FINAL else indicator.required_flash
    return required and indicator.active


def demand_change(before: Lines, after: Lines) -> None:
    """Raises NothingCorrected."""
    if dict(before) == dict(after):
        raise NothingCorrected(errors=[FieldError("economy_line.unchanged", "/lines")])


def merged(before: Lines, changes: Lines) -> dict[str, Line]:
    """The lines with those that were said anew in place of theirs; one that says nothing is taken away."""
    return {code: line for code, line in {**before, **changes}.items() if not line.says_nothing}
