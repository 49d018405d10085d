"""Columns as JSON, CSV and Arrow, straight from numpy: no object a value, no model a row.

JSON numbers are the shortest that read back to the same float32; NaN is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from io import BytesIO
from typing import Any, Final

import numpy as np
import orjson
import polars as pl
from fastapi import Request, Response

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.web.problems import NotAcceptable
from services.energy.curves.domain.rollup import shares
from services.energy.curves.service import MeterDays
from services.energy.metering.domain.expected import expected_on
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, day_number


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"


MEDIA_TYPES: Final = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}
_BY_MEDIA: Final = {
    "application/json": Format.JSON,
    "text/csv": Format.CSV,
    "application/vnd.apache.arrow.stream": Format.ARROW,
    "application/*": Format.JSON,
    "text/*": Format.CSV,
    "*/*": Format.JSON,
}
_LABELS: Final = [f'"{quality.label}"'.encode() for quality in Quality]
_ALL: Final = {
    (quality, slots): orjson.Fragment(b"[" + b",".join([_LABELS[quality]] * slots) + b"]")
    for quality in Quality
    for slots in (24, 48, 96, 288)
}
_OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z


def format_of(request: Request, chosen: Format | None) -> Format:
    """The parameter decides, else ``Accept`` in its order. Raises NotAcceptable."""
    if chosen is not None:
        return chosen
    accept = request.headers.get("accept")
    if accept is None:
        return Format.JSON
    for part in accept.split(","):
        found = _BY_MEDIA.get(part.partition(";")[0].strip().lower())
        if found is not None:
            return found
    raise NotAcceptable


def json_response(content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    body = orjson.dumps(content, option=_OPTIONS)
    return Response(body, media_type=MEDIA_TYPES[Format.JSON], headers=dict(headers or {}))


async def table_response(
    ctx: Context, request: Request, what: str, frame: pl.DataFrame, format_: Format, headers: Mapping[str, str]
) -> Response:
    """A table that leaves the service as a file, and the record of it."""
    asked = dict(request.query_params.multi_items()) | dict(request.path_params)
    await audit(ctx, "export", what, "", {"format": format_.value, "rows": frame.height, "query": asked})
    return _frame_response(frame, format_, headers)


def _frame_response(frame: pl.DataFrame, format_: Format, headers: Mapping[str, str]) -> Response:
    """A table as CSV (with a BOM, so that spreadsheets read Chinese) or as an Arrow stream."""
    buffer = BytesIO()
    if format_ is Format.CSV:
        frame.write_csv(buffer, include_bom=True, date_format="%Y-%m-%d")
    else:
        frame.write_ipc_stream(buffer)
    return Response(buffer.getvalue(), media_type=MEDIA_TYPES[format_], headers=dict(headers))


def labels_of(quality: Any) -> orjson.Fragment:
    """One row's qualities as a JSON array."""
    first = int(quality[0])
    if (quality == first).all():
        return _ALL[Quality(first), len(quality)]
    return orjson.Fragment(b"[" + b",".join([_LABELS[code] for code in quality.tolist()]) + b"]")


def curve_items(found: MeterDays, now: Any) -> list[dict[str, Any]]:
    """One entry a day that has a value; revisions beside the day they changed."""
    days, meter = found.days, found.meter
    if not len(days):
        return []
    expected = _expected(found, now)
    completeness = shares(days.present, expected)
    by_day: dict[int, list[dict[str, Any]]] = {}
    for item in found.revisions:
        by_day.setdefault(day_number(item.day), []).append(
            {
                "revision": item.revision,
                "recorded_at": item.recorded_at,
                "receipt_id": str(item.receipt_id),
                "slots": item.slots,
                "before_kw": item.before_kw,
            }
        )
    counts = {
        quality: np.count_nonzero(days.quality == quality, axis=1).tolist()
        for quality in (Quality.MEASURED, Quality.ESTIMATED, Quality.EDITED)
    }
    dates = np.datetime_as_string(days.day.astype("datetime64[D]")).tolist()
    return [
        {
            "date": dates[row],
            "interval_minutes": meter.interval_minutes,
            "values": days.values[row],
            "quality": labels_of(days.quality[row]),
            "energy_kwh": days.energy_kwh[row],
            "peak_kw": days.peak_kw[row],
            "present": days.present[row],
            "expected": expected[row],
            "measured": counts[Quality.MEASURED][row],
            "estimated": counts[Quality.ESTIMATED][row],
            "edited": counts[Quality.EDITED][row],
            "completeness": completeness[row],
            "revision": days.revision[row],
            "revisions": by_day.get(int(days.day[row]), []),
        }
        for row in range(len(days))
    ]


def _expected(found: MeterDays, now: Any) -> Int:
    meter = found.meter
    return expected_on(found.days.day, meter.life, meter.interval_minutes, meter.offset_minutes, now)


def curve_frame(found: Sequence[MeterDays]) -> pl.DataFrame:
    """One row a slot of the days that have a value; ``at`` is the start of the slot."""
    frames = [_one_frame(each) for each in found if len(each.days)]
    if not frames:
        return pl.DataFrame(schema=_CURVE_SCHEMA)
    return pl.concat(frames)


_QUALITY: Final = pl.Enum([quality.label for quality in Quality])
_QUALITIES: Final = pl.Series([quality.label for quality in Quality], dtype=_QUALITY)
_CURVE_SCHEMA: Final[dict[str, Any]] = {
    "meter_no": pl.String,
    "at": pl.Datetime("ms", "UTC"),
    "value_kw": pl.Float32,
    "quality": _QUALITY,
}


def _one_frame(found: MeterDays) -> pl.DataFrame:
    meter, days = found.meter, found.days
    slot = np.arange(days.slots) * meter.interval_minutes
    minutes = (days.day * MINUTES_A_DAY - meter.offset_minutes)[:, None] + slot
    return pl.DataFrame(
        {
            "meter_no": pl.repeat(meter.meter_no, days.values.size, eager=True),
            "at": pl.Series(minutes.ravel() * 60_000).cast(pl.Datetime("ms", "UTC")),
            "value_kw": pl.Series(days.values.ravel(), nan_to_null=True),
            "quality": _QUALITIES.gather(days.quality.ravel()),
        }
    )
