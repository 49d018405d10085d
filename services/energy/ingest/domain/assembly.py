"""From the blocks of several records to columns in the order of the log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.energy.feeds.domain.block import CurveRows, PointRows, Section
from services.energy.metering.domain.incoming import CurvePatches, Incoming, PointPatches, Qualities, Values

# A record holds fewer rows than this, so (record, row) makes one rising number.
_ROWS_A_RECORD = 1 << 32


def assemble(records: Sequence[Sequence[Section]]) -> list[Incoming]:
    """Group the sections of the records, which come in the order of the log, by quantity and slots.

    Within one record single readings are put in order of time, curves first: a client may send a body's lines in
    any order. That depends on the record alone, never on how records are batched. Registers are no readings of
    slots: see ``register_parts``.
    """
    curves: dict[tuple[int, int], list[CurvePatches]] = {}
    points: dict[tuple[int, int], list[PointPatches]] = {}
    for part, sections in enumerate(records):
        order = part * _ROWS_A_RECORD
        for section in sections:
            group = (section.quantity, section.slots)
            if isinstance(section, CurveRows):
                curves.setdefault(group, []).append(_curves(section, part, order))
                order += len(section.meter_index)
        for section in sections:
            group = (section.quantity, section.slots)
            if isinstance(section, PointRows):
                points.setdefault(group, []).append(_points(section, part, order))
                order += len(section.meter_index)
    return [
        Incoming(
            quantity=quantity,
            slots=slots,
            parts=len(records),
            curves=_joined_curves(curves.get((quantity, slots), []), slots),
            points=_joined_points(points.get((quantity, slots), [])),
        )
        for quantity, slots in sorted(curves.keys() | points.keys())
    ]


def _curves(section: CurveRows, part: int, order: int) -> CurvePatches:
    rows = len(section.meter_index)
    values, quality = _normal(section.values, section.quality)
    return CurvePatches(
        meter_index=section.meter_index.astype(np.int64),
        day=section.day.astype(np.int64),
        values=values,
        quality=quality,
        rank=np.full(rows, section.rank, np.int64),
        part=np.full(rows, part, np.int64),
        order=np.arange(order, order + rows, dtype=np.int64),
    )


def _points(section: PointRows, part: int, order: int) -> PointPatches:
    values, quality = _normal(section.values, section.quality)
    meter_index, day, slot = (
        column.astype(np.int64) for column in (section.meter_index, section.day, section.slot)
    )
    time = day * section.slots + slot
    # Most bodies hold one time, or rising ones.
    is_rising = bool((time[1:] >= time[:-1]).all())
    if not is_rising or not quality.all():
        rows = np.arange(len(time)) if is_rising else np.argsort(time, kind="stable")
        rows = rows[quality[rows] != 0]
        meter_index, day, slot, values, quality = (
            column[rows] for column in (meter_index, day, slot, values, quality)
        )
    return PointPatches(
        meter_index=meter_index,
        day=day,
        slot=slot,
        values=values,
        quality=quality,
        rank=np.full(len(day), section.rank, np.int64),
        part=np.full(len(day), part, np.int64),
        order=np.arange(order, order + len(day), dtype=np.int64),
    )


def _normal(values: Values, quality: Qualities | None) -> tuple[Values, Qualities]:
    """A value is there exactly when its quality is not 0."""
    absent = np.isnan(values)
    if quality is None:
        return values, (~absent).astype(np.uint8)
    absent |= quality == 0
    return np.where(absent, np.float32(np.nan), values), np.where(absent, np.uint8(0), quality)


def _joined_curves(pieces: list[CurvePatches], slots: int) -> CurvePatches:
    if len(pieces) == 1:
        return pieces[0]
    none = np.zeros(0, np.int64)
    if not pieces:
        return CurvePatches(
            none, none, np.zeros((0, slots), np.float32), np.zeros((0, slots), np.uint8), none, none, none
        )
    return CurvePatches(
        np.concatenate([piece.meter_index for piece in pieces]),
        np.concatenate([piece.day for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate([piece.quality for piece in pieces]),
        np.concatenate([piece.rank for piece in pieces]),
        np.concatenate([piece.part for piece in pieces]),
        np.concatenate([piece.order for piece in pieces]),
    )


def _joined_points(pieces: list[PointPatches]) -> PointPatches:
    if len(pieces) == 1:
        return pieces[0]
    none = np.zeros(0, np.int64)
    if not pieces:
        return PointPatches(none, none, none, np.zeros(0, np.float32), np.zeros(0, np.uint8), none, none, none)
    return PointPatches(
        np.concatenate([piece.meter_index for piece in pieces]),
        np.concatenate([piece.day for piece in pieces]),
        np.concatenate([piece.slot for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
        np.concatenate([piece.quality for piece in pieces]),
        np.concatenate([piece.rank for piece in pieces]),
        np.concatenate([piece.part for piece in pieces]),
        np.concatenate([piece.order for piece in pieces]),
    )
