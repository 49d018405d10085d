"""The same figures once more, from the rows alone: accepted revisions, the register, restated bases.

Plain SQL that reads, and Python that adds: nothing of the service that answers is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

from sqlalchemy import text

from libs.common.database import Database

_SAID = """
    SELECT r.enterprise_id, r.month, r.edition, v.lines FROM economy_report r
    JOIN economy_report_revision v ON v.report_id = r.id AND v.number = r.accepted_revision
"""
_REGISTER = "SELECT enterprise_id, region_code, sector_code, valid_from, valid_to FROM economy_standing"
_RESTATED = """
    SELECT enterprise_id, indicator, month, month_value, cumulative_value FROM economy_restatement WHERE is_current
"""

Value = Decimal | None
Key = tuple[UUID, str, date]


def decimal(value: Any) -> Value:
    return None if value is None else Decimal(value)


@dataclass(frozen=True, slots=True)
class Standing:
    region: str
    sector: str
    first: date
    end: date | None

    def holds(self, month: date) -> bool:
        return self.first <= month and (self.end is None or month < self.end)


@dataclass(frozen=True, slots=True)
class Sum:
    """A group of a month: ``value`` None where nobody said anything."""

    value: Value
    complete: int
    expected: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tables held at one moment; values as (month, year so far), each derived where it was not said."""

    values: Mapping[Key, tuple[Value, Value]]
    register: Mapping[UUID, list[Standing]]
    restated: Mapping[Key, tuple[Value, Value]]

    def place(self, enterprise: UUID, month: date) -> Standing | None:
        return next((one for one in self.register[enterprise] if one.holds(month)), None)

    def value(self, enterprise: UUID, indicator: str, month: date, *, cumulative: bool) -> Value:
        return self.values.get((enterprise, indicator, month), (None, None))[cumulative]

    def base(self, enterprise: UUID, indicator: str, month: date, *, cumulative: bool) -> Value:
        """The restated value where there is one, else the reported."""
        better = self.restated.get((enterprise, indicator, month), (None, None))[cumulative]
        return better if better is not None else self.value(enterprise, indicator, month, cumulative=cumulative)

    def members(self, month: date) -> dict[UUID, Standing]:
        placed = ((enterprise, self.place(enterprise, month)) for enterprise in self.register)
        return {enterprise: place for enterprise, place in placed if place is not None}

    def sum(
        self,
        indicator: str,
        month: date,
        key: Callable[[Standing], bool],
        *,
        cumulative: bool = False,
        as_base: bool = False,
    ) -> Sum:
        """The month's members that the key lets in, with whoever stood there then."""
        read = self.base if as_base else self.value
        found = [
            read(enterprise, indicator, month, cumulative=cumulative)
            for enterprise, place in self.members(month).items()
            if key(place)
        ]
        known = [value for value in found if value is not None]
        return Sum(sum(known, Decimal(0)) if known else None, len(known), len(found))

    def matched(
        self, indicator: str, month: date, before: date, key: Callable[[Standing], bool], *, cumulative: bool
    ) -> tuple[Sum, Sum]:
        """Both months of those who said both, where they stand in the later one."""
        members = [enterprise for enterprise, place in self.members(month).items() if key(place)]
        pairs = [
            (now, then)
            for one in members
            if (now := self.value(one, indicator, month, cumulative=cumulative)) is not None
            and (then := self.base(one, indicator, before, cumulative=cumulative)) is not None
        ]
        sums = [sum((pair[side] for pair in pairs), Decimal(0)) if pairs else None for side in (0, 1)]
        first, second = (Sum(value, len(pairs), len(members)) for value in sums)
        return first, second


def percent(part: Value, whole: Value) -> Value:
    """Of a whole that is above nothing; None else."""
    if part is None or whole is None or whole <= 0:
        return None
    with localcontext() as exact:
        exact.prec = 60
        return part / whole * 100


def growth(now: Value, then: Value) -> Value:
    return None if now is None or then is None else percent(now - then, then)


async def read(database: Database, *, edition: str = "final") -> Rows:
    async with database.session() as session:
        said = (await session.execute(text(_SAID))).all()
        register: dict[UUID, list[Standing]] = {}
        for enterprise, *facts in (await session.execute(text(_REGISTER))).all():
            register.setdefault(enterprise, []).append(Standing(*facts))
        restated = {
            (enterprise, indicator, month): (decimal(value), decimal(year))
            for enterprise, indicator, month, value, year in (await session.execute(text(_RESTATED))).all()
        }
    return Rows(_derived(said)[edition], register, restated)


def _derived(said: Any) -> dict[str, dict[Key, tuple[Value, Value]]]:
    """By edition; what is not said hangs on the year's value of the month before: the final, else the flash."""
    found: dict[str, dict[Key, tuple[Value, Value]]] = {"flash": {}, "final": {}}
    for enterprise, month, edition, lines in sorted(said, key=lambda row: row[1]):
        for indicator, (own, year) in lines.items():
            before: Value = Decimal(0)
            if month.month > 1:
                key = (enterprise, indicator, month.replace(month=month.month - 1))
                before = found["final"].get(key, found["flash"].get(key, (None, None)))[1]
            value, total = decimal(own), decimal(year)
            if value is None and total is not None and before is not None:
                value = total - before
            if total is None and value is not None and before is not None:
                total = before + value
            found[edition][(enterprise, indicator, month)] = (value, total)
    return found
