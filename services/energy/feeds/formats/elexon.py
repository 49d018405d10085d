"""Elexon Insights (Great Britain): settled half hours and outturns, as JSON or CSV; and what its BMRS told before.

A row names its settlement date and period; period 1 begins at midnight in London, so the days on which clocks
change have 46 and 50 periods. Five-minute data have their start instead. Forecasts and prices are no readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from services.energy.feeds.domain.body import Body, Header, UnreadableFile
from services.energy.feeds.formats import elexon_legacy
from services.energy.feeds.formats.channels import channel_of
from services.energy.feeds.formats.series import Collector, Series
from services.energy.feeds.formats.tables.grid import text_grid
from services.energy.feeds.formats.units import EXPORT, IMPORT

LONDON: Final = ZoneInfo("Europe/London")
_HEAD: Final = 4096
_LEGACY_HEAD: Final = 65536
_HALF_HOUR: Final = timedelta(minutes=30)
_JSON: Final = re.compile(rb'"settlement(?:Date|Period)"', re.IGNORECASE)
_CSV: Final = re.compile(rb"(?:^|[,\"])settlement ?(?:date|period)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Dataset:
    """Where the value and the channel stand; ``quantity`` of a positive value."""

    value: str
    unit: str
    quantity: str
    by: str = ""
    minutes: int = 30


_DATASETS: Final = {
    "INDO": _Dataset("demand", "MW", IMPORT),
    "ITSDO": _Dataset("demand", "MW", IMPORT),
    "ATL": _Dataset("quantity", "MW", IMPORT),
    "B0610": _Dataset("quantity", "MW", IMPORT),
    "FUELHH": _Dataset("generation", "MW", EXPORT, "fueltype"),
    "FUELINST": _Dataset("generation", "MW", EXPORT, "fueltype", 5),
    "AGPT": _Dataset("quantity", "MW", EXPORT, "psrtype"),
    "B1620": _Dataset("quantity", "MW", EXPORT, "psrtype"),
    "AGWS": _Dataset("quantity", "MW", EXPORT, "psrtype"),
    "B1630": _Dataset("quantity", "MW", EXPORT, "psrtype"),
    # The metered volume of the half hour.
    "B1610": _Dataset("quantity", "MWh", EXPORT, "bmunit"),
}


def sniff(head: bytes) -> bool:
    """Whether the body begins like an answer of the Insights service."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if elexon_legacy.sniff(head):
        return True
    if text[:1] in {b"{", b"["}:
        return _JSON.search(text[:_HEAD]) is not None
    return _CSV.search(text.split(b"\n", 1)[0]) is not None


def parse(body: bytes) -> list[Body]:
    """Readings by dataset. Raises UnreadableFile."""
    collector = Collector()
    newest = ""
    for line, row in elexon_legacy.rows(body) if elexon_legacy.sniff(body[:_LEGACY_HEAD]) else _rows(body):
        for one in _split(row):
            _take(line, one, collector)
        newest = max(newest, _text(row, "publishtime"))
    if newest:
        collector.header = Header(created_at=newest if _has_zone(newest) else newest + "Z")
    return collector.bodies()


def _rows(body: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their names in lower case; the line of a JSON row is its place from 1."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in {b"{", b"["}:
        try:
            document = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableFile("json.malformed", reason=str(error)[:200]) from error
        rows = document.get("data") if isinstance(document, dict) else document
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UnreadableFile("elexon.rows_missing")
        for number, row in enumerate(rows, 1):
            yield from ((number, one) for one in _flat({_plain(name): value for name, value in row.items()}))
        return
    names: list[str] | None = None
    for line, cells in text_grid(body).rows:
        if names is None:
            names = [_plain(cell) for cell in cells]
            continue
        if len(cells) != len(names):
            # A short line is the end of a file that was cut off.
            raise UnreadableFile("elexon.line_broken", line, count=len(cells), expected=len(names))
        yield line, dict(zip(names, cells, strict=True))


def _flat(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row that holds the parts of one period as a list, one row for each."""
    parts = row.get("data")
    if not isinstance(parts, list):
        yield row
        return
    own = {name: value for name, value in row.items() if name != "data"}
    for part in parts:
        if not isinstance(part, dict):
            raise UnreadableFile("elexon.rows_missing")
        yield own | {_plain(name): value for name, value in part.items()}


def _split(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows that name no dataset and hold two values are of two."""
    if "dataset" not in row and "initialdemandoutturn" in row:
        yield row | {"dataset": "INDO", "demand": row["initialdemandoutturn"]}
        if "initialtransmissionsystemdemandoutturn" in row:
            yield row | {"dataset": "ITSDO", "demand": row["initialtransmissionsystemdemandoutturn"]}
        return
    yield row


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _take(line: int, row: dict[str, Any], collector: Collector) -> None:
    name = _text(row, "dataset").upper() or _guess(row)
    dataset = _DATASETS.get(name)
    if dataset is None:
        collector.refuse(line, "/dataset", "elexon.dataset_unknown", dataset=name[:40])
        return
    part = _text(row, dataset.by) if dataset.by else ""
    if dataset.by and not part:
        collector.refuse(line, f"/{dataset.by}", "elexon.channel_missing", field=dataset.by)
        return
    value = _text(row, dataset.value)
    if not value or value.casefold() in {"null", "nan"}:
        return
    try:
        number = float(value)
    except ValueError:
        collector.refuse(line, f"/{dataset.value}", "xml.number_malformed", text=value[:40])
        return
    start = _start(row, dataset)
    if start is None:
        collector.refuse(line, "/settlementPeriod", "elexon.period_malformed")
        return
    channel = channel_of(part) if dataset.by == "bmunit" else channel_of(name, part)
    series = Series(_text(row, "unit") or dataset.unit, dataset.quantity, None, dataset.minutes)
    collector.add(series, channel, start.strftime("%Y-%m-%dT%H:%M:%SZ"), number, line)


def _guess(row: dict[str, Any]) -> str:
    """Some answers leave out the name of the dataset; the columns tell it where they are of one only."""
    if "bmunit" in row and "quantity" in row:
        return "B1610"
    if "fueltype" in row and "generation" in row:
        return "FUELHH"
    if "psrtype" in row and "quantity" in row:
        return "AGPT"
    if "quantity" in row and "settlementperiod" in row:
        return "ATL"
    return ""


def _start(row: dict[str, Any], dataset: _Dataset) -> datetime | None:
    day, period = _text(row, "settlementdate"), _text(row, "settlementperiod")
    stamp = _text(row, "starttime")
    try:
        if dataset.minutes == 30 and day and period:
            begins = datetime.combine(date.fromisoformat(day[:10]), time(), LONDON)
            ends = datetime.combine(begins.date() + timedelta(days=1), time(), LONDON)
            start = begins.astimezone(UTC) + (int(period) - 1) * _HALF_HOUR
            return start if int(period) >= 1 and start < ends.astimezone(UTC) else None
        if not stamp:
            end = datetime.fromisoformat(_text(row, "halfhourendtime"))
            return (end if end.tzinfo else end.replace(tzinfo=UTC)).astimezone(UTC) - _HALF_HOUR
        instant = datetime.fromisoformat(stamp)
    except (ValueError, OverflowError):
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def _has_zone(stamp: str) -> bool:
    return stamp.endswith("Z") or re.search(r"[+-]\d{2}:?\d{2}$", stamp) is not None
