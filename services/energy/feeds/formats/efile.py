"""E files of dispatch centres (电力系统数据标记语言 E语言, Q/GDW 215, DL/T 1171).

The file's head is ``<! … time='…' !>``; sections are ``<Class::entity>`` to ``</Class::entity>``. ``@`` begins the
headings of a table by rows, ``@@`` one of name and value, ``@#`` one with an object in each column; ``#`` begins
its rows, ``//`` a remark. Sections whose headings tell an object and a measured value become readings; values
without a time of their own are of the file's time. Other sections describe the grid and are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from services.energy.feeds.domain.body import Body, Fault, ReadingBody, UnreadableFile
from services.energy.feeds.formats.tables.clock import iso_stamp
from services.energy.feeds.formats.tables.grid import Grid, encoding_of, text_lines
from services.energy.feeds.formats.tables.headings import Layout, layout_of, plain
from services.energy.feeds.formats.tables.long import LongRows
from services.energy.feeds.formats.tables.vocabulary import words
from services.energy.feeds.formats.tables.wide import WideRows

_HEAD: Final = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*(?://[^\n]*\n\s*)*<!\s*[^\n<>]*=", re.DOTALL)
_TIME: Final = re.compile(r"(?:time|时间|date)\s*=\s*['\"]?([^'\"!>]+)", re.IGNORECASE)
_SECTION: Final = re.compile(r"<(/?)\s*([^<>!/\s][^<>]*?)\s*>")
_TOKEN: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|(\S+)")
_OBJECTS: Final = words(
    """id 标识 标识id 设备id mrid 测点 测点id 测点编号 设备编号 风场id 场站id 厂站id keyid 名称 设备名称 测点名称
    厂站名称 站名 对象 对象名称 设备 name"""
)
# What is measured by the heading it stands under.
_VALUES: Final = {
    **dict.fromkeys(words("p 有功 有功值 有功功率 出力 实际出力 实际功率 实际值"), "有功功率"),
    **dict.fromkeys(words("q 无功 无功值 无功功率"), "无功功率"),
    **dict.fromkeys(words("负荷 负荷值 用电负荷"), "负荷"),
    **dict.fromkeys(words("值 value"), "值"),
    **dict.fromkeys(words("电量 上网电量 下网电量"), "电量"),
}
_TIMES: Final = words("时间 时标 数据时间 采集时间 可读时间 时刻 日期 数据日期 time timestamp")


@dataclass(slots=True)
class Section:
    """A table of the file, always by rows."""

    name: str
    headings: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the body begins like an E file."""
    return _HEAD.match(head) is not None


def parse(body: bytes) -> list[Body]:
    """Curves and readings of all sections that hold some. Raises UnreadableFile."""
    file = read(body)
    found: list[Body] = []
    for section in file.sections:
        found += _bodies_of(section, file.stamp)
    if not found:
        raise UnreadableFile("efile.nothing_measured")
    found[0].faults.extend(file.faults)
    return found


def read(body: bytes) -> EFile:
    """The sections of a file, whatever they are about. Raises UnreadableFile."""
    file = EFile()
    for line, text in text_lines(body, encoding_of(body)):
        file.take(line, text.strip().lstrip("\ufeff"))
    file.finish()
    return file


class EFile:
    """Sections of a file; ``stamp`` is the file's time."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.faults: list[Fault] = []
        self.stamp = ""
        self._open = ""
        self._opened_at = 0
        self._shape = ""
        self._section: Section | None = None
        self._turned: list[tuple[int, list[str]]] = []

    def take(self, line: int, text: str) -> None:
        if not text or text.startswith("//"):
            return
        if text.startswith("<!"):
            found = _TIME.search(text)
            self.stamp = iso_stamp(found[1].strip().replace("_", " ")) if found else self.stamp
        elif text.startswith("<"):
            self._tag(line, text)
        elif text.startswith("@"):
            self._headings(text)
        elif text.startswith("#"):
            self._row(line, text)
        # Rows that begin with % name units, with $ value lists, with : places: they hold no values.

    def _tag(self, line: int, text: str) -> None:
        found = _SECTION.match(text)
        if found is None:
            raise UnreadableFile("efile.tag_broken", line)
        name = found[2].split()[0]
        if found[1]:
            if name.partition("::")[0] != self._open.partition("::")[0]:
                raise UnreadableFile("efile.tag_unmatched", line, tag=name[:40])
            self._close()
            self._open = ""
            return
        if self._open:
            raise UnreadableFile("efile.tag_unmatched", line, tag=self._open[:40])
        self._open, self._opened_at = name, line

    def _headings(self, text: str) -> None:
        self._close()
        self._shape = text[:2] if text[:2] in {"@@", "@#"} else "@"
        self._section = Section(self._open)
        if self._shape == "@":
            self._section.headings = _tokens(text[1:])

    def _row(self, line: int, text: str) -> None:
        if self._section is None:
            self.faults.append(Fault(line, "", "efile.row_without_headings"))
            return
        cells = _tokens(text[1:])
        if self._shape != "@":
            self._turned.append((line, cells))
        elif len(cells) != len(self._section.headings):
            params = {"count": len(cells), "expected": len(self._section.headings)}
            self.faults.append(Fault(line, "", "efile.cell_count", params))
        else:
            self._section.rows.append((line, cells))

    def _close(self) -> None:
        section, self._section = self._section, None
        if section is None:
            return
        if self._turned:
            self._turn(section)
        if section.rows:
            self.sections.append(section)

    def _turn(self, section: Section) -> None:
        """Tables by columns, made one by rows: each row is a number, a heading and a value for each object."""
        rows, self._turned = self._turned, []
        width = max(len(cells) for _, cells in rows)
        rows = [(line, cells) for line, cells in rows if len(cells) == width] if self._shape == "@#" else rows
        section.headings = [cells[1] if len(cells) > 1 else "" for _, cells in rows]
        for place in range(2, width if self._shape == "@#" else 3):
            section.rows.append((rows[0][0], [cells[place] if place < len(cells) else "" for _, cells in rows]))

    def finish(self) -> None:
        if self._open:
            raise UnreadableFile("efile.section_open", self._opened_at, tag=self._open[:40])


def _tokens(text: str) -> list[str]:
    """Cells between tabs, or between blanks with quotes around those that hold one."""
    if "\t" in text.strip():
        return [cell.strip().strip("'\"") for cell in text.strip().split("\t")]
    return [next(group for group in found.groups() if group is not None) for found in _TOKEN.finditer(text)]


def _bodies_of(section: Section, stamp: str) -> list[Body]:
    """Curves where the headings are slots, readings for each column of values; none for other tables."""
    names = [plain(heading) for heading in section.headings]
    device = next((names.index(name) for name in _OBJECTS if name in names), None)
    headings = list(section.headings)
    layout = _known(headings)
    if layout is None and device is not None:
        headings[device] = "表号"
        layout = _known(headings)
    if layout is not None and layout.slots and layout.meter is not None:
        wide = WideRows(Grid(section.name, iter(())), headings, layout, "MW")
        for line, cells in section.rows:
            wide.add(line, cells[layout.meter], cells)
        return [_placed(body, section) for body in wide.bodies()]
    meter = layout.meter if layout is not None and layout.meter is not None else device
    if meter is None:
        return []
    moment = next((names.index(name) for name in _TIMES if name in names), None)
    found: list[Body] = []
    for place, name in enumerate(names):
        if name in _VALUES and names.count(name) == 1 and place not in {meter, moment}:
            found += _readings(section, meter, moment, place, stamp)
    return found


def _known(headings: list[str]) -> Layout | None:
    try:
        return layout_of(headings, 0)
    except UnreadableFile:
        return None


def _readings(section: Section, meter: int, moment: int | None, value: int, stamp: str) -> list[Body]:
    heading = _VALUES[plain(section.headings[value])]
    unit = "Mvar" if "无功" in heading else "MWh" if "电量" in heading else "MW"
    layout = Layout(0, stamp=1, value=2, value_heading=section.headings[value] if "上网" in heading else heading)
    rows = LongRows(Grid(section.name, iter(())), ["表号", "时间", section.headings[value]], layout, unit)
    for line, cells in section.rows:
        rows.add(line, cells[meter], [cells[meter], stamp if moment is None else cells[moment], cells[value]])
    return [_placed(body, section) for body in rows.bodies()]


def _placed(body: Body, section: Section) -> Body:
    """The lines are the file's, whatever section they stand in."""
    if isinstance(body, ReadingBody):
        return replace(body, place="", ends=False)
    return replace(body, place="")
