"""Sizes of enterprises (统计上大中小微型企业划分办法): twelve months' main revenue and employees, both reached."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from libs.common.validity import Dated


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBand(Dated):
    """The highest ``rank`` whose two edges an enterprise reaches is its size."""

    code: str
    name_zh: str
    name_en: str
    rank: int
    min_revenue_yuan: Decimal
    min_employees: Decimal
