"""Which column of a table holds what, told by its headings in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.formats.tables.clock import minute_of
from services.energy.feeds.formats.units import is_unit, unit_at_end
from services.energy.metering.domain.slots import INTERVALS, MINUTES_A_DAY, slots_a_day

SLOT_COUNTS: Final = frozenset(slots_a_day(interval) for interval in INTERVALS)

# The narrower name first: a customer may have several metering points.
_METERS: Final = (
    (
        "meter_no",
        "meterno",
        "meter_number",
        "meterid",
        "meter_id",
        "meter",
        "表号",
        "电表号",
        "电表编号",
        "电能表编号",
        "电能表号",
        "表计号",
        "表计编号",
        "仪表编号",
        "电表",
        "表计",
    ),
    (
        "meter_point",
        "metering_point",
        "计量点编号",
        "计量点号",
        "计量点",
        "测量点编号",
        "测量点号",
        "测量点",
        "mpid",
        "mpan",
        "nmi",
        "point_id",
    ),
    (
        "资产编号",
        "资产号",
        "电能表资产号",
        "表资产号",
        "表计资产号",
        "电表资产号",
        "局编号",
        "出厂编号",
        "asset_no",
        "asset",
        "serial",
        "serial_no",
    ),
    (
        "户号",
        "用户编号",
        "用户号",
        "客户编号",
        "客户号",
        "用电户号",
        "用户户号",
        "consumer_no",
        "account_no",
        "account",
    ),
)
_DATES: Final = (
    "日期",
    "数据日期",
    "统计日期",
    "采集日期",
    "抄表日期",
    "冻结日期",
    "用电日期",
    "date",
    "day",
    "data_date",
    "reading_date",
    "年月日",
    "time_date",
)
_CLOCKS: Final = (
    "时刻",
    "时点",
    "时间点",
    "time_of_day",
    "clock",
    "时段",
    "点号",
    "点数",
    "序点",
    "point",
    "slot",
    "period",
    "采集点",
)
_STARTS: Final = (
    "at",
    "start",
    "开始时间",
    "起始时间",
    "时段开始",
    "interval_start",
    "start_time",
    "starttime",
    "from",
)
_ENDS: Final = ("结束时间", "截止时间", "终止时间", "时段结束", "interval_end", "end", "end_time", "endtime", "to")
_STAMPS: Final = (
    "时间",
    "数据时间",
    "采集时间",
    "冻结时间",
    "抄表时间",
    "时标",
    "数据时标",
    "time",
    "timestamp",
    "datetime",
    "ts",
    "stamp",
    "date_time",
    "日期时间",
    "reading_time",
)
_VALUES: Final = (
    "value",
    "值",
    "数值",
    "数据值",
    "读数",
    "reading",
    "power",
    "load",
    "energy",
    "consumption",
    "有功功率",
    "瞬时有功",
    "有功",
    "正向有功",
    "反向有功",
    "功率",
    "负荷",
    "用电负荷",
    "电量",
    "用电量",
    "正向有功电量",
    "反向有功电量",
    "正向有功功率",
    "反向有功功率",
    "无功功率",
    "正向无功",
    "反向无功",
    "示数",
    "示值",
    "表底",
    "表码",
    "正向有功示数",
    "反向有功示数",
    "正向有功总",
    "采集值",
    "电力",
)
_UNIT: Final = ("单位", "unit", "uom", "计量单位")
_ITEMS: Final = (
    "数据项",
    "数据类型",
    "数据项名称",
    "指标",
    "指标名称",
    "item",
    "quantity",
    "数据标识",
    "类型",
    "measure",
    "channel",
)
_QUALITY: Final = ("quality", "质量", "数据质量", "质量码", "质量标志", "状态", "数据状态", "flag", "status", "q")
_NUMBERED: Final = re.compile(
    r"(?:p|点|第|v|t|h|val|value|point|电量|功率|负荷|有功|数据)?[_\s]?0*(\d{1,3})(?:点|个点)?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns by what they hold; ``slots`` (one per slot, in order) for wide tables, ``value`` for long ones."""

    meter: int | None
    date: int | None = None
    clock: int | None = None
    stamp: int | None = None
    value: int | None = None
    unit: int | None = None
    item: int | None = None
    quality: int | None = None
    slots: tuple[int, ...] = ()
    # True and False where the heading says which end of the interval the stamp names.
    ends: bool | None = None
    value_heading: str = ""
    unit_text: str = ""


def plain(heading: str) -> str:
    """A heading without case, blanks, width and what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading).strip().strip("\ufeff'\"").casefold()
    text = re.sub(r"[(\[【].*?[)\]】]", "", text)
    return re.sub(r"[\s:*]+", "_" if text.isascii() else "", text.strip(" :*"))


def layout_of(cells: Sequence[str], line: int) -> Layout | None:
    """The layout if these are headings, None if they are not.

    Raises UnreadableFile for headings that leave out slots of the day.
    """
    names = [plain(cell) for cell in cells]
    meter = next((place for group in _METERS if (place := _find(names, group)) is not None), None)
    date = _find(names, _DATES)
    slots = _slots(cells, names, line, is_certain=meter is not None and date is not None)
    common = {"unit": _find(names, _UNIT), "item": _find(names, _ITEMS), "quality": _find(names, _QUALITY)}
    if slots:
        if date is None:
            date = _find(names, _STAMPS)
        if date is None:
            return None
        heading = next((unit_at_end(cells[place]) for place in slots if unit_at_end(cells[place])), "")
        return Layout(meter, date, slots=slots, unit_text=heading, **common)
    value = _value(cells, names)
    starts, ends = _find(names, _STARTS), _find(names, _ENDS)
    stamp = starts if starts is not None else ends if ends is not None else _find(names, _STAMPS)
    clock = _find(names, _CLOCKS)
    if clock is None and date is not None and stamp is not None and stamp not in {starts, ends}:
        # A day and a time beside it: the time is one of the day.
        clock, stamp = stamp, None
    if value is None or (stamp is None and (date is None or clock is None)):
        return stamp_in_date(names, date, value, meter, cells, common)
    says = None if stamp is None or stamp not in {starts, ends} else stamp == ends and starts is None
    unit = unit_at_end(cells[value]) or (cells[value] if is_unit(cells[value]) else "")
    return Layout(
        meter, date, clock, stamp, value, ends=says, value_heading=cells[value], unit_text=unit, **common
    )


def stamp_in_date(
    names: list[str],
    date: int | None,
    value: int | None,
    meter: int | None,
    cells: Sequence[str],
    common: dict[str, int | None],
) -> Layout | None:
    """A table whose only time is headed as a date: its cells hold both."""
    if date is None or value is None or (meter is None and len(names) > 2):
        return None
    unit = unit_at_end(cells[value])
    return Layout(meter, stamp=date, value=value, value_heading=cells[value], unit_text=unit, **common)


def _find(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    for name in wanted:
        if name in names:
            return names.index(name)
    return None


def _value(cells: Sequence[str], names: Sequence[str]) -> int | None:
    found = _find(names, _VALUES)
    if found is not None:
        return found
    for place, cell in enumerate(cells):
        stem = names[place].removesuffix("_" + unit_at_end(cell).casefold())
        if is_unit(cell) or (unit_at_end(cell) and stem in _VALUES):
            return place
    return None


def _slots(cells: Sequence[str], names: Sequence[str], line: int, *, is_certain: bool) -> tuple[int, ...]:
    """The columns of a day's slots in order of time; empty where the headings are not those of a wide table."""
    clocks = {place: minute for place, cell in enumerate(cells) if (minute := _clock_of(cell)) is not None}
    if len(clocks) >= 20:
        return _clock_slots(clocks, line)
    numbers: dict[int, int] = {}
    for place, name in enumerate(names):
        found = _NUMBERED.fullmatch(name)
        if found:
            numbers[place] = int(found[1])
    if len(numbers) < 20 or not is_certain:
        return ()
    places = sorted(numbers, key=lambda place: numbers[place])
    first = numbers[places[0]]
    if [numbers[place] for place in places] != list(range(first, first + len(places))) or first not in {0, 1}:
        raise UnreadableFile("table.slots_not_contiguous", line)
    _check_count(len(places), line)
    return tuple(places)


def _clock_slots(clocks: dict[int, int], line: int) -> tuple[int, ...]:
    _check_count(len(clocks), line)
    interval = MINUTES_A_DAY // len(clocks)
    minutes = list(clocks.values())
    if 0 in minutes and MINUTES_A_DAY not in minutes and interval * (len(clocks) - 1) not in set(minutes):
        raise UnreadableFile("table.slots_not_contiguous", line)
    if minutes[-1] == 0 and minutes[0] == interval:
        # The day's last value under 00:00 of the next.
        clocks = {place: minute or MINUTES_A_DAY for place, minute in clocks.items()}
    places = sorted(clocks, key=lambda place: clocks[place])
    first = clocks[places[0]]
    if first not in {0, interval} or [clocks[place] for place in places] != [
        first + interval * step for step in range(len(places))
    ]:
        raise UnreadableFile("table.slots_not_contiguous", line)
    return tuple(places)


def _check_count(count: int, line: int) -> None:
    if count not in SLOT_COUNTS:
        raise UnreadableFile("table.slot_count", line, count=count, known=", ".join(map(str, sorted(SLOT_COUNTS))))


def _clock_of(cell: str) -> int | None:
    """The start or end of the slot a heading names; of ``00:00-00:15`` the end."""
    text = unicodedata.normalize("NFKC", cell).strip()
    text = re.sub(r"^(?:p|h|t)?_?|[(\[].*?[)\]]$", "", text, flags=re.IGNORECASE).strip()
    _, dash, end = text.partition("-")
    if not dash:
        _, dash, end = text.partition("~")
    text = end.strip() if dash else text
    if not re.search(r"[:时点]", text):
        return None
    return minute_of(text)
