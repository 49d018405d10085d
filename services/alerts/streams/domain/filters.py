"""What a reader wants of the stream: the list's filters, asked of an event's payload."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from libs.common import regions
from libs.common.security.principal import Principal

FIELDS = (
    "status",
    "severity",
    "region_code",
    "enterprise_id",
    "object_type",
    "object_id",
    "condition_kind",
    "rule_code",
    "stage",
    "responsible_person_id",
    "responsible_unit_id",
)
# ``filter[labels.team]``: any label by its name.
LABEL = "labels."
_NAME = re.compile(r"filter\[([^\[\]]*)\](?:\[([^\[\]]*)\])?")
_MAX_VALUES = 200


@dataclass(frozen=True, slots=True)
class FilterFault:
    """A parameter that cannot be understood: `code` is a message's, `params` what it mentions."""

    parameter: str
    code: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StreamFilter:
    """All conditions have to hold; without any everything passes. `own` asks for the reader's own alerts only."""

    conditions: tuple[Callable[[Mapping[str, Any]], bool], ...] = ()
    own: bool = False

    def passes(self, payload: Mapping[str, Any], principal: Principal) -> bool:
        if self.own and not _is_own(payload, principal):
            return False
        return all(condition(payload) for condition in self.conditions)


def parse(query: Iterable[tuple[str, str]], *, own: bool = False) -> tuple[StreamFilter, list[FilterFault]]:
    """The filter of a query string's ``filter[…]`` parameters, and what is wrong with them."""
    conditions: list[Callable[[Mapping[str, Any]], bool]] = []
    faults: list[FilterFault] = []
    for name, raw in query:
        if not name.startswith("filter"):
            continue
        match = _NAME.fullmatch(name)
        if match is None or not _is_known(match[1]):
            known = sorted((*FIELDS, f"{LABEL}*"))
            faults.append(FilterFault(name, "field.filter_unknown", {"known": known}))
            continue
        condition = _condition(match[1], match[2] or "eq", raw)
        if condition is None:
            known = ["eq", "in", "ne"] + (["within"] if match[1] == "region_code" else [])
            faults.append(
                FilterFault(name, "field.operator_unknown", {"operator": match[2] or "eq", "known": known})
            )
        else:
            conditions.append(condition)
    return StreamFilter(tuple(conditions), own), faults


def _condition(field: str, operator: str, raw: str) -> Callable[[Mapping[str, Any]], bool] | None:
    if operator == "eq":
        return lambda payload: _text(payload, field) == raw
    if operator == "ne":
        return lambda payload: _text(payload, field) != raw
    if operator == "in":
        values = frozenset(raw.split(",")[:_MAX_VALUES])
        return lambda payload: _text(payload, field) in values
    if operator == "within" and field == "region_code":
        return lambda payload: _is_within(raw, _text(payload, field))
    return None


def _is_known(field: str) -> bool:
    return field in FIELDS or (field.startswith(LABEL) and len(field) > len(LABEL))


def _is_own(payload: Mapping[str, Any], principal: Principal) -> bool:
    """Whether the reader, or the reader's unit, is responsible for the alert."""
    own = ((principal.person_id, "responsible_person_id"), (principal.unit_id, "responsible_unit_id"))
    return any(identity is not None and str(identity) == payload.get(field) for identity, field in own)


def _text(payload: Mapping[str, Any], field: str) -> str:
    if field.startswith(LABEL):
        value = (payload.get("labels") or {}).get(field.removeprefix(LABEL))
    else:
        value = payload.get(field)
    return "" if value is None else str(value)


def _is_within(scope: str, code: str) -> bool:
    try:
        return regions.contains(scope, code)
    except regions.InvalidRegionCode:
        return False
