"""Which parameters hold for a meter on a day: rows with a scope and a validity, the most specific wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.layout import IntArray
from services.energy.detection.domain.parameters import CLASSES, RECORD, AnyParameters, table_of

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rule table: ``valid_to`` is exclusive; no scope means every meter.

    ``region_prefix`` selects the meters of a region's subtree.
    """

    parameters: AnyParameters
    valid_from: date
    valid_to: date | None = None
    region_prefix: str | None = None
    meter_no: str | None = None

    @property
    def rank(self) -> tuple[int, date]:
        """The most specific rule wins, then the newest."""
        if self.meter_no is not None:
            return 1000, self.valid_from
        return len(self.region_prefix or ""), self.valid_from

    @property
    def edges(self) -> tuple[int, ...]:
        """Days since 1970 on which the rule begins or ceases to hold."""
        ends = (self.valid_from, self.valid_to)
        return tuple((day - _EPOCH).days for day in ends if day is not None)

    def covers(self, meter_no: str, region_code: str) -> bool:
        if self.meter_no is not None:
            return self.meter_no == meter_no
        return region_code.startswith(self.region_prefix or "")

    def holds_on(self, days: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each day since 1970."""
        holds: NDArray[np.bool_] = days >= (self.valid_from - _EPOCH).days
        if self.valid_to is not None:
            holds &= days < (self.valid_to - _EPOCH).days
        return holds


MeterKey = tuple[str, str]
Factors = Mapping[ConditionKind, float]


class RuleBook:
    """All rules and the meters' own factors, asked for many meters and days at once.

    A meter on a day has one rule of each kind; each set of parameters that occurs has a number, for good: number 0
    is what ships. ``factors``: how much wider a meter's limits are than the rule's, by its number and kind.
    """

    def __init__(self, rules: Sequence[Rule] = (), factors: Mapping[str, Factors] | None = None) -> None:
        self._of_kind: dict[ConditionKind, list[Rule]] = {
            kind: [Rule(one(), _EPOCH), *sorted(_of(rules, kind), key=lambda rule: rule.rank)]
            for kind, one in CLASSES.items()
        }
        self._ruled = [kind for kind, own in self._of_kind.items() if len(own) > 1]
        self._factors = {
            meter_no: tuple(sorted((kind, factor) for kind, factor in own.items() if factor != 1))
            for meter_no, own in (factors or {}).items()
        }
        self._covers: dict[MeterKey, list[bool]] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._sets: list[dict[ConditionKind, AnyParameters]] = []
        self._table = np.zeros(8, RECORD)
        self._number((0,) * len(self._ruled), ())
        # Days from which another set of rules may hold, and what is known by (stretch between them, meter).
        self._edges = np.array(sorted({edge for rule in rules for edge in rule.edges}), np.int64)
        self.forget_meters()

    def forget_meters(self) -> None:
        """Facts of meters have changed."""
        self._covers.clear()
        self._known = np.full((len(self._edges) + 1, 0), -1, np.int32)

    @property
    def table(self) -> NDArray[np.void]:
        """The sets of parameters as the compiled rules take them, by number."""
        return self._table[: len(self._sets)]

    @property
    def is_plain(self) -> bool:
        """Whether nothing but what ships holds."""
        return not self._ruled and not self._factors

    def parameters(self, number: int, kind: ConditionKind) -> AnyParameters:
        """The parameters of a kind in a set of rules."""
        return self._sets[number][kind]

    def parameters_on(self, meter_no: str, region_code: str, day: int, kind: ConditionKind) -> AnyParameters:
        """The parameters of a kind for a meter on a day since 1970."""
        number = self.pick([(meter_no, region_code)], np.array([day], np.int64))[0]
        return self.parameters(int(number), kind)

    def numbers(self, index: IntArray, days: IntArray, key_of: Callable[[int], MeterKey]) -> NDArray[np.intp]:
        """As :meth:`pick`, by the meters' indexes; what was found is remembered."""
        if self.is_plain or not len(index):
            return np.zeros(len(index), np.intp)
        highest = int(index.max())
        if highest >= self._known.shape[1]:
            wider = np.full((len(self._known), max(highest + 1, 2 * self._known.shape[1])), -1, np.int32)
            wider[:, : self._known.shape[1]] = self._known
            self._known = wider
        span = np.searchsorted(self._edges, days, side="right")
        found = self._known[span, index]
        new = np.flatnonzero(found < 0)
        if len(new):
            cells, first = np.unique(span[new] * (highest + 1) + index[new], return_index=True)
            rows = new[first]
            keys = [key_of(meter) for meter in index[rows].tolist()]
            self._known[cells // (highest + 1), cells % (highest + 1)] = self.pick(keys, days[rows])
            found = self._known[span, index]
        return found.astype(np.intp)

    def pick(self, meters: Sequence[MeterKey], days: IntArray) -> NDArray[np.intp]:
        """The number of the set of rules for each (meter_no, region_code) on each day (days since 1970)."""
        if self.is_plain or not len(days):
            return np.zeros(len(days), np.intp)
        chosen = np.zeros((len(days), len(self._ruled)), np.intp)
        coverage = np.array([self._coverage(meter) for meter in meters], bool)
        place = 0
        for column, kind in enumerate(self._ruled):
            # Ascending: a later rule in this order overrides an earlier one.
            for number, rule in enumerate(self._of_kind[kind]):
                chosen[coverage[:, place] & rule.holds_on(days), column] = number
                place += 1
        factors = [self._factors.get(meter_no, ()) for meter_no, _ in meters]
        return np.array(
            [self._number(tuple(row), own) for row, own in zip(chosen.tolist(), factors, strict=True)], np.intp
        )

    def _number(self, chosen: tuple[int, ...], factors: tuple[tuple[ConditionKind, float], ...]) -> int:
        key = (chosen, factors)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._sets)
            parameters = {kind: own[0].parameters for kind, own in self._of_kind.items()}
            for kind, number in zip(self._ruled, chosen, strict=True):
                parameters[kind] = self._of_kind[kind][number].parameters
            for kind, factor in factors:
                parameters[kind] = parameters[kind].adapted(factor)
            self._sets.append(parameters)
            if known >= len(self._table):
                self._table = np.concatenate((self._table, np.zeros(len(self._table), RECORD)))
            self._table[known] = table_of([parameters])[0]
        return known

    def _coverage(self, meter: MeterKey) -> list[bool]:
        known = self._covers.get(meter)
        if known is None:
            ruled = (rule for kind in self._ruled for rule in self._of_kind[kind])
            known = self._covers[meter] = [rule.covers(*meter) for rule in ruled]
        return known


def _of(rules: Sequence[Rule], kind: ConditionKind) -> list[Rule]:
    return [rule for rule in rules if rule.parameters.kind is kind]
