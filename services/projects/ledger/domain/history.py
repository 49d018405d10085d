"""What a change did, field by field, for the history that is kept beside the state."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

from services.projects.ledger.domain.project import Project

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as JSON values: decimals and days are text, money is an integer."""

    field: str
    before: Json
    after: Json


def changes_between(before: Project | None, after: Project) -> tuple[FieldChange, ...]:
    """All fields that differ, plan included (``plan.start.current_on``); against None, all that are set."""
    old = _flat(before) if before is not None else {}
    new = _flat(after)
    return tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    )


def _flat(project: Project) -> dict[str, Json]:
    flat: dict[str, Json] = {}
    for spec in fields(project):
        if spec.name != "plan":
            flat[spec.name] = to_json(getattr(project, spec.name))
    for milestone, planned in project.plan.items():
        for name, day in asdict(planned).items():
            flat[f"plan.{milestone}.{name}"] = to_json(day)
    return {name: value for name, value in flat.items() if value is not None}


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
