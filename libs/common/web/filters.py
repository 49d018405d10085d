"""``filter[field][op]=value``: a white list of fields, each with a column and a type.

Every fault is named by its parameter; a field, operator or value that is not known is never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, false

from libs.common.web.pagination import adapter_of
from libs.common.web.problems import FieldError

Condition = Callable[[Any, Any], ColumnElement[bool]]

MAX_VALUES = 200
_MAX_TEXT = 500
_NAME = re.compile(r"filter\[([^\[\]]*)\](?:\[([^\[\]]*)\])?")
_BOOLEAN = TypeAdapter(bool)

_COMPARISONS: dict[str, Condition] = {
    "eq": lambda column, value: column == value,
    # A row without a value is "not equal" to a caller, whatever SQL says.
    "ne": lambda column, value: column.is_distinct_from(value),
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
}
_TEXTUAL: dict[str, Condition] = {
    "contains": lambda column, value: column.icontains(value, autoescape=True),
    "prefix": lambda column, value: column.startswith(value, autoescape=True),
}


@dataclass(frozen=True)
class FilterField:
    """A field that may be filtered: its column, the Python type of its values, and how it may be compared.

    ``operators`` narrows the usual ones; ``own`` adds operators of the slice's own, ``{"within": condition}``,
    whose condition takes the column and the value.
    """

    column: Any
    type: Any = str
    operators: frozenset[str] | None = None
    own: Mapping[str, Condition] = field(default_factory=dict)

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return adapter_of(self.type)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Of one value, as the document says it; once for all operators, at whose import a process waits."""
        schema = self.adapter.json_schema()
        return {key: value for key, value in schema.items() if key not in {"title", "description"}}

    @cached_property
    def known(self) -> dict[str, Condition | None]:
        """Operators by name; ``in`` and ``null`` read their values in their own way."""
        usual: dict[str, Condition | None] = {**_COMPARISONS, "in": None, "null": None}
        if isinstance(self.type, type) and issubclass(self.type, str):
            usual |= _TEXTUAL
        if self.type is bool:
            usual = {name: usual[name] for name in ("eq", "ne", "null")}
        if self.operators is not None:
            usual = {name: condition for name, condition in usual.items() if name in self.operators}
        return {**usual, **self.own}


class FilterFaults(Exception):
    """All faults of a query's filters; the list turns them into one 422."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)


def parse_filters(
    fields: Mapping[str, FilterField], query: Iterable[tuple[str, str]]
) -> list[ColumnElement[bool]]:
    """The conditions of a query string's ``filter[…]`` parameters, joined by "and". Raises FilterFaults."""
    conditions: list[ColumnElement[bool]] = []
    errors: list[FieldError] = []
    seen: set[str] = set()
    for name, raw in query:
        if not name.startswith("filter"):
            continue
        if name in seen:
            errors.append(FieldError("field.filter_repeated", parameter=name))
            continue
        seen.add(name)
        parsed = _parse(fields, name, raw)
        if isinstance(parsed, FieldError):
            errors.append(parsed)
        else:
            conditions.append(parsed)
    if errors:
        raise FilterFaults(errors)
    return conditions


def _parse(fields: Mapping[str, FilterField], name: str, raw: str) -> ColumnElement[bool] | FieldError:
    match = _NAME.fullmatch(name)
    found = fields.get(match[1]) if match else None
    if match is None or found is None:
        return FieldError("field.filter_unknown", parameter=name, params={"known": sorted(fields)})
    operator = match[2] or "eq"
    if operator not in found.known:
        params = {"operator": operator, "known": sorted(found.known)}
        return FieldError("field.operator_unknown", parameter=name, params=params)
    if "\x00" in raw:
        return FieldError("field.string_nul", parameter=name)
    try:
        return _condition(found, operator, raw, name)
    except ValidationError as error:
        return _value_fault(name, error)


def _condition(found: FilterField, operator: str, raw: str, name: str) -> ColumnElement[bool] | FieldError:
    condition = found.known[operator]
    if operator == "null":
        absent: ColumnElement[bool] = found.column.is_(None)
        return absent if _BOOLEAN.validate_strings(raw) else ~absent
    if operator == "in":
        texts = [text for text in raw.split(",") if text]
        if len(texts) > MAX_VALUES:
            return FieldError("field.filter_too_many_values", parameter=name, params={"max": MAX_VALUES})
        values = [found.adapter.validate_strings(text) for text in texts]
        among: ColumnElement[bool] = found.column.in_(values) if values else false()
        return among
    if operator in _TEXTUAL:
        if len(raw) > _MAX_TEXT:
            return FieldError("field.string_too_long", parameter=name, params={"max_length": _MAX_TEXT})
        value: Any = raw
    else:
        value = found.adapter.validate_strings(raw)
    assert condition is not None
    return condition(found.column, value)


def _value_fault(parameter: str, error: ValidationError) -> FieldError:
    fault = error.errors(include_url=False)[0]
    params = {**(fault.get("ctx") or {}), "message": fault["msg"]}
    return FieldError(fault["type"], parameter=parameter, params=params)


def filter_parameters(fields: Mapping[str, FilterField]) -> list[dict[str, Any]]:
    """The OpenAPI parameters of these filters, one a field and operator."""
    return [
        {
            "name": f"filter[{name}][{operator}]",
            "in": "query",
            "required": False,
            "schema": _value_schema(found, operator),
        }
        for name, found in fields.items()
        for operator in found.known
    ]


def _value_schema(found: FilterField, operator: str) -> dict[str, Any]:
    if operator == "null":
        return {"type": "boolean"}
    if operator in {"in", *_TEXTUAL, *found.own}:
        return {"type": "string"}
    return dict(found.schema)
