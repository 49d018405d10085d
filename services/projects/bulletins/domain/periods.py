"""What a bulletin is about: a month (月), quarter (季), half-year (半年) or year (年)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.projects.economy.domain.months import last_day, plus


class BulletinKind(StrEnum):
    """月通报 month, 季通报 quarter, 半年通报 half_year, 年度通报 year."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]

    @property
    def numbers(self) -> int:
        """How many there are in a year."""
        return 12 // self.months


_QUARTERS_ZH = "一二三四"
_HALVES_ZH = "上下"


@dataclass(frozen=True, slots=True)
class BulletinPeriod:
    """``number`` counts in the year from one: the month, the quarter, the half."""

    kind: BulletinKind
    year: int
    number: int

    @property
    def exists(self) -> bool:
        return 1 <= self.number <= self.kind.numbers

    @property
    def first_month(self) -> date:
        return date(self.year, (self.number - 1) * self.kind.months + 1, 1)

    @property
    def last_month(self) -> date:
        return plus(self.first_month, self.kind.months - 1)

    @property
    def first_day(self) -> date:
        return self.first_month

    @property
    def last_day(self) -> date:
        return last_day(self.last_month)

    @property
    def months(self) -> list[date]:
        return [plus(self.first_month, number) for number in range(self.kind.months)]

    @property
    def quarter(self) -> int:
        """The quarter that the period ends in."""
        return (self.last_month.month - 1) // 3 + 1

    @property
    def begins_the_year(self) -> bool:
        """Whether the period's own sum is that of the year until its end."""
        return self.first_month.month == 1

    @property
    def name_zh(self) -> str:
        match self.kind:
            case BulletinKind.MONTH:
                return f"{self.year}年{self.number}月"
            case BulletinKind.QUARTER:
                return f"{self.year}年第{_QUARTERS_ZH[self.number - 1]}季度"
            case BulletinKind.HALF_YEAR:
                return f"{self.year}年{_HALVES_ZH[self.number - 1]}半年"
            case BulletinKind.YEAR:
                return f"{self.year}年度"

    @property
    def name_en(self) -> str:
        match self.kind:
            case BulletinKind.MONTH:
                return f"{self.last_month:%B} {self.year}"
            case BulletinKind.QUARTER:
                return f"Q{self.number} {self.year}"
            case BulletinKind.HALF_YEAR:
                return f"{('first', 'second')[self.number - 1]} half of {self.year}"
            case BulletinKind.YEAR:
                return f"the year {self.year}"

    @property
    def until_zh(self) -> str:
        """January to the period's end."""
        return cumulative_zh(self.last_month)

    @property
    def until_en(self) -> str:
        return cumulative_en(self.last_month)


def cumulative_zh(month: date) -> str:
    """How the year until the end of a month is called."""
    match month.month:
        case 1:
            return "1月"
        case 6:
            return "上半年"
        case 12:
            return "全年"
        case number:
            return f"1—{number}月"


def cumulative_en(month: date) -> str:
    return "January" if month.month == 1 else f"January to {month:%B}"
