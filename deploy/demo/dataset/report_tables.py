"""The synthesised reports as tables that the import takes, a month each, and what their rows sum to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.economy import CONFIRMATION, EMPLOYEES, FIRST, FLOWS, LAST, UNITS, by_name, years
from deploy.demo.dataset.registry import CITY


def reported_months() -> tuple[date, ...]:
    count = (LAST.year - FIRST.year) * 12 + LAST.month - FIRST.month + 1
    return tuple(
        date(FIRST.year + (FIRST.month - 1 + n) // 12, (FIRST.month - 1 + n) % 12 + 1, 1) for n in range(count)
    )


def table(month: date, *, leave_out: Sequence[str] = ()) -> str:
    """The month's reports as a table for the import: each value of the month and of the year so far."""
    head = ["credit_code", "confirmation"]
    for what in (*FLOWS, EMPLOYEES):
        unit = UNITS.get(what, "yuan")
        head.append(f"{what}(month)({unit})")
        if what != EMPLOYEES:
            head.append(f"{what}(cumulative)({unit})")
    lines = [",".join(head)]
    left_out = {by_name(name).credit_code for name in leave_out}
    for one in enterprises.REPORTING:
        if one.credit_code not in left_out:
            year = years()[one.credit_code][month.year]
            cells = [one.credit_code, CONFIRMATION]
            for what in FLOWS:
                cells += [str(year[what][month.month - 1]), str(sum(year[what][: month.month]))]
            lines.append(",".join([*cells, str(year[EMPLOYEES][month.month - 1])]))
    return "\n".join(lines)


def total(what: str, region: str, month: date, *, cumulative: bool = True) -> int:
    """What the rows of a region sum to, for tests and for whoever wants to check."""
    first = 0 if cumulative else month.month - 1
    return sum(
        sum(years()[one.credit_code][month.year][what][first : month.month])
        for one in enterprises.REPORTING
        if one.region_code.startswith(region.rstrip("0") if region == CITY else region)
    )
