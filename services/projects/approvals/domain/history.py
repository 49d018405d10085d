"""What a step changed in a value, field by field, for the trail that is kept beside its state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from services.projects.ledger.domain.history import FieldChange, Json, to_json


def changes_between(before: object | None, after: object) -> tuple[FieldChange, ...]:
    """All fields that differ; parts by their code or number (``documents.form.received_on``)."""
    old = dict(_flat(before)) if before is not None else {}
    new = dict(_flat(after))
    return tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    )


def _flat(value: object, prefix: str = "") -> Iterator[tuple[str, Json]]:
    assert is_dataclass(value)
    for spec in fields(value):
        name, held = prefix + spec.name, getattr(value, spec.name)
        if is_dataclass(held):
            yield from _flat(held, f"{name}.")
        elif isinstance(held, tuple) and held and all(is_dataclass(item) for item in held):
            for number, item in enumerate(held, start=1):
                yield from _flat(item, f"{name}.{getattr(item, 'code', number)}.")
        elif held not in (None, "", ()):
            yield name, to_json(held)
