"""What a change did, field by field, for the history that is kept beside the state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from uuid import UUID

from pydantic import TypeAdapter

from services.projects.ledger.domain.project import PlannedDate, Project

_PLAN = "plan"
_FIELDS = tuple(spec.name for spec in fields(Project) if spec.name != _PLAN)
_values = attrgetter(*_FIELDS)
_NOTHING = (None,) * len(_FIELDS)
_DAYS = tuple(spec.name for spec in fields(PlannedDate))
_UNPLANNED = PlannedDate()
_PLAIN = frozenset({str, int, float, bool})

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, as JSON values: decimals and days are text, money is an integer."""

    field: str
    before: Json
    after: Json


# A project as the history speaks of it: every field that is set by its name.
State = Mapping[str, Json]


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
    known_values = _NOTHING if before is None else _values(before)
    for name, old, new in zip(_FIELDS, known_values, _values(after), strict=True):
        if old is not new and old != new:
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


def state_of(project: Project) -> dict[str, Json]:
    """The project field by field, the planned days by milestone; what is not set is left out."""
    flat: dict[str, Json] = {name: to_json(getattr(project, name)) for name in _FIELDS}
    for milestone, planned in project.plan.items():
        for name in _DAYS:
            flat[f"plan.{milestone}.{name}"] = to_json(getattr(planned, name))
    return {name: value for name, value in flat.items() if value is not None}


def to_json(value: object) -> Json:
    """A domain value as JSON."""
    if value is None or type(value) in _PLAIN:
        return value  # type: ignore[return-value] # as the line above says
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str | int | float | bool):
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


def project_from(state: State) -> Project:
    """The project of a state: the reverse of :func:`state_of`."""
    plan: dict[str, dict[str, Json]] = {}
    facts: dict[str, object] = {_PLAN: plan}
    for name, value in state.items():
        first, *rest = name.split(".")
        if first == _PLAN:
            plan.setdefault(rest[0], {})[rest[1]] = value
        else:
            facts[name] = value
    return _adapter().validate_python(facts)


def replay(state: State, changes: Iterable[FieldChange]) -> dict[str, Json]:
    """The state after a write. What a change tells beside the state (``progress.2026-09-01``) is passed over."""
    return _applied(state, ((change.field, change.after) for change in changes))


def rewind(state: State, changes: Iterable[FieldChange]) -> dict[str, Json]:
    """The state before a write, from the one after it."""
    return _applied(state, ((change.field, change.before) for change in changes))


def _applied(state: State, values: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    applied = dict(state)
    for name, value in values:
        if name.partition(".")[0] not in Project.__dataclass_fields__:
            continue
        if value is None:
            applied.pop(name, None)
        else:
            applied[name] = value
    return applied


@cache
def _adapter() -> TypeAdapter[Project]:
    return TypeAdapter(Project)
