"""What a step changed in a case, field by field, for the trail that is kept beside its state."""

from __future__ import annotations

from dataclasses import fields

from services.projects.approvals.domain.case import Case
from services.projects.ledger.domain.history import FieldChange, Json, to_json


def changes_between(before: Case | None, after: Case) -> tuple[FieldChange, ...]:
    """All fields that differ; papers and pauses by their parts (``documents.form.received_on``)."""
    old = _flat(before) if before is not None else {}
    new = _flat(after)
    return tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in {**new, **old}
        if old.get(name) != new.get(name)
    )


def _flat(case: Case) -> dict[str, Json]:
    flat: dict[str, Json] = {
        spec.name: to_json(getattr(case, spec.name))
        for spec in fields(case)
        if spec.name not in {"documents", "pauses", "terms"}
    }
    parts: list[tuple[str, object]] = [(f"documents.{paper.code}", paper) for paper in case.documents]
    parts += [(f"pauses.{number}", stop) for number, stop in enumerate(case.pauses, start=1)]
    if case.terms is not None:
        parts.append(("terms", case.terms))
    for prefix, part in parts:
        told = to_json(part)
        assert isinstance(told, dict)
        flat |= {f"{prefix}.{name}": value for name, value in told.items()}
    return {name: value for name, value in flat.items() if value not in (None, "")}
