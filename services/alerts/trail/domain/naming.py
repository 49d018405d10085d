"""The trail names people by their ids: names are put beside them when it is read, and only while they are known.

What an entry holds is sealed by the chain and cannot be taken back: a person's name in it is never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Where the facts of an entry name somebody: an object with the id, and the name under one of these words.
_ID = "person_id"
_NAMES = ("name", "recipient")


def nameless(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts to be written: without the names of persons, those of channels and systems stay."""
    left_out = _NAMES if facts.get(_ID) else ()
    return {key: _nameless(value) for key, value in facts.items() if key not in left_out}


def persons_in(facts: object) -> Iterator[str]:
    """The ids of all persons that facts name."""
    if isinstance(facts, Mapping):
        if facts.get(_ID):
            yield str(facts[_ID])
        for value in facts.values():
            yield from persons_in(value)
    elif isinstance(facts, list):
        for value in facts:
            yield from persons_in(value)


def named(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The facts to be shown: persons with their present names, and none where they are forgotten."""
    shown = {key: _named(value, names) for key, value in facts.items()}
    if facts.get(_ID):
        known = names.get(str(facts[_ID]))
        for key in _NAMES:
            shown.pop(key, None)
        if known:
            shown["name"] = known
    return shown


def _nameless(value: object) -> object:
    if isinstance(value, Mapping):
        return nameless(value)
    return [_nameless(item) for item in value] if isinstance(value, list | tuple) else value


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return named(value, names)
    return [_named(item, names) for item in value] if isinstance(value, list) else value
