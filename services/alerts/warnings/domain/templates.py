"""Titles and texts of alerts: named fields and a few ways to write them, checked when a rule is saved.

``{value_kw:,.0f}`` writes a number, ``{opened_at:time}`` (also ``date``, ``datetime``) an instant in local time,
``{day_type:word}`` an enumeration in the reader's language. There are no loops, no attributes and no indexes, and
what is written is cut at a length: rendering always ends, never fails, and says 未知 or "unknown" for what is
missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Set
from datetime import date, datetime
from string import Formatter

from libs.common.expressions.refusals import Refused
from libs.common.workdays import SHANGHAI

MAX_LENGTH = 1000
MAX_WRITTEN = 4000
MAX_TITLE = 300
# Of a list in a text; what is left out is told by an ellipsis.
MAX_ITEMS = 20
MISSING = "unknown"
_MISSING_WORD = "missing.value"

_INSTANTS = {"": "%Y-%m-%d %H:%M", "time": "%H:%M", "date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M"}
_NUMBER = re.compile(r"\+?,?(\.[0-4])?[fd]")
_WORD = "word"


class BadTemplate(Refused):
    """The template cannot work; the position counts characters from its beginning."""


def check(template: str, names: Set[str]) -> None:
    """Raises BadTemplate for anything but plain text and fields of `names` in the known forms."""
    if len(template) > MAX_LENGTH:
        raise BadTemplate("too_long", MAX_LENGTH, longest=MAX_LENGTH)
    if "\x00" in template:
        raise BadTemplate("template_braces", template.index("\x00"))
    for name, form, conversion, place in _fields(template):
        # Attributes and indexes would reach beyond the facts.
        if name not in names:
            raise BadTemplate("unknown_name", place, name=name, known=", ".join(sorted(names)))
        if conversion is not None:
            raise BadTemplate("template_form", place, name=name, form=f"!{conversion}")
        if form and form not in _INSTANTS and form != _WORD and not _NUMBER.fullmatch(form):
            raise BadTemplate("template_form", place, name=name, form=form)


def render(
    template: str, facts: Mapping[str, object], words: Mapping[str, str], *, longest: int = MAX_WRITTEN
) -> str:
    """The template with the facts filled in; `words` maps ``field.value`` to the reader's word for it."""
    written = []
    for literal, name, form, _ in Formatter().parse(template):
        written.append(literal)
        if name is not None:
            written.append(_written(name, facts.get(name), form or "", words))
    text = "".join(written)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def is_missing(value: object) -> bool:
    """Whether there is nothing to write: absent, empty, or no number."""
    return value is None or value == "" or (isinstance(value, float) and not math.isfinite(value))


def names_of(template: str) -> frozenset[str]:
    """The fields a template speaks of. Raises BadTemplate."""
    return frozenset(name for name, _, _, _ in _fields(template))


def _fields(template: str) -> Iterator[tuple[str, str, str | None, int]]:
    """(name, form, conversion, position) of each field. Raises BadTemplate."""
    place = 0
    parts = iter(Formatter().parse(template))
    while True:
        try:
            literal, name, form, conversion = next(parts)
        except StopIteration:
            return
        except ValueError as error:
            raise BadTemplate("template_braces", _brace_after(template, place)) from error
        if name is None:
            place += len(literal or "")
            continue
        place = template.find("{" + name, place)
        yield name, form or "", conversion, max(place, 0)
        place += 1 + len(name)


def _brace_after(template: str, place: int) -> int:
    found = [index for index in (template.find(sign, place) for sign in "{}") if index >= 0]
    return min(found, default=place)


def _written(name: str, value: object, form: str, words: Mapping[str, str]) -> str:
    if is_missing(value):
        return words.get(_MISSING_WORD, MISSING)
    match value:
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
            shown = [_written(name, part, form, words) for part in value[:MAX_ITEMS]]
            return ", ".join([*shown, "…"] if len(value) > MAX_ITEMS else shown)
        case _:
            return str(value)
