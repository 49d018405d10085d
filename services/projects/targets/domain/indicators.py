"""Indicators (指标): what is measured, in which unit, and where the figures come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The source of figures that people type, with evidence, because no other has them.
TYPED: Final = "typed"


class Nature(StrEnum):
    """发生数 flow (months add up), 时点数 stock (as it is at a month's end), 比率 rate (of the year so far)."""

    FLOW = "flow"
    STOCK = "stock"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Indicator:
    """``measure`` is the source's own word for it; ``size_band`` and ``key_only`` narrow figures of projects.

    Two indicators add up when ``unit`` and ``nature`` are the same.
    """

    code: str
    name_zh: str
    name_en: str
    unit: str
    unit_zh: str
    unit_en: str
    nature: Nature
    source: str
    measure: str
    size_band: str | None = None
    key_only: bool = False

    @property
    def is_typed(self) -> bool:
        return self.source == TYPED
