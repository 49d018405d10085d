"""Which columns of a list of supply quotas hold what, and whom a row means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.energy.feeds.formats.tables.grid import BROKEN, Grid
from services.energy.feeds.formats.tables.headings import Layout, layout_of, plain
from services.energy.feeds.formats.tables.vocabulary import ENDS, STARTS, words
from services.energy.feeds.formats.units import unit_at_end
from services.energy.utility.domain.quota_parts import Key

# Whom a row may mean, the narrower first; "user" is a credit code, a 户号 or a meter's number.
OBJECTS: Final = {
    "user": words(
        """统一社会信用代码 信用代码 企业代码 credit_code 户号 用户编号 用户号 客户编号 consumer_no account_no
        表号 电表号 电表编号 计量点编号 meter_no meter"""
    ),
    "transformer": words("变压器编号 变压器 主变 主变编号 台区编号 台区 配变 transformer_code transformer"),
    "feeder": words("线路编号 线路 馈线编号 馈线 线路名称 feeder_code feeder"),
    "substation": words("变电站编号 变电站 变电站名称 厂站名称 厂站 站名 substation_code substation"),
    "region": words(
        "行政区划代码 区划代码 区域代码 地区代码 供电区域 区域 地区 县区 区县 供区 region_code region area"
    ),
}
# How dispatch centres head what a section is about; its objects are parts of the grid.
_NAMED: Final = {"substation": words("名称 设备名称 对象名称 name id 标识")}
_QUOTAS: Final = words(
    """供电指标 用电指标 负荷指标 指标值 指标 供电限额 负荷限额 限额 配额 可用负荷 可供负荷 最大可用负荷 计划负荷
    计划值 quota_mw quota limit_mw limit"""
)
_STARTS: Final = (*STARTS, *words("生效时间 有效期起 开始日期 起始日期 valid_from starts_at"))
_ENDS: Final = (*ENDS, *words("失效时间 有效期止 结束日期 截止日期 valid_to ends_at"))


@dataclass(slots=True)
class Table:
    """A table with its headings, and where the objects' codes stand."""

    grid: Grid
    headings: list[str]
    layout: Layout | None
    objects: dict[str, int]
    span: tuple[int, int, int] | None
    unit: str
    rows: Iterable[tuple[int, list[str]]]

    def key_of(self, cells: Sequence[str]) -> tuple[Key, int] | None:
        for kind, place in self.objects.items():
            code = cells[place].strip().removesuffix(".0")
            if code.startswith(BROKEN):
                return None
            if code:
                region = self.objects.get("region")
                beside = "" if kind == "region" or region is None else cells[region].strip().removesuffix(".0")
                return (kind, code, beside), place
        return None


def table_of(
    grid: Grid,
    line: int,
    cells: Sequence[str],
    unit: str,
    rows: Iterable[tuple[int, list[str]]],
    objects_known: Mapping[str, Sequence[str]] = OBJECTS,
) -> Table | None:
    """The table these headings begin, if it is one of quotas."""
    names = [plain(cell) for cell in cells]
    objects = {
        kind: place
        for kind, known in objects_known.items()
        if (place := next((names.index(name) for name in known if name in names), None)) is not None
    }
    if not objects:
        return None
    value = next((names.index(name) for name in _QUOTAS if name in names), None)
    span = None
    starts, ends = (
        next((names.index(name) for name in known if name in names), None) for known in (_STARTS, _ENDS)
    )
    headings = [cell.strip() for cell in cells]
    told = list(headings)
    for place in objects.values():
        told[place] = f"对象{place}号"
    if value is not None:
        own = unit_at_end(headings[value])
        told[value] = f"负荷({own})" if own else "负荷"
        if starts is not None and ends is not None:
            span = starts, ends, value
            unit = own or unit
    told[min(objects.values())] = "表号"
    layout = None if span is not None else layout_of(told, line)
    if span is None and (layout is None or (value is None and not layout.slots)):
        return None
    return Table(grid, headings, layout, objects, span, unit or "MW", rows)


def named(headings: Sequence[str]) -> Mapping[str, Sequence[str]]:
    names = {plain(heading) for heading in headings}
    return {} if any(names & set(known) for kind, known in OBJECTS.items() if kind != "region") else _NAMED
