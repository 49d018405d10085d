"""A plan, and the empty tables to fill in, as CSV and XLSX."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from libs.common.sheets.writing import Row, Value, csv_of, xlsx_of
from services.energy.curtailment.domain import wording
from services.energy.curtailment.domain.plan import QuotaUnit
from services.energy.curtailment.domain.sheet import PLAN_COLUMNS, Names
from services.energy.curtailment.domain.users import TIER_NAMES, Measure
from services.energy.curtailment.plan_repository import EntryRow

_BATCH: Final = 500


def headings(names: Names, language: str) -> list[str]:
    """Column names of the template in the language; an import reads either."""
    return [known[1 if language == "zh-CN" else 0] for known in names.values()]


def lines(rows: Sequence[EntryRow], language: str) -> list[Row]:
    """Rows of a plan as its table has them: what is exported can be imported."""
    return [_line(row, language) for row in rows]


def _line(row: EntryRow, language: str) -> Row:
    entry, user = row
    words = wording.MEASURES[Measure(entry.measure)]
    is_percent = entry.quota_unit == QuotaUnit.PERCENT
    values: dict[str, Value] = {
        "credit_code": user.code,
        "name": user.name,
        "tier": TIER_NAMES[entry.tier],
        "measure": words[0] if language == "zh-CN" else entry.measure,
        "quota_kw": None if is_percent else entry.quota,
        "quota_mw": None,
        "quota_percent": entry.quota if is_percent else None,
        "rotation_group": entry.rotation_group,
        "note": entry.note or None,
    }
    return [values[name] for name in PLAN_COLUMNS]


def written(is_workbook: bool, sheet: str, titles: Sequence[str], rows: Sequence[Row]) -> AsyncIterator[bytes]:
    """The table, in pieces."""
    return xlsx_of(sheet, titles, _batches(rows)) if is_workbook else csv_of(titles, _batches(rows))


async def _batches(rows: Sequence[Row]) -> AsyncIterator[Sequence[Row]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
