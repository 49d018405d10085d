"""Titles and texts of alerts: named fields and a few ways to write them, checked when a rule is saved.

``{value_kw:,.0f}`` writes a number, ``{opened_at:time}`` (also ``date``, ``datetime``) an instant in local time,
``{day_type:word}`` an enumeration in the reader's language. A value that is absent is a dash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import date, datetime
from string import Formatter

from libs.common.workdays import SHANGHAI

MAX_LENGTH = 1000
MISSING = "–"

_INSTANTS = {"": "%Y-%m-%d %H:%M", "time": "%H:%M", "date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M"}
_NUMBER = re.compile(r"\+?,?(\.[0-4])?[fd]")
_WORD = "word"


class BadTemplate(ValueError):
    """The template cannot work; `reason` is for its author."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(template: str, names: Set[str]) -> None:
    """Raises BadTemplate for anything but plain text and fields of `names` in the known forms."""
    if len(template) > MAX_LENGTH:
        raise BadTemplate(f"longer than {MAX_LENGTH} characters")
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise BadTemplate(str(error)) from error
    for _, name, form, conversion in parts:
        if name is None:
            continue
        # Attributes and indexes would reach beyond the facts.
        if name not in names:
            raise BadTemplate(f"unknown field {name!r}")
        if conversion is not None:
            raise BadTemplate(f"{name}: conversions are not allowed")
        if form and form not in _INSTANTS and form != _WORD and not _NUMBER.fullmatch(form):
            raise BadTemplate(f"{name}: unknown form {form!r}")


def render(template: str, facts: Mapping[str, object], words: Mapping[str, str]) -> str:
    """The template with the facts filled in; `words` maps ``field.value`` to the reader's word for it."""
    written = []
    for literal, name, form, _ in Formatter().parse(template):
        written.append(literal)
        if name is not None:
            written.append(_written(name, facts.get(name), form or "", words))
    return "".join(written)


def _written(name: str, value: object, form: str, words: Mapping[str, str]) -> str:
    match value:
        case None | "":
            return MISSING
        case datetime():
            return value.astimezone(SHANGHAI).strftime(_INSTANTS.get(form, _INSTANTS[""]))
        case date():
            return value.isoformat()
        case bool() | str() if form == _WORD:
            return words.get(f"{name}.{value}", str(value))
        case int() | float() if not isinstance(value, bool) and _NUMBER.fullmatch(form):
            # A whole number of a float field is still written by a form for whole numbers.
            return format(int(value) if form.endswith("d") else value, form)
        case tuple() | list():
            return ", ".join(_written(name, part, form, words) for part in value)
        case _:
            return str(value)
