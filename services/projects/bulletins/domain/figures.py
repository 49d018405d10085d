"""Figures of a bulletin: every number in its text is one of these, and says what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Shape(StrEnum):
    """How a figure is said in words."""

    AMOUNT = "amount"
    COUNT = "count"
    PERCENT = "percent"
    GROWTH = "growth"
    POINTS = "points"
    CONTRIBUTION = "contribution"
    PACE = "pace"
    RANK = "rank"
    SCORE = "score"
    # A name or a day, which may hold digits and is no more an editor's to write than a number.
    TEXT = "text"


class Against(StrEnum):
    """同比 the same months of the year before, 环比 the month before."""

    YEAR = "year"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``value`` None always with its ``reason``; percents and points as such, money in yuan.

    ``current`` and ``base`` are what a growth was reckoned from; ``may_be_negative`` tells amounts whose sign
    turns (profit). ``rows_key`` names the rows behind it, ``rows_part`` which of them are its own: the rows whose
    facts are those.
    """

    shape: Shape
    value: Decimal | None = None
    reason: str | None = None
    unit: str = ""
    unit_zh: str = ""
    unit_en: str = ""
    against: Against | None = None
    current: Decimal | None = None
    base: Decimal | None = None
    may_be_negative: bool = False
    text_zh: str = ""
    text_en: str = ""
    basis: str = ""
    source: str = ""
    rows_key: str | None = None
    rows_part: tuple[tuple[str, str | None], ...] = ()

    def says_the_same(self, other: Figure) -> bool:
        """Whether both say the same number or text, whatever was known when."""
        return replace(self, basis="") == replace(other, basis="")


Figures = dict[str, Figure]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows that nobody looks at before they are kept: ``count`` lines of JSON."""

    count: int
    lines: bytes


Rows = Sequence[Row] | Lines


def count(number: int, unit_zh: str, unit_en: str, *, source: str, rows_key: str | None = None) -> Figure:
    """So many things."""
    return Figure(
        shape=Shape.COUNT,
        value=Decimal(number),
        unit="count",
        unit_zh=unit_zh,
        unit_en=unit_en,
        source=source,
        rows_key=rows_key,
    )


def yuan(amount: Decimal | int | None, *, source: str, reason: str | None = None, **facts: Any) -> Figure:
    """Money; None needs its reason."""
    value = None if amount is None else Decimal(amount)
    return Figure(shape=Shape.AMOUNT, value=value, reason=reason, unit="yuan", source=source, **facts)


def text(zh: str, en: str | None = None, *, source: str) -> Figure:
    return Figure(shape=Shape.TEXT, text_zh=zh, text_en=zh if en is None else en, source=source)
