"""How figures are shown: computed exactly, rounded once, half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

PERCENT_PLACES: Final = Decimal("0.01")
AMOUNT_PLACES: Final = Decimal("0.000001")
_WAN: Final = Decimal(10_000)
_YI: Final = Decimal(100_000_000)


def rounded(value: Decimal, places: Decimal = PERCENT_PLACES) -> Decimal:
    return value.quantize(places, ROUND_HALF_UP)


def percent_shown(value: Decimal) -> str:
    return f"{rounded(value):f}%"


def amount_shown(value: Decimal, unit: str, unit_zh: str) -> str:
    """Money in 亿元 or 万元, all else in its unit."""
    if unit != "yuan":
        return f"{_trimmed(rounded(value))}{unit_zh}"
    if abs(value) >= _YI:
        return f"{_trimmed(rounded(value / _YI, Decimal('0.0001')))}亿元"
    return f"{_trimmed(rounded(value / _WAN, Decimal('0.0001')))}万元"


def amount_in_english(value: Decimal, unit: str, unit_en: str) -> str:
    if unit == "yuan":
        return f"{_trimmed(rounded(value / _WAN, Decimal('0.0001')))} ten thousand yuan"
    return f"{_trimmed(rounded(value))} {unit_en}"


def _trimmed(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
