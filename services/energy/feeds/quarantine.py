"""Rows for the quarantine, and rows from it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from libs.common.context import Context
from libs.common.security.principal import Principal, Role
from services.energy.feeds.domain.body import Body, CurveBody, Header, ReadingBody
from services.energy.feeds.tables import QuarantineRow

CURVES: Final = "curves"
READINGS: Final = "readings"


def set_aside(
    ctx: Context, receipt_id: UUID, body: Body, meter_no: str, places: list[int], facts: dict[str, Any]
) -> QuarantineRow:
    """The rows of an unknown meter; ``facts``: unit, interval_minutes, rank and source of the body."""
    principal = ctx.principal
    return QuarantineRow(
        id=ctx.new_id(),
        receipt_id=receipt_id,
        meter_no=meter_no,
        kind=CURVES if isinstance(body, CurveBody) else READINGS,
        status="kept",
        readings=_readings_in(body, places),
        content=msgspec.json.encode(_facts_of(body) | {"rows": _rows_in(body, places)}),
        subject=principal.subject,
        role=principal.role.value,
        region_code=principal.region_code,
        enterprise_id=principal.enterprise_id,
        meter_nos=None if principal.meter_nos is None else sorted(principal.meter_nos),
        received_at=ctx.now,
        **facts,
    )


def _facts_of(body: Body) -> dict[str, Any]:
    """What the rows alone do not say, as far as it is not usual."""
    facts: dict[str, Any] = {"quantity": body.header.quantity, "kind": body.header.kind, "zone": body.header.zone}
    if isinstance(body, CurveBody):
        facts["offset_minutes"] = body.offset_minutes
    else:
        facts |= {"ends": body.ends or None, "local": body.local or None}
    return {name: value for name, value in facts.items() if value is not None}


def _readings_in(body: Body, places: list[int]) -> int:
    if isinstance(body, ReadingBody):
        return len(places)
    values = body.values[places]
    return int(np.count_nonzero(~np.isnan(values)))


def _rows_in(body: Body, places: list[int]) -> list[list[Any]]:
    """Rows as [stamp or date, value(s), quality]; NaN becomes null."""
    keys = body.dates if isinstance(body, CurveBody) else body.stamps
    return [
        [keys[place], body.values[place].tolist(), None if body.qualities is None else body.qualities[place]]
        for place in places
    ]


def principal_of(row: QuarantineRow) -> Principal:
    """The reach of the caller who delivered the row."""
    return Principal(
        subject=row.subject,
        role=Role(row.role),
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        meter_nos=None if row.meter_nos is None else frozenset(row.meter_nos),
    )


def body_of(row: QuarantineRow) -> Body:
    """The rows as they came."""
    content = msgspec.json.decode(row.content)
    # Rows of the first releases stand without facts around them.
    facts: dict[str, Any] = {} if isinstance(content, list) else content
    rows: list[list[Any]] = content if isinstance(content, list) else facts.pop("rows")
    header = Header(
        quantity=facts.pop("quantity", None), kind=facts.pop("kind", None), zone=facts.pop("zone", None)
    )
    keys = [item[0] for item in rows]
    meter_nos = [row.meter_no] * len(rows)
    lines: NDArray[np.int64] = np.arange(1, len(rows) + 1)
    values = np.array([item[1] for item in rows], np.float64)
    qualities = [item[2] for item in rows] if any(item[2] is not None for item in rows) else None
    if row.kind == CURVES:
        return CurveBody(header, meter_nos, keys, values, lines, qualities, pointer_prefix="/", **facts)
    return ReadingBody(header, meter_nos, keys, values, lines, qualities, pointer_prefix="/", **facts)
