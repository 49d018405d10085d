"""Values of OC4IDS that stand in many places: organisations, money, days, periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from libs.common.workdays import SHANGHAI


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation: ``scheme`` names the register its id is of."""

    id: str
    name: str
    scheme: str = ""


def kept(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that are known: the standard knows no null, and nothing empty."""
    return {name: value for name, value in facts.items() if value not in (None, "", [], {})}


def midnight(day: date) -> str:
    """The local day's beginning."""
    return datetime.combine(day, time.min, SHANGHAI).isoformat()


def money(amount_yuan: int) -> dict[str, Any]:
    return {"amount": amount_yuan, "currency": "CNY"}


def reference(party: Party | None) -> dict[str, str] | None:
    """How other parts speak of an organisation of ``parties``."""
    return None if party is None else {"id": party.id, "name": party.name}


def period(start: date | None, end: date | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if start is not None:
        found["startDate"] = midnight(start)
    if end is not None:
        found["endDate"] = midnight(end)
    if start is not None and end is not None and end >= start:
        found["durationInDays"] = (end - start).days + 1
    return found


def dated(facts: dict[str, Any], due_on: date | None, met_on: date | None, today: date) -> dict[str, Any]:
    """A milestone with its days and its status."""
    if due_on is not None:
        facts["dueDate"] = midnight(due_on)
    if met_on is not None:
        return {**facts, "dateMet": midnight(met_on), "status": "met"}
    return {**facts, "status": "notMet" if due_on is not None and due_on < today else "scheduled"}
