"""Figures of many enterprises together, and their growth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.projects.economy.domain.arithmetic import Null, growth


class Version(StrEnum):
    """快报 flash, 正式 final; latest is the final figure of an enterprise, or its flash until there is one."""

    LATEST = "latest"
    FLASH = "flash"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of a group and month.

    ``value`` None always with a ``reason``; ``rows`` enterprises make it, ``complete`` of the ``expected`` ones
    have said it: below ``expected`` it is a partial sum.
    """

    value: Decimal | None
    reason: str | None
    unit: str
    rows: int
    complete: int
    expected: int


def figure_of(value: Decimal | None, unit: str, complete: int, expected: int) -> Figure:
    """The figure, with the reason for a value that is not there."""
    if not complete:
        reason = Null.NOT_REPORTED if expected else Null.NO_ENTERPRISES
        return Figure(None, reason, unit, 0, 0, expected)
    return Figure(value, None, unit, complete, complete, expected)


@dataclass(frozen=True, slots=True)
class Growth:
    """``rate`` in percent, None with its ``reason``; a base restated by somebody has the original beside it."""

    current: Figure
    base: Figure
    rate: Decimal | None
    reason: str | None
    price_basis: str | None = None
    original_base: Figure | None = None


def growth_of(
    current: Figure, base: Figure, price_basis: str | None = None, original_base: Figure | None = None
) -> Growth:
    rate = growth(current.value, base.value)
    return Growth(current, base, rate.value, rate.reason, price_basis, original_base)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One enterprise in a figure: what it adds, by which share, and what stood there a year before.

    ``value`` is the enterprise's own, ``counted`` what the question counts of it (its share); None with the
    reason. ``report_id`` and ``revision`` say which report said it.
    """

    enterprise_id: UUID
    credit_code: str
    name: str
    region_code: str
    sector_code: str
    month: date
    value: Decimal | None
    counted: Decimal | None
    reason: str | None
    base: Decimal | None
    original_base: Decimal | None
    report_id: UUID | None
    revision: int | None
