"""How figures of targets are shown; they are rounded by the economy's one rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from services.projects.economy.domain.arithmetic import plain, shown

_WAN: Final = Decimal(10_000)
_YI: Final = Decimal(100_000_000)
_MONEY: Final = "yuan"


def percent_shown(value: Decimal) -> str:
    return f"{plain(shown(value, 2))}%"


def amount_zh(value: Decimal, unit: str, unit_zh: str) -> str:
    """Money in 亿元 or 万元, all else in its unit."""
    if unit != _MONEY:
        return f"{plain(shown(value, 2))}{unit_zh}"
    if abs(value) >= _YI:
        return f"{plain(shown(value / _YI, 4))}亿元"
    return f"{plain(shown(value / _WAN, 4))}万元"


def amount_en(value: Decimal, unit: str, unit_en: str) -> str:
    if unit == _MONEY:
        return f"{plain(shown(value / _WAN, 4))} ten thousand yuan"
    return f"{plain(shown(value, 2))} {unit_en}"
