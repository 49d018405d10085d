"""Types that several schemas share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from libs.common import regions
from services.energy.efficiency.domain.books import Reason
from services.energy.efficiency.domain.months import first_of

_MONTH_SCHEMA = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "examples": ["2026-03"]}


def _month(value: Any) -> Any:
    if isinstance(value, date):
        return first_of(value)
    text = str(value)
    if len(text) == 7 and text[4] == "-" and (text[:4] + text[5:]).isdigit() and text[:4] >= "1900":
        return date(int(text[:4]), int(text[5:]), 1)
    raise ValueError("a month is written 2026-03")


# A month, held as its first day.
Month = Annotated[
    date,
    BeforeValidator(_month),
    PlainSerializer(lambda month: month.strftime("%Y-%m"), return_type=str),
    WithJsonSchema(_MONTH_SCHEMA),
]
# Read as a decimal, shown as a number.
_AS_NUMBER = PlainSerializer(float, return_type=float, when_used="json")
Number = Annotated[Decimal, _AS_NUMBER, WithJsonSchema({"type": "number"})]
# As columns keep it: up to fifteen digits, six decimals.
Positive = Annotated[Decimal, Field(ge=Decimal("0.000001"), lt=10**15), _AS_NUMBER]
RegionCode = Annotated[
    str,
    AfterValidator(regions.validate),
    Field(description="GB/T 2260, six digits; nine for a township.", examples=["421224"], max_length=9),
]
SectorCode = Annotated[
    str,
    Field(
        pattern=r"^(?:[A-T][0-9]{0,4}|[0-9]{2,4})$",
        description="GB/T 4754-2017, with or without the letter of its section.",
        examples=["C3011"],
    ),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=1000)]
Said = Annotated[str, Field(min_length=1, max_length=1000)]
Year = Annotated[int, Field(ge=2000, le=2100)]


def example(**value: Any) -> ConfigDict:
    """A strict request model with an example for the OpenAPI document."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})


class ReasonRead(BaseModel):
    code: str
    month: str | None
    subject: str | None


def month_text(month: date | None) -> str | None:
    return None if month is None else month.strftime("%Y-%m")


def reasons_read(reasons: tuple[Reason, ...]) -> list[dict[str, str | None]]:
    """Why something is null."""
    return [
        {"code": reason.code.value, "month": month_text(reason.month), "subject": reason.subject}
        for reason in reasons
    ]
