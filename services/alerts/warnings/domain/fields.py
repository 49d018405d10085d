"""The facts a rule may speak of: the fields of an event's payload, and a few of its envelope."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from rule_engine import DataType

from libs.common.contracts.base import Event, EventPayload

# Of the envelope, beside the payload's own fields.
ENVELOPE: dict[str, Any] = {
    "region_code": DataType.STRING,
    "region_name": DataType.STRING,
    "occurred_at": DataType.DATETIME,
}


def field_types(payload: type[EventPayload]) -> dict[str, Any]:
    """The rule engine's type of each name that a rule on this payload may use."""
    return {name: _type_of(info.annotation) for name, info in payload.model_fields.items()} | ENVELOPE


def field_names(payload: type[EventPayload]) -> frozenset[str]:
    return frozenset(payload.model_fields) | frozenset(ENVELOPE)


def described_fields(payload: type[EventPayload]) -> list[tuple[str, str, list[str] | None]]:
    """(name, type, all values where they are known) of each name, for the authors of rules."""
    return [
        (name, str(kind.name).lower(), sorted(members(payload, name)) or None)
        for name, kind in sorted(field_types(payload).items())
    ]


def members(payload: type[EventPayload], name: str) -> frozenset[str]:
    """The values a field can have, where its type is a closed list; empty where it is not."""
    info = payload.model_fields.get(name)
    return frozenset() if info is None else _members_of(info.annotation)


def _members_of(annotation: Any) -> frozenset[str]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return frozenset(str(member.value) for member in annotation)
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return _members_of(parts[0]) if len(parts) == 1 else frozenset()


def facts_of(event: Event[Any], *, region_code: str, region_name: str) -> dict[str, object]:
    """The values of those names for one event; ids and enumerations as text."""
    facts = {name: _plain(getattr(event.payload, name)) for name in type(event.payload).model_fields}
    facts |= {"region_code": region_code, "region_name": region_name, "occurred_at": event.time}
    return facts


def as_json(facts: Mapping[str, object]) -> dict[str, Any]:
    """The facts as they are kept with the alert."""
    return {name: _json(value) for name, value in facts.items()}


def _type_of(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        kinds = [_type_of(part) for part in get_args(annotation) if part is not type(None)]
        return kinds[0] if len(set(map(repr, kinds))) == 1 else DataType.UNDEFINED
    if origin is Literal:
        return DataType.STRING
    if origin is not None and issubclass(origin, Iterable):
        return DataType.ARRAY
    if isinstance(annotation, type):
        for python, kind in _KINDS:
            if issubclass(annotation, python):
                return kind
    # An annotated alias such as AwareDatetime: what it stands for is its first argument.
    parts = get_args(annotation)
    if parts:
        return _type_of(parts[0])
    return DataType.DATETIME if getattr(annotation, "__name__", "") == "AwareDatetime" else DataType.UNDEFINED


# Booleans before numbers: they are numbers to Python.
_KINDS: tuple[tuple[type, Any], ...] = (
    (bool, DataType.BOOLEAN),
    (int, DataType.FLOAT),
    (float, DataType.FLOAT),
    (str, DataType.STRING),
    (Enum, DataType.STRING),
    (UUID, DataType.STRING),
    (datetime, DataType.DATETIME),
    (date, DataType.DATETIME),
)


def _plain(value: Any) -> object:
    match value:
        case Enum():
            return str(value.value)
        case UUID():
            return str(value)
        case tuple() | list():
            return tuple(_plain(part) for part in value)
        case _:
            return value


def _json(value: object) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [_json(part) for part in value]
        case _:
            return value
