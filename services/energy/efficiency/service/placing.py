"""Storing an entry that holds in a region for a time; see libs.common.validity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.validity import DatedT, succession
from libs.common.web.problems import FieldError
from services.energy.efficiency.errors import EntryNotOrdered, EntryOverlaps, EverywhereForbidden
from services.energy.efficiency.tables import DatedRow

RowT = TypeVar("RowT", bound=DatedRow)


def demand_reach(ctx: Context, region_code: str | None) -> None:
    """Raises NotFound for a region out of reach, EverywhereForbidden: who is bound to a region names one."""
    if region_code is not None:
        ensure_region(ctx.principal, region_code)
    elif not ctx.principal.is_unbound:
        raise EverywhereForbidden(errors=[FieldError("efficiency.region_required", "/region_code")])


def place(
    ctx: Context,
    table: type[RowT],
    rows: Sequence[RowT],
    new: DatedT,
    *,
    value_of: Callable[[RowT], DatedT],
) -> tuple[RowT, list[RowT]]:
    """Put ``new`` among the rows of its key and region, whose lock the caller holds.

    Answers its row, and all that changed. Rows that end sooner by it get a new version.
    Raises EntryNotOrdered, EntryOverlaps.
    """
    by_start = {row.valid_from: row for row in rows}
    changed: list[RowT] = []
    known = [value_of(row) for row in rows]
    for placed in succession(known, new, not_ordered=EntryNotOrdered, overlap=EntryOverlaps):
        row = by_start.get(placed.valid_from)
        if row is None:
            stamps: dict[str, Any] = {"version": 1, "changed_at": ctx.now, "changed_by": ctx.principal.subject}
            row = table(id=ctx.new_id(), **stamps, **columns_of(placed))
            ctx.session.add(row)
            by_start[placed.valid_from] = row
        elif value_of(row) != placed:
            for name, column in columns_of(placed).items():
                setattr(row, name, column)
            row.advance(ctx.now, ctx.principal.subject)
        else:
            continue
        changed.append(row)
    return by_start[new.valid_from], changed


def columns_of(value: Any) -> dict[str, Any]:
    """A value's fields as columns: enumerations by values, tuples as JSON."""
    return {spec.name: _column(getattr(value, spec.name)) for spec in fields(value)}


def _column(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_column(item) for item in value]
    return value
