"""The shapes of answers: columns into what is dumped as JSON, or into tables."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np
import polars as pl

from services.energy.curves.answers import curve_items
from services.energy.curves.domain import rollup as rollups
from services.energy.curves.domain.asked import AskedMeter
from services.energy.curves.domain.comparison import Comparison, change_of
from services.energy.curves.domain.ranking import By
from services.energy.curves.domain.rollup import Grid, Group
from services.energy.curves.service import MeterDays, Question, Ranking, RankingQuestion, Rollup
from services.energy.metering.domain.completeness import share
from services.energy.metering.domain.expected import expected_on
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import day_number
from services.energy.vee.service.edits import version_of


class CompletenessGroup(StrEnum):
    """What a line of completeness stands for."""

    METER = "meter"
    REGION = "region"
    DAY = "day"


_KEY: Final = {Group.METER: "meter_no", Group.REGION: "region_code", Group.ENTERPRISE: "enterprise_id"}


def rollup_group(group: CompletenessGroup) -> Group:
    """The grouping of meters behind it; days are of all meters together."""
    return {"meter": Group.METER, "region": Group.REGION, "day": Group.TOTAL}[group.value]


def curve_page(found: MeterDays, first: date, last: date, now: datetime) -> dict[str, Any]:
    days, meter = found.days, found.meter
    every = np.arange(day_number(first), day_number(last) + 1)
    expected = int(expected_on(every, meter.life, meter.interval_minutes, meter.offset_minutes, now).sum())
    present = int(days.present.sum())
    return {
        "meter_no": meter.meter_no,
        "unit": meter.unit,
        "items": curve_items(found, now),
        "energy_kwh": float(days.energy_kwh.sum()) if present else None,
        "present": present,
        "expected": expected,
        "measured": int(np.count_nonzero(days.quality == Quality.MEASURED)),
        "estimated": int(np.count_nonzero(days.quality == Quality.ESTIMATED)),
        "edited": int(np.count_nonzero(days.quality == Quality.EDITED)),
        "completeness": share(present, expected),
        "next_cursor": None,
    }


def day_version(found: MeterDays) -> str:
    """What the ETag of a day says."""
    if not len(found.days):
        slots = found.meter.slots
        return version_of(np.full(slots, np.nan, np.float32), np.zeros(slots, np.uint8), 0)
    return version_of(found.days.values[0], found.days.quality[0], int(found.days.revision[0]))


def day_item(found: MeterDays, day: date, now: datetime) -> dict[str, Any]:
    """One day; all null where there is no value."""
    if len(found.days):
        return curve_items(found, now)[0]
    meter = found.meter
    number = np.array([day_number(day)])
    expected = int(expected_on(number, meter.life, meter.interval_minutes, meter.offset_minutes, now)[0])
    counts = dict.fromkeys(("present", "measured", "estimated", "edited", "revision"), 0)
    return {
        "date": day.isoformat(),
        "interval_minutes": meter.interval_minutes,
        "values": [None] * meter.slots,
        "quality": [Quality.MISSING.label] * meter.slots,
        "energy_kwh": None,
        "peak_kw": None,
        "expected": expected,
        "completeness": share(0, expected),
        "revisions": [],
        **counts,
    }


def curves_page(found: list[MeterDays], cursor: str | None, now: datetime) -> dict[str, Any]:
    items = [
        {"meter_no": each.meter.meter_no, "unit": each.meter.unit, "items": curve_items(each, now)}
        for each in found
    ]
    return {"items": items, "next_cursor": cursor}


def comparison(meter: AskedMeter, found: Comparison) -> dict[str, Any]:
    energy, reference = found.energy()
    compared = found.compared
    dates = np.datetime_as_string(found.day.astype("datetime64[D]")).tolist()
    beside = np.datetime_as_string(found.reference_day.astype("datetime64[D]")).tolist()
    some = int(compared.sum()) > 0
    total = float(np.nansum(energy)) if some else np.nan
    before = float(np.nansum(reference)) if some else np.nan
    return {
        "meter_no": meter.meter_no,
        "unit": meter.unit,
        "interval_minutes": meter.interval_minutes,
        "items": [
            {
                "date": dates[row],
                "reference_date": beside[row],
                "values": found.values[row],
                "reference_values": found.reference[row],
                "compared": compared[row],
                "energy_kwh": energy[row],
                "reference_energy_kwh": reference[row],
                "change": change_of(energy[row], reference[row]),
            }
            for row in range(len(found.day))
        ],
        "compared": compared.sum(),
        "slots": found.values.size,
        "energy_kwh": total,
        "reference_energy_kwh": before,
        "change": change_of(total, before),
    }


def _columns(grid: Grid) -> dict[str, Any]:
    return {
        "energy_kwh": grid.energy_kwh,
        "peak_kw": grid.peak_kw,
        "present": grid.present,
        "expected": grid.expected,
        "measured": grid.present - grid.estimated - grid.edited,
        "estimated": grid.estimated,
        "edited": grid.edited,
        "completeness": grid.completeness,
    }


def _line(columns: dict[str, Any], line: int) -> dict[str, Any]:
    return {name: column[line] for name, column in columns.items()}


def _scalars(columns: dict[str, Any], line: int) -> dict[str, Any]:
    return {name: column[line, 0] for name, column in columns.items()}


def rollup_page(found: Rollup, question: Question) -> dict[str, Any]:
    columns, totals = _columns(found.grid), _columns(found.grid.total())
    key = _KEY.get(question.group)
    return {
        "interval": question.interval,
        "group": question.group,
        "quantity": question.quantity,
        "periods": rollups.names_of(question.interval, found.edges),
        "items": [
            ({} if key is None else {key: name})
            | {"meters": found.meters[line], **_line(columns, line), "total": _scalars(totals, line)}
            for line, name in enumerate(found.keys)
        ],
        "next_cursor": found.next_cursor,
    }


def rollup_frame(found: Rollup, question: Question) -> pl.DataFrame:
    """One row a line and period."""
    lines, periods = found.grid.present.shape
    names = rollups.names_of(question.interval, found.edges)
    columns = {
        _KEY.get(question.group, "group"): pl.Series(list(found.keys), dtype=pl.String).gather(
            np.repeat(np.arange(lines), periods)
        ),
        "period": names * lines,
    }
    for name, column in _columns(found.grid).items():
        columns[name] = pl.Series(column.ravel(), nan_to_null=True)
    return pl.DataFrame(columns)


def _ranked(found: Ranking) -> list[dict[str, Any]]:
    columns = _columns(found.total)
    before = None if found.before is None else _columns(found.before)
    items = []
    for number, place in enumerate(found.ranked.place.tolist()):
        meter = found.meters[place]
        reference = {} if before is None else _scalars(before, place)
        items.append(
            {
                "rank": number + 1,
                "meter_no": meter.meter_no,
                "region_code": meter.region_code,
                "enterprise_id": None if meter.enterprise_id is None else str(meter.enterprise_id),
                **_scalars(columns, place),
                "reference_energy_kwh": reference.get("energy_kwh"),
                "reference_completeness": reference.get("completeness"),
            }
        )
    return items


def ranking(found: Ranking, question: RankingQuestion) -> dict[str, Any]:
    items = _ranked(found)
    for item, measure in zip(items, found.ranked.measure.tolist(), strict=True):
        item["change"] = round(measure, 6) if question.by is By.CHANGE else None
    return {
        "by": question.by,
        "quantity": question.quantity,
        "meters": len(found.meters),
        "left_out": found.left_out,
        "items": items,
    }


def ranking_frame(found: Ranking) -> pl.DataFrame:
    """One row a meter; ``measure`` is what it is ranked by."""
    items = [
        item | {"measure": measure}
        for item, measure in zip(_ranked(found), found.ranked.measure.tolist(), strict=True)
    ]
    return pl.DataFrame(items, infer_schema_length=None)


def completeness(found: Rollup, group: CompletenessGroup) -> dict[str, Any]:
    grid = found.grid
    if group is CompletenessGroup.DAY:
        columns, lines = _columns(grid), range(grid.present.shape[1])
        names = rollups.names_of(rollups.Interval.DAY, found.edges)
        items = [
            {"date": names[day]} | {name: column[0, day] for name, column in columns.items() if len(column)}
            for day in lines
        ]
    else:
        key = _KEY[rollup_group(group)]
        columns = _columns(grid.total())
        items = [{key: name} | _scalars(columns, line) for line, name in enumerate(found.keys)]
    for item in items:
        item.pop("peak_kw", None)
    present, expected = int(grid.present.sum()), int(grid.expected.sum())
    estimated, edited = int(grid.estimated.sum()), int(grid.edited.sum())
    return {
        "items": items,
        "next_cursor": found.next_cursor,
        "present": present,
        "expected": expected,
        "measured": present - estimated - edited,
        "estimated": estimated,
        "edited": edited,
        "completeness": share(present, expected),
        "energy_kwh": float(np.nansum(grid.energy_kwh)) if present else None,
    }
