"""The economy of a bulletin's region and period, worked out from the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.acceptance.years_account import raw
from tests.acceptance.years_account.figures import before
from tests.acceptance.years_account.recomputed import Rows, Standing, Value, growth, percent

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass
class Economy:
    """``facts`` are the rows of other tables by name, of the region alone."""

    kind: str
    region: str
    last: date
    rows: Rows
    facts: Mapping[str, Any]
    known: dict[str, Value] = field(default_factory=dict)

    @property
    def first(self) -> date:
        return before(self.last, MONTHS[self.kind] - 1)

    @property
    def last_day(self) -> date:
        return before(self.last, -1) - timedelta(days=1)

    @property
    def months(self) -> list[date]:
        return [before(self.last, back) for back in reversed(range(MONTHS[self.kind]))]

    @property
    def begins_the_year(self) -> bool:
        return self.first.month == 1

    @property
    def level(self) -> int | None:
        """How many digits the region's parts have."""
        return {4: 6, 6: 9}.get(len(self._prefix))

    @property
    def _prefix(self) -> str:
        return self.region[:4] if self.region.endswith("00") and len(self.region) == 6 else self.region

    def within(self, place: Standing) -> bool:
        return place.region.startswith(self._prefix)

    def _sum(self, indicator: str, month: date, key: Callable[[Standing], bool], **how: bool) -> Value:
        return self.rows.sum(indicator, month, key, **how).value

    def economy(self, rest: str) -> Value:
        if rest in {"reported", "expected"}:
            found = self.rows.sum(raw.OUTPUT, self.last, self.within, cumulative=True)
            return Decimal(found.complete if rest == "reported" else found.expected)
        indicator, what, *more = rest.split(".")
        match what:
            case "total":
                return self._year(indicator, self.within, more)
            case "own":
                return self._own(indicator, more)
            case "month":
                then = before(date.fromisoformat(f"{more[0]}-01"), 12 if more[1:] else 0)
                return self._sum(indicator, then, self.within, as_base=bool(more[1:]))
            case "enterprise":
                return self._of_works(indicator, more[0])
        key = self.part(what, more[0])
        return self._year(indicator, key, more[1:])

    def part(self, what: str, code: str) -> Callable[[Standing], bool]:
        if what == "region":
            return lambda place: self.within(place) and place.region.startswith(code)
        assert what == "sector"
        return lambda place: self.within(place) and place.sector.startswith(code)

    def _year(self, indicator: str, key: Callable[[Standing], bool], more: Sequence[str]) -> Value:
        now = self._sum(indicator, self.last, key, cumulative=True)
        if not more:
            return now
        then = self._sum(indicator, before(self.last, 12), key, cumulative=True, as_base=True)
        match more[0]:
            case "yoy":
                return growth(now, then)
            case "share":
                return percent(now, self._sum(indicator, self.last, self.within, cumulative=True))
        assert more[0] == "contribution"
        base = self._sum(indicator, before(self.last, 12), self.within, cumulative=True, as_base=True)
        return None if now is None or then is None else percent(now - then, base)

    def _own(self, indicator: str, more: Sequence[str]) -> Value:
        now = self._added([self._sum(indicator, month, self.within) for month in self.months])
        if not more:
            return now
        back = {"yoy": 12, "mom": 1}[more[0]]
        assert back == 12 or self.kind == "month"
        then = [self._sum(indicator, before(month, back), self.within, as_base=True) for month in self.months]
        return growth(now, self._added(then))

    @staticmethod
    def _added(values: Sequence[Value]) -> Value:
        known = [value for value in values if value is not None]
        return sum(known, Decimal(0)) if len(known) == len(values) else None

    def _of_works(self, indicator: str, code: str) -> Value:
        return dict(self.works(indicator))[code][1]

    def works(self, indicator: str) -> list[tuple[str, tuple[Value, Value]]]:
        """The year so far of each works in the region, and its growth, by its code."""
        found = []
        for enterprise, place in self.rows.members(self.last).items():
            if self.within(place):
                now = self.rows.value(enterprise, indicator, self.last, cumulative=True)
                then = self.rows.base(enterprise, indicator, before(self.last, 12), cumulative=True)
                found.append((self.facts["codes"][str(enterprise)], (now, growth(now, then))))
        return found

    def groups(self, what: str) -> list[str]:
        """Keys of the parts or sectors that somebody stands in or stood in, by growth."""
        width = self.level if what == "region" else 2
        places = [
            place
            for month in (self.last, before(self.last, 12))
            for place in self.rows.members(month).values()
            if self.within(place)
        ]
        keys = {(place.region if what == "region" else place.sector)[:width] for place in places}
        rates = {key: self.economy(f"{raw.OUTPUT}.{what}.{key}.yoy") for key in keys}
        return sorted(keys, key=lambda key: (rates[key] is None, -(rates[key] or 0), key))
