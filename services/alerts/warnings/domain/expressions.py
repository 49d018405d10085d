"""Conditions of rules: typed expressions over an event's fields; an unknown name is an error when saved."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import rule_engine
from rule_engine import DataType
from rule_engine.errors import EngineError

from libs.common.contracts.base import EventPayload
from services.alerts.warnings.domain.fields import field_types

MAX_LENGTH = 1000


class BadExpression(ValueError):
    """The expression cannot work; `reason` is for its author."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=512)
def compiled(text: str, payload: type[EventPayload]) -> Any:
    """The expression, checked against the fields of the payload. Raises BadExpression."""
    if len(text) > MAX_LENGTH:
        raise BadExpression(f"longer than {MAX_LENGTH} characters")
    if "~" in text:
        # A regular expression can take for ever on the right text, and a partition would wait for it.
        raise BadExpression("regular expressions are not allowed")
    types = field_types(payload)
    context = rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(types), default_value=None)
    try:
        rule = rule_engine.Rule(text, context=context)
    except rule_engine.errors.SymbolResolutionError as error:
        raise BadExpression(f"unknown name {error.symbol_name}") from error
    except EngineError as error:
        raise BadExpression(str(error.message)) from error
    kind = rule.statement.expression.result_type
    if kind not in (DataType.BOOLEAN, DataType.UNDEFINED):
        raise BadExpression("the result is neither true nor false")
    return rule


class Unanswerable(Exception):
    """The expression has no answer for these values, such as a comparison with nothing."""


def holds(text: str, payload: type[EventPayload], facts: Mapping[str, object]) -> bool:
    """Whether the expression is true of the facts. Raises Unanswerable, BadExpression."""
    rule = compiled(text, payload)
    try:
        return bool(rule.matches(dict(facts)))
    except EngineError as error:
        raise Unanswerable(f"{text}: {error.message}") from error
