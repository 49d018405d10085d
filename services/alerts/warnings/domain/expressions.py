"""Conditions of rules: typed expressions over an event's fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from libs.common.contracts.base import EventPayload
from libs.common.expressions import checked
from libs.common.expressions.checked import BadExpression, Unanswerable, Vocabulary
from services.alerts.warnings.domain.fields import field_types, members

__all__ = ["BadExpression", "Unanswerable", "compiled", "holds"]


@lru_cache(maxsize=512)
def compiled(text: str, payload: type[EventPayload]) -> Any:
    """The expression, checked against the fields of the payload. Raises BadExpression."""
    return checked.compiled(text, _vocabulary(payload))


def holds(text: str, payload: type[EventPayload], facts: Mapping[str, object]) -> bool:
    """Whether the expression is true of the facts. Raises Unanswerable, BadExpression."""
    return checked.holds(text, _vocabulary(payload), facts)


@lru_cache(maxsize=512)
def _vocabulary(payload: type[EventPayload]) -> Vocabulary:
    known = {name: members(payload, name) for name in payload.model_fields}
    return Vocabulary(field_types(payload), {name: values for name, values in known.items() if values})
