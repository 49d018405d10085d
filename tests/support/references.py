"""Ids of the neighbour's in the bodies of what a county writes: each is answered as one that never was.

A body is made as the document describes it, of what the county knows. Then one reference in it after the other is
exchanged, for an id that nothing has and for the neighbour's: both are refused with the same words, or neither is
looked up at all. A neighbour's row that is taken where an unknown one is refused would be joined to one's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.support.document_requests import Document, Operation
from tests.support.neighbours import County, Neighbours, seen

Pointer = tuple[str | int, ...]

_WRITES = frozenset({"post", "put", "patch"})
_DEEPEST = 4
# Places that everybody knows of, and names that a body gives to what it makes.
_NOBODYS_OWN = frozenset({"region_code", "code", "id"})


@dataclass
class Referred:
    """``leaks`` are to be none; ``looked_up`` are references whose unknown value was refused."""

    leaks: list[str] = field(default_factory=list)
    looked_up: set[str] = field(default_factory=set)
    not_looked_up: dict[str, str] = field(default_factory=dict)


def referent(name: str, references: Mapping[str, Any]) -> str | None:
    """What a field refers to by its name: ``responsible_person_id`` and ``person_ids`` lead to ``person_id``."""
    single = name.removesuffix("s")
    fits = (known for known in references if single == known or single.endswith(f"_{known}"))
    found = max((known for known in fits if known.endswith(("_id", "_no", "_code"))), key=len, default=None)
    return None if found in _NOBODYS_OWN else found


def references_in(document: Document, schema: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Pointer]:
    """Where a body may name what is known, as pointers into it; the first item of a list stands for all."""
    yield from _walked(document, schema, known, (), "")


def _walked(
    document: Document, part: Mapping[str, Any], known: Mapping[str, Any], at: Pointer, name: str
) -> Iterator[Pointer]:
    schema = document.resolved(part)
    for choice in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(choice, ()):
            yield from _walked(document, option, known, at, name)
    if len(at) > _DEEPEST:
        return
    for inner, described in schema.get("properties", {}).items():
        yield from _walked(document, described, known, (*at, inner), inner)
    if schema.get("type") == "array":
        yield from _walked(document, schema.get("items", {}), known, (*at, 0), name)
    elif schema.get("type") in {"string", "integer"} and referent(name, known) is not None:
        yield at


def with_value(body: Any, pointer: Pointer, value: Any) -> Any:
    """The body with the value at the pointer; what is not there on the way is made, as far as that can be."""
    changed = deepcopy(body)
    place = changed
    for step, following in itertools.pairwise(pointer):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not place:
                place.append(empty)
            place = place[step]
        else:
            if place.get(step) is None:
                place[step] = empty
            place = place[step]
    last = pointer[-1]
    if isinstance(last, int) and not place:
        place.append(value)
    else:
        place[last] = value
    return changed


@dataclass
class References:
    """The walk over the bodies of one service's document."""

    walk: Neighbours

    async def refer(self, own: County, other: County, by: str) -> Referred:
        """Write as ``by`` with each of the other's ids in the place of one's own."""
        found = Referred()
        theirs = {
            name: value
            for name, value in other.references.items()
            if own.references.get(name) not in (None, value)
        }
        for operation in self.walk.operations():
            if operation.method not in _WRITES or operation.media_type != "application/json":
                continue
            values = self.walk.values_of(operation, own)
            if values is None or operation.body is None:
                continue
            body = self.walk.document.body_of(operation, own.references)
            for pointer in dict.fromkeys(references_in(self.walk.document, operation.body, theirs)):
                await self._compare(operation, values, body, pointer, theirs, own, by, found)
        return found

    async def _compare(
        self,
        operation: Operation,
        values: Mapping[str, str],
        body: Any,
        pointer: Pointer,
        theirs: Mapping[str, Any],
        own: County,
        by: str,
        found: Referred,
    ) -> None:
        name = next(step for step in reversed(pointer) if isinstance(step, str))
        known = referent(name, theirs)
        assert known is not None
        label = f"{operation.label} /{'/'.join(map(str, pointer))}"
        foreign, unknown = theirs[known], _never(theirs[known])
        first = await self._write(operation, values, with_value(body, pointer, unknown), by, own)
        if first.is_success:
            found.not_looked_up[label] = f"{first.status_code}"
            return
        second = await self._write(operation, values, with_value(body, pointer, foreign), by, own)
        if seen(first, {"it": str(unknown)}) != seen(second, {"it": str(foreign)}):
            found.leaks.append(
                f"{label} by {by}: {first.status_code} for an unknown one, {second.status_code} for the "
                f"neighbour's: {first.text[:300]} | {second.text[:300]}"
            )
        if first.status_code == 404 or _points_at(first, pointer):
            found.looked_up.add(label)
        else:
            found.not_looked_up[label] = f"{first.status_code} {first.text[:160]}"

    async def _write(
        self, operation: Operation, values: Mapping[str, str], body: Any, by: str, own: County
    ) -> httpx.Response:
        sent: dict[str, Any] = {"json": body}
        params = self.walk.document.query_of(operation, own.references)
        if operation.method == "patch":
            sent["headers"] = {"If-Match": "*"}
        return await self.walk.call(
            operation.method.upper(), operation.at(values), by, params=params or None, **sent
        )


def _points_at(answer: httpx.Response, pointer: Pointer) -> bool:
    """Whether the refusal is about the reference itself."""
    if "json" not in answer.headers.get("content-type", ""):
        return False
    wanted = "/" + "/".join(map(str, pointer))
    faults = answer.json().get("errors", [])
    return any(fault["pointer"] and wanted.startswith(fault["pointer"]) for fault in faults)


def _never(value: Any) -> Any:
    """A name of the same shape that nothing has."""
    if isinstance(value, int):
        return value + 7_000_000
    try:
        UUID(str(value))
    except ValueError:
        return f"{value}{'z' if str(value).islower() else 'Z'}"
    return str(uuid4())
