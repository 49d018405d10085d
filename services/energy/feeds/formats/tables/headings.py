"""Which column of a table holds what, told by its headings in Chinese or English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.energy.feeds.domain.body import UnreadableFile
from services.energy.feeds.formats.tables import vocabulary as words
from services.energy.feeds.formats.tables.clock import minute_of
from services.energy.feeds.formats.units import is_unit, unit_at_end
from services.energy.metering.domain.slots import INTERVALS, MINUTES_A_DAY, slots_a_day

SLOT_COUNTS: Final = frozenset(slots_a_day(interval) for interval in INTERVALS)

_NUMBERED: Final = re.compile(
    r"(?:p|点|第|v|t|h|hour|hr|val|value|point|电量|功率|负荷|有功|数据)?[_\s]?0*(\d{1,3})(?:点|个点)?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns by what they hold; ``slots`` (one per slot, in order) for wide tables, ``value`` for long ones."""

    meter: int | None = None
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
    told = Layout(
        meter=next((place for group in words.METERS if (place := _find(names, group)) is not None), None),
        date=_find(names, words.DATES),
        unit=_find(names, words.UNITS),
        item=_find(names, words.ITEMS),
        quality=_find(names, words.QUALITIES),
    )
    date = _find(names, words.STAMPS) if told.date is None else told.date
    slots = _slots(cells, names, line, is_certain=date is not None)
    if not slots:
        return _long(cells, names, told)
    if date is None:
        return None
    unit = next((unit for place in slots if (unit := unit_at_end(cells[place]))), "")
    return replace(told, date=date, slots=slots, unit_text=unit)


def _long(cells: Sequence[str], names: Sequence[str], told: Layout) -> Layout | None:
    value = _value(cells, names)
    if value is None:
        return None
    starts, ends = _find(names, words.STARTS), _find(names, words.ENDS)
    stamp = starts if starts is not None else ends if ends is not None else _find(names, words.STAMPS)
    clock, says = _find(names, words.CLOCKS), None
    if stamp is not None and stamp in {starts, ends}:
        says = stamp != starts
    elif clock is None and told.date is not None and stamp is not None:
        # A day and a time beside it: the time is one of the day.
        clock, stamp = stamp, None
    if stamp is None and (told.date is None or clock is None):
        # The only time may be headed as a date: its cells hold both.
        stamp = told.date
        if stamp is None or (told.meter is None and len(names) > 2):
            return None
    unit = unit_at_end(cells[value]) or (cells[value] if is_unit(cells[value]) else "")
    return replace(
        told, clock=clock, stamp=stamp, value=value, ends=says, value_heading=cells[value], unit_text=unit
    )


def _find(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    for name in wanted:
        if name in names:
            return names.index(name)
    return None


def _value(cells: Sequence[str], names: Sequence[str]) -> int | None:
    found = _find(names, words.VALUES)
    if found is not None:
        return found
    for place, cell in enumerate(cells):
        stem = names[place].removesuffix("_" + unit_at_end(cell).casefold())
        if is_unit(cell) or (unit_at_end(cell) and stem in words.VALUES):
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
