"""Figures in the words of the papers, by what they are."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.acceptance.years_account import printed, raw

if TYPE_CHECKING:
    from tests.acceptance.years_account.expected import Expected


def words(ours: Expected, key: str, shape: str) -> str:
    """The figure as a sentence says it."""
    value = ours.value(key)
    assert value is not None or shape in {"percent", "growth"}, key
    match shape:
        case "amount":
            return printed.amount(value or Decimal(0), _unit(key))
        case "count":
            return f"{printed.short(value or Decimal(0), 2)}{_counted(key)}"
        case "percent":
            return "（无应完成项目）" if value is None else f"{printed.short(value, 1)}%"
        case "growth":
            against = "环比" if key.endswith(".mom") else "同比"
            if value is None:
                return f"上月无数据，不计算{against}" if against == "环比" else "上年同期无数据，不计算增速"
            return against + printed.direction(value, "增长", "下降", "持平", "%")
        case "contribution":
            said = printed.direction(value or Decimal(0), "拉动增长", "下拉增速", "", "个百分点")
            return said or "对增速基本无影响"
        case "pace":
            said = printed.direction(value or Decimal(0), "落后序时进度", "超序时进度", "", "个百分点")
            return said or "与序时进度持平"
        case "rank":
            return f"第{value}位"
        case "score":
            return f"{printed.short(value or Decimal(0), 2)}分"
    raise AssertionError(shape)


def _unit(key: str) -> str:
    return "kwh" if raw.POWER in key else "yuan"


def _counted(key: str) -> str:
    """What is counted, by the section that counts it."""
    units = {
        "economy": "户",
        "targets": "项",
        "projects": "个",
        "contest": "个",
        "lists": "个",
        "support": "户",
        "energy": "项",
        "honours": "个",
    }
    if key.startswith("alerts."):
        return "个" if ".problems." in key else "件"
    return units[key.partition(".")[0]]
