"""Forms of the economy's values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, PlainSerializer, StringConstraints

from services.projects.economy.domain.arithmetic import plain
from services.projects.economy.domain.months import first_of

# As exact as it was said or reckoned; people round when they show it.
Amount = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str, when_used="json"),
    Field(description="In the indicator's unit; money in yuan."),
]
Percent = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str, when_used="json"),
    Field(description="Percent, or points, not rounded."),
]
Said = Annotated[Decimal, Field(max_digits=20, decimal_places=4)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
MonthText = Annotated[
    str,
    StringConstraints(pattern=r"^(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])$"),
    Field(description="Such as 2026-08.", examples=["2026-08"]),
]


def month_of(text: str) -> date:
    return first_of(date.fromisoformat(f"{text}-01"))


class FigureRead(BaseModel):
    """A sum with what it is made of; null with its reason."""

    value: Amount | None
    reason: str | None
    unit: str
    complete: int = Field(description="Enterprises that said it.")
    expected: int = Field(description="Enterprises that should have.")


class GrowthRead(BaseModel):
    """Percent against the base; null with its reason, such as a base of zero or below."""

    rate: Percent | None
    reason: str | None
    price_basis: str | None = Field(
        description="At which prices: current or comparable; null for what is no money."
    )
    current: FigureRead
    base: FigureRead
    original_base: FigureRead | None = Field(description="As reported, where some of the base was restated.")


class PercentRead(BaseModel):
    value: Percent | None
    reason: str | None
