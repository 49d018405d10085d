"""What corrections replaced as PostgreSQL's binary COPY rows, packed by numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np

from services.energy.metering.domain.incoming import Int, Values
from services.energy.metering.packing import COPY_END, COPY_HEAD, EPOCH_SHIFT, FLOAT4_OID

REVISION_COLUMNS: Final = (
    "meter_index",
    "quantity",
    "day",
    "revision",
    "receipt_id",
    "recorded_at",
    "slots",
    "before_kw",
)
_INT2_OID: Final = 21
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class RevisionRows:
    """One row a message and day: its values are those from ``start`` to before ``end`` of ``slot`` and ``before``.

    ``part`` says which of ``receipts`` a row came with.
    """

    quantity: int
    meter_index: Int
    day: Int
    revision: Int
    part: Int
    start: Int
    end: Int
    slot: Int
    before: Values
    receipts: Sequence[UUID]
    recorded_at: datetime


def pack_revisions(rows: RevisionRows) -> Iterator[bytes]:
    """A whole binary COPY stream of ``REVISION_COLUMNS``."""
    yield COPY_HEAD
    count = rows.end - rows.start
    receipts = np.array([np.frombuffer(receipt.bytes, "V16")[0] for receipt in rows.receipts], "V16")
    for size in np.unique(count).tolist():
        places = np.flatnonzero(count == size)
        record = np.zeros(len(places), _dtype(size))
        record["fields"] = len(REVISION_COLUMNS)
        for name, width in _SIZES.items():
            record[f"{name}_size"] = width
        record["meter_index"], record["quantity"] = rows.meter_index[places], rows.quantity
        record["day"], record["revision"] = rows.day[places] - EPOCH_SHIFT, rows.revision[places]
        record["receipt_id"] = receipts[rows.part[places]]
        record["recorded_at"] = (rows.recorded_at - _EPOCH) // timedelta(microseconds=1)
        cells = rows.start[places, None] + np.arange(size)
        for name, oid, width, values in (
            ("slots", _INT2_OID, 2, rows.slot),
            ("before_kw", FLOAT4_OID, 4, rows.before),
        ):
            record[f"{name}_size"] = 20 + (4 + width) * size
            array = record[name]
            array["dimensions"], array["oid"], array["length"], array["lower"] = 1, oid, size, 1
            array["cells"]["size"], array["cells"]["value"] = width, values[cells]
        yield record.tobytes()
    yield COPY_END


_SIZES: Final = {
    "meter_index": 4,
    "quantity": 2,
    "day": 4,
    "revision": 4,
    "receipt_id": 16,
    "recorded_at": 8,
}


def _dtype(size: int) -> np.dtype[Any]:
    fields: list[tuple[Any, ...]] = [("fields", ">i2")]
    for name, width in _SIZES.items():
        fields += [(f"{name}_size", ">i4"), (name, "V16" if width == 16 else f">i{width}")]
    for name, kind in (("slots", ">i2"), ("before_kw", ">f4")):
        cell = np.dtype([("size", ">i4"), ("value", kind)])
        head = [(part, ">i4") for part in ("dimensions", "flags", "oid", "length", "lower")]
        fields += [(f"{name}_size", ">i4"), (name, [*head, ("cells", cell, (size,))])]
    return np.dtype(fields)
