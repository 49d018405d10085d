"""Requests that an OpenAPI document describes: a query and a body that pass its checks, built from what exists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
_MAX_DEPTH = 8
_FORMATS = {
    "date": "2026-09-15",
    "date-time": "2026-09-15T09:00:00+08:00",
    "uuid": "01994c3e-1000-7a11-8000-00000000dead",
    "email": "nobody@example.test",
    "uri": "https://127.0.0.1:9/x",
    "time": "08:30:00",
    "password": "Chai-Mountain-74",
}
# What patterns ask for cannot be read out of them; the names tell.
_BY_NAME: dict[str, Any] = {
    "month": "2026-08",
    "first_month": "2026-01",
    "from_month": "2026-01",
    "to_month": "2026-08",
    "period": "2026-W38",
    "year": 2026,
    "region": "421224",
    "username": "somebody",
    "start": "08:30",
    "end": "18:00",
}


@dataclass(frozen=True)
class Operation:
    """One method of one address; ``parameters`` are resolved."""

    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    media_type: str | None

    @property
    def label(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def names(self) -> list[str]:
        """Parameters of the path, in their order."""
        return [part.strip("{}") for part in _split(self.path) if part.startswith("{")]

    @property
    def is_read(self) -> bool:
        return self.method == "get"

    def places(self) -> Iterator[tuple[str, str]]:
        """Each parameter of the path with the collection before it."""
        parts = _split(self.path)
        for before, part in zip(["", *parts], parts, strict=False):
            if part.startswith("{"):
                yield before, part.strip("{}")

    def at(self, values: Mapping[str, str]) -> str:
        return self.path.format(**values)


def _split(path: str) -> list[str]:
    return path.strip("/").replace("}.", "}/").split("/")


@dataclass
class Document:
    """``fixed`` are values of fields and parameters by their name, which go before all others."""

    raw: dict[str, Any]
    fixed: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def operations(self) -> list[Operation]:
        return [
            self._operation(method, path, item[method])
            for path, item in self.raw["paths"].items()
            for method in METHODS
            if method in item
        ]

    def _operation(self, method: str, path: str, found: Mapping[str, Any]) -> Operation:
        content = self._resolved(found.get("requestBody", {})).get("content", {})
        media_type = "application/json" if "application/json" in content else next(iter(content), None)
        schema = None if media_type is None else content[media_type].get("schema", {})
        parameters = tuple(self._resolved(one) for one in found.get("parameters", ()))
        return Operation(method, path, parameters, schema, media_type)

    def query_of(self, operation: Operation, known: Mapping[str, Any]) -> dict[str, Any]:
        """What its query has to hold."""
        return {
            one["name"]: self._value(one["schema"], one["name"], known)
            for one in operation.parameters
            if one["in"] == "query" and one.get("required")
        }

    def body_of(self, operation: Operation, known: Mapping[str, Any]) -> Any:
        """A body of the operation that refers to what is ``known`` by the names of its fields."""
        if operation.body is None or operation.media_type != "application/json":
            return None
        return self._value(operation.body, "", known)

    def _resolved(self, part: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" not in part:
            return dict(part)
        found: Any = self.raw
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return self._resolved(found)

    def _value(self, part: Mapping[str, Any], name: str, known: Mapping[str, Any], depth: int = 0) -> Any:
        schema = self._resolved(part)
        for source in (self.fixed, known):
            if name in source and not isinstance(source[name], dict):
                return source[name]
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                options = [self._resolved(one) for one in schema[choice]]
                chosen = next((one for one in options if one.get("type") != "null"), options[0])
                return self._value(chosen, name, known, depth)
        example = next(iter(schema.get("examples", ())), schema.get("example"))
        if schema.get("type") == "object" or "properties" in schema:
            return self._object(schema, example, known, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        if example is not None:
            return example
        if schema.get("type") == "array":
            return self._array(schema, name, known, depth)
        return _scalar(schema, name)

    def _object(self, schema: Mapping[str, Any], example: Any, known: Mapping[str, Any], depth: int) -> Any:
        properties = schema.get("properties", {})
        made = dict(example) if isinstance(example, dict) else {}
        for name in properties:
            is_wanted = name in schema.get("required", ()) and name not in made
            is_known = name in self.fixed or (name in made and name in known)
            if (is_wanted or is_known) and depth < _MAX_DEPTH:
                made[name] = self._value(properties[name], name, known, depth + 1)
        return _replaced(made, known)

    def _array(self, schema: Mapping[str, Any], name: str, known: Mapping[str, Any], depth: int) -> list[Any]:
        count = max(1, schema.get("minItems", 1))
        single = name.removesuffix("s")
        return [self._value(schema.get("items", {}), single, known, depth + 1) for _ in range(count)]


def _replaced(value: Any, known: Mapping[str, Any]) -> Any:
    """An example's value with what exists in the place of what it names."""
    if isinstance(value, dict):
        return {
            name: known[name] if name in known and isinstance(part, str) else _replaced(part, known)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_replaced(part, known) for part in value]
    return value


def _scalar(schema: Mapping[str, Any], name: str) -> Any:
    if name in _BY_NAME:
        return _BY_NAME[name]
    match schema.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            return int(min(max(low, 1), schema.get("maximum", low + 1)))
        case "null":
            return None
        case _:
            if schema.get("format") in _FORMATS:
                return _FORMATS[schema["format"]]
            if "pattern" in schema and "-" in schema["pattern"] and "0[1-9]" in schema["pattern"]:
                return "2026-08"
            return "x" * max(1, schema.get("minLength", 1))


def mentioned(text: bytes) -> Any:
    """The JSON of an answer, or its text."""
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace")
