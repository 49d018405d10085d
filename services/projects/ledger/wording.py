"""The history in sentences.

"计划开工由 3月1日 改为 5月1日，原因：…", "planned start moved from 1 March to 1 May: …".

Labels stand in the catalogue under ``fields.<name>``; a ``*`` in one stands for a part of the name, which the text
gets as ``{key}``: ``fields.plan.*.current_on``, ``fields.progress.*``. Dates of the year of the change are written
without it, money in 万元 in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from libs.common.web.catalogue import Catalogue
from services.projects.ledger.domain.acts import ActKind
from services.projects.ledger.domain.coordinates import CoordinateSystem
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.domain.funds import ArrivalState, FundsSource
from services.projects.ledger.domain.grid import FinancingForm, GridWork
from services.projects.ledger.domain.history import FieldChange, Json
from services.projects.ledger.domain.parties import PartyRole
from services.projects.ledger.domain.project import Project

_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MAX_TEXT = 80
# What follows from the rest of a change, or says nothing to a reader.
_QUIET = frozenset(
    {"id", "last_progress_on", "last_advance_on", "last_investment_month", "interrupted_stage", "key_by"}
)
# Of these it is told that they changed; the figures fill a page.
_TOLD_AS_UPDATED = frozenset({"plan_curve"})
_EMPTY: tuple[Json, ...] = (None, "", 0, False)
_REFERENCES = (
    ("region_code", "region"),
    ("person_id", "person"),
    ("unit_id", "unit"),
    ("enterprise_id", "enterprise"),
    ("parent_id", "project"),
    ("size_band", "size_band"),
)
# Enumerations inside of what is told beside the state, by the first part of the field and the name within.
_ENUMS_WITHIN: dict[tuple[str, str], type[Enum]] = {
    ("funds", "source"): FundsSource,
    ("funds", "state"): ArrivalState,
    ("location", "system"): CoordinateSystem,
    ("grid", "work"): GridWork,
    ("grid", "financing_form"): FinancingForm,
    ("contract_act", "kind"): ActKind,
    ("formality", "formality"): Formality,
    ("parties", "role"): PartyRole,
}
# Inside of these the name of the field says it already.
_SAID_BY_LABEL = frozenset({("output", "month"), ("formality", "formality")})
_MONEY = frozenset({"investment", "confirmed", "annual_plan"})
_PERCENTS = frozenset({"percent", "progress"})
# Kinds of references and the keys that are named in changes: whose names a text needs.
Reference = tuple[str, str]


def references_in(changes: Iterable[FieldChange]) -> set[Reference]:
    """What the texts of these changes will call by name."""
    return {
        (kind, value)
        for change in changes
        for kind in [_reference_kind(change.field)]
        for value in (change.before, change.after)
        if kind is not None and isinstance(value, str)
    }


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells changes in one language; ``names`` holds the names of persons, units, enterprises and regions."""

    catalogue: Catalogue
    language: str
    names: Mapping[Reference, str] = field(default_factory=dict)

    def text(self, action: str, reason: str, changes: Sequence[FieldChange], year: int) -> str:
        """One write in a sentence; ``year`` is the one in which it was made."""
        parts = [self._say(f"history.action.{action}")] if self._has(f"history.action.{action}") else []
        parts += [self.phrase(change, year) for change in worth_telling(changes, reason)]
        text = self._say("history.separator").join(parts) or self._say("history.nothing")
        # A line break in a reason would break the line of a list.
        said = " ".join(reason.split())
        return self._say("history.with_reason", text=text, reason=said) if said else text

    def phrase(self, change: FieldChange, year: int) -> str:
        """One field's change."""
        label = self.label(change.field, year)
        if change.field in _TOLD_AS_UPDATED:
            return self._say("history.updated", field=label)
        before, after = change.before, change.after
        if isinstance(before, dict) and isinstance(after, dict):
            before, after = _differing(before, after)
        shown = {
            "field": label,
            "before": self.value(change.field, before, year),
            "after": self.value(change.field, after, year),
        }
        if before in _EMPTY and before is not False:
            return self._say("history.set", **shown)
        if after is None or after == "":
            return self._say("history.removed", **shown)
        is_day = isinstance(after, str) and _DAY.fullmatch(after) is not None
        return self._say("history.moved" if is_day else "history.changed", **shown)

    def label(self, name: str, year: int) -> str:
        """The field's name for people; the field's own name where the catalogue has none."""
        if self._has(f"fields.{name}"):
            return self._say(f"fields.{name}")
        parts = name.split(".")
        for place in range(1, len(parts)):
            code = ".".join(["fields", *parts[:place], "*", *parts[place + 1 :]])
            if self._has(code):
                return self._say(code, key=self._key(parts[place], year))
        return name

    def value(self, name: str, value: Json, year: int) -> str:
        """A value as people write it."""
        first, _, _ = name.partition(".")
        last = name.rpartition(".")[2]
        match value:
            case None:
                return self._say("history.none")
            case bool():
                return self._say("history.yes" if value else "history.no")
            case dict():
                return self._list(
                    [
                        self._within(first, part, one, year)
                        for part, one in value.items()
                        if one not in _EMPTY and part not in _QUIET and (first, part) not in _SAID_BY_LABEL
                    ]
                )
            case list():
                return self._list([self.value(name, one, year) for one in value])
            case int() if last.endswith("_yuan") or first in _MONEY:
                return self.money(value)
            case str() if first in _PERCENTS:
                return f"{value}%"
            case str():
                return self._text(name, value, year)
            case _:
                return str(value)

    def money(self, yuan: int) -> str:
        """万元 in Chinese, whole yuan elsewhere."""
        if self.language != "zh-CN":
            return self._say("history.money", amount=f"{yuan:,}")
        return self._say("history.money", amount=format((Decimal(yuan) / 10_000).normalize(), "f"))

    def day(self, on: date, year: int) -> str:
        """3月1日, 1 March; with the year where it is another one."""
        code = "history.day" if on.year == year else "history.day_of_year"
        return self._say(code, year=on.year, month=self._month_name(on.month), day=on.day)

    def _text(self, name: str, value: str, year: int) -> str:
        kind = _reference_kind(name)
        if kind is not None:
            # Whoever has left the registry is named no more; a band that is in no division left has but its code.
            unnamed = value if kind == "size_band" else self._say("history.unnamed", key=value)
            return self.names.get((kind, value)) or unnamed
        enum = _enums().get(name)
        if enum is not None:
            return self._say(f"term.{enum.__name__}.{value}", fallback=value)
        if _DAY.fullmatch(value):
            return self.day(date.fromisoformat(value), year)
        if _NUMBER.fullmatch(value):
            return value
        short = " ".join(value.split())
        return self._say("history.quoted", text=short if len(short) <= _MAX_TEXT else short[: _MAX_TEXT - 1] + "…")

    def _within(self, first: str, part: str, value: Json, year: int) -> str:
        enum = _ENUMS_WITHIN.get((first, part))
        if enum is not None and isinstance(value, str):
            shown = self._say(f"term.{enum.__name__}.{value}", fallback=value)
        else:
            shown = self.value(part, value, year)
        code = f"fields.{first}.{part}"
        return self._say("history.part", field=self._say(code), value=shown) if self._has(code) else shown

    def _key(self, key: str, year: int) -> str:
        if match := _DAY.fullmatch(key):
            return self.day(date(*(int(part) for part in match.groups())), year)
        if match := _MONTH.fullmatch(key):
            of_year, month = int(match[1]), int(match[2])
            code = "history.month" if of_year == year else "history.month_of_year"
            return self._say(code, year=of_year, month=self._month_name(month))
        for kind in ("Milestone", "Stage", "Formality"):
            if self._has(f"term.{kind}.{key}"):
                return self._say(f"term.{kind}.{key}")
        return self.label(key, year)

    def _month_name(self, month: int) -> str:
        return str(month) if self.language == "zh-CN" else _MONTHS[month - 1]

    def _list(self, parts: Sequence[str]) -> str:
        return self._say("history.list_separator").join(parts)

    def _has(self, code: str) -> bool:
        return self.catalogue.find(code, self.language) is not None

    def _say(self, code: str, fallback: str | None = None, **params: object) -> str:
        if fallback is not None and not self._has(code):
            return fallback
        return self.catalogue.title(code, self.language, params)


def worth_telling(changes: Sequence[FieldChange], reason: str) -> list[FieldChange]:
    """The changes without those that follow from others or repeat the reason."""
    names = {change.field for change in changes}
    is_progress = any(name.startswith("progress.") for name in names)
    told = []
    for change in changes:
        name = change.field
        if name in _QUIET or (change.before is None and change.after in _EMPTY):
            continue
        if name == "percent" and is_progress:
            continue
        if name.endswith(".original_on") and name.replace("original_on", "current_on") in names:
            continue
        if name in {"interruption_reason", "interrupted_on"} and change.after in (None, reason):
            continue
        told.append(change)
    return told


def _differing(before: dict[str, Json], after: dict[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _reference_kind(name: str) -> str | None:
    return next((kind for ending, kind in _REFERENCES if name.endswith(ending)), None)


@cache
def _kinds_of_fields() -> dict[str, tuple[type, ...]]:
    hints = get_type_hints(Project)
    return {
        name: get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,) for name, hint in hints.items()
    }


@cache
def _enums() -> dict[str, type[Enum]]:
    """Fields of a project that hold one of an enumeration."""
    return {
        name: kind
        for name, kinds in _kinds_of_fields().items()
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, Enum)
    }
