"""When a case will be finished, and which of its matters decide that: the critical path over working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from libs.common.workdays import WorkCalendar
from services.projects.environment.domain.cases import DONE, Item, Items, ItemStatus, in_order


@dataclass(frozen=True, slots=True)
class Expected:
    """A matter's expected days; real ones where it has started or finished.

    ``slack_days`` are the working days by which it may slip before the case does; None for what is done.
    """

    key: str
    start_on: date
    finish_on: date
    slack_days: int | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """``critical`` are the keys of the longest chain to the end, in order. ``percent`` counts matters done."""

    finish_on: date
    critical: tuple[str, ...]
    expected: dict[str, Expected]
    percent: int


def schedule(items: Items, today: date, calendar: WorkCalendar) -> Schedule:
    """The case from today's view: documents are taken to come in at once, each unit to need what it promised.

    What is overdue is expected on the next working day. Raises UnknownCalendarYear.
    """
    live = {key: item for key, item in items.items() if item.status is not ItemStatus.DROPPED}
    spans: dict[str, tuple[date, date]] = {}
    for item in in_order(items):
        if item.key in live:
            spans[item.key] = _span(item, items, spans, today, calendar)
    finish_on = max((finish for _, finish in spans.values()), default=today)
    latest = _latest(items, spans, finish_on, calendar)
    expected = {
        key: Expected(
            key,
            *spans[key],
            None if item.status in DONE else calendar.working_days_between(spans[key][1], latest[key]),
        )
        for key, item in live.items()
    }
    done = sum(item.status in DONE for item in live.values())
    percent = 100 if not live else done * 100 // len(live)
    return Schedule(finish_on, _chain(items, spans), expected, percent)


def _span(
    item: Item, items: Items, spans: dict[str, tuple[date, date]], today: date, calendar: WorkCalendar
) -> tuple[date, date]:
    if item.started_on is not None:
        if item.finished_on is not None:
            return item.started_on, item.finished_on
        due_on = calendar.add_working_days(item.started_on, item.promised_days)
        return item.started_on, due_on if due_on >= today else calendar.next_working_day(today)
    # A matter that was dropped holds nobody up any more; what it waited for did not wait for it.
    before = [spans[key][1] for key in item.depends_on if key in spans and items[key].status not in DONE]
    start = max([today, *before])
    return start, calendar.add_working_days(start, item.promised_days)


def _latest(
    items: Items, spans: dict[str, tuple[date, date]], finish_on: date, calendar: WorkCalendar
) -> dict[str, date]:
    """The latest day on which each matter may end without moving the end of the case."""
    latest: dict[str, date] = {}
    for item in reversed(in_order(items)):
        if item.key not in spans:
            continue
        followers = [
            other for other in items.values() if item.key in other.depends_on and other.status not in DONE
        ]
        starts = [
            calendar.add_working_days(latest[other.key], -other.promised_days)
            for other in followers
            if other.started_on is None and other.key in latest
        ]
        latest[item.key] = min([finish_on, *starts])
    return latest


def _chain(items: Items, spans: dict[str, tuple[date, date]]) -> tuple[str, ...]:
    """From the matter that ends last back to the one that began it all."""
    if not spans:
        return ()
    key = max(spans, key=lambda name: (spans[name][1], name))
    chain = [key]
    while before := [name for name in items[key].depends_on if name in spans]:
        key = max(before, key=lambda name: (spans[name][1], name))
        chain.append(key)
    return tuple(reversed(chain))
