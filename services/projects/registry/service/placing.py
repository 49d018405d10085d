"""Storing an entry that holds in a region for a time; see the domain's validity."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import DomainError, FieldError
from services.projects.database import DatedTable
from services.projects.registry.domain.validity import DatedT, succession
from services.projects.registry.errors import EverywhereForbidden
from services.projects.registry.service.recording import demand_region

RowT = TypeVar("RowT", bound=DatedTable)


async def demand_reach(
    ctx: Context, region_code: str | None, refusal: type[DomainError] = EverywhereForbidden
) -> None:
    """Raises MalformedRequest, NotFound, UnknownRegion, or ``refusal``: who is bound to a region names one."""
    if region_code is not None:
        await demand_region(ctx, region_code)
    elif not ctx.principal.is_unbound:
        raise refusal(errors=[FieldError("rule.region_required", "/region_code")])


def place(
    ctx: Context,
    table: type[RowT],
    rows: Sequence[RowT],
    new: DatedT,
    *,
    value_of: Callable[[RowT], DatedT],
    succeed: Callable[[Iterable[DatedT], DatedT], tuple[DatedT, ...]] = succession,
    more: Mapping[str, Any] | None = None,
) -> RowT:
    """Put ``new`` among the rows of its key and region, whose lock the caller holds; answers its row.

    Rows that end sooner by it get a new version. ``more`` are columns of new rows beside the value's own.
    Raises what ``succeed`` raises: ValidityNotOrdered, ValidityOverlap.
    """
    by_start = {row.valid_from: row for row in rows}
    for placed in succeed([value_of(row) for row in rows], new):
        row = by_start.get(placed.valid_from)
        if row is None:
            row = table(id=ctx.new_id(), version=1, updated_at=ctx.now, **columns_of(placed), **dict(more or {}))
            ctx.session.add(row)
            by_start[placed.valid_from] = row
        elif value_of(row) != placed:
            for name, column in columns_of(placed).items():
                setattr(row, name, column)
            row.advance(ctx.now)
    return by_start[new.valid_from]


def columns_of(value: Any) -> dict[str, Any]:
    """A value's fields as columns: enumerations by values, sets as sorted arrays, tuples and parts as JSON."""
    return {spec.name: _column(getattr(value, spec.name)) for spec in fields(value)}


def _column(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return _json(value) if isinstance(value, tuple) or is_dataclass(value) else value


def _json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_json(item) for item in value]
    if is_dataclass(value):
        return {spec.name: _json(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Decimal | UUID | date) else value
