"""What a change did, field by field, for the history that is kept beside the state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

from services.projects.ledger.domain.project import PlannedDate, Project

_FIELDS = tuple(spec.name for spec in fields(Project) if spec.name != "plan")
_DAYS = tuple(spec.name for spec in fields(PlannedDate))
_UNPLANNED = PlannedDate()

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as JSON values: decimals and days are text, money is an integer."""

    field: str
    before: Json
    after: Json


def changes_between(before: Project | None, after: Project) -> tuple[FieldChange, ...]:
    """All fields that differ, plan included (``plan.start.current_on``); against None, all that are set."""
    told: list[FieldChange] = []
    gone: list[FieldChange] = []
    # Most fields stay as they are: only those that differ are written as JSON, for imports change thousands.
    for name, old, new in _differences(before, after):
        change = FieldChange(name, to_json(old), to_json(new))
        (gone if new is None else told).append(change)
    return (*told, *gone)


def _differences(before: Project | None, after: Project) -> Iterator[tuple[str, object, object]]:
    for name in _FIELDS:
        old, new = getattr(before, name, None), getattr(after, name)
        if old != new:
            yield name, old, new
    known = {} if before is None else before.plan
    for milestone in {**after.plan, **known}:
        first, second = known.get(milestone, _UNPLANNED), after.plan.get(milestone, _UNPLANNED)
        if first == second:
            continue
        for name in _DAYS:
            old, new = getattr(first, name), getattr(second, name)
            if old != new:
                yield f"plan.{milestone}.{name}", old, new


def to_json(value: object) -> Json:
    """A domain value as JSON."""
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {spec: to_json(getattr(value, spec)) for spec in value.__dataclass_fields__}
    raise TypeError(f"{type(value).__name__} has no place in the history")
