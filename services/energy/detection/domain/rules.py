"""Which parameters hold for a meter on a day: rows with a scope and a validity, the most specific wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from libs.common.contracts.energy import ConditionKind
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


class RuleBook:
    """All rules, asked for many meters and days at once.

    A meter on a day has one rule of each kind; each set of rules that occurs has a number, for good: number 0 is
    what ships.
    """

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._of_kind: dict[ConditionKind, list[Rule]] = {
            kind: [Rule(one(), _EPOCH), *sorted(_of(rules, kind), key=lambda rule: rule.rank)]
            for kind, one in CLASSES.items()
        }
        self._ruled = [kind for kind, own in self._of_kind.items() if len(own) > 1]
        self._numbers: dict[tuple[int, ...], int] = {}
        self._sets: list[dict[ConditionKind, AnyParameters]] = []
        self.table = np.zeros(0, RECORD)
        self._number((0,) * len(self._ruled))

    @property
    def is_plain(self) -> bool:
        """Whether nothing but what ships holds."""
        return not self._ruled

    def parameters(self, number: int, kind: ConditionKind) -> AnyParameters:
        """The parameters of a kind in a set of rules."""
        return self._sets[number][kind]

    def pick(self, meters: Sequence[tuple[str, str]], days: NDArray[np.int64]) -> NDArray[np.intp]:
        """The number of the set of rules for each (meter_no, region_code) on each day (days since 1970)."""
        return self.pick_covered(self.coverage(meters), days)

    def coverage(self, meters: Sequence[tuple[str, str]]) -> NDArray[np.bool_]:
        """(meters, rules): which rules are for a (meter_no, region_code), whatever the day."""
        ruled = [rule for kind in self._ruled for rule in self._of_kind[kind]]
        rows = [[rule.covers(*meter) for rule in ruled] for meter in meters]
        return np.array(rows, bool).reshape(len(meters), len(ruled))

    def pick_covered(self, coverage: NDArray[np.bool_], days: NDArray[np.int64]) -> NDArray[np.intp]:
        """As :meth:`pick`, of meters whose coverage is known: (days, rules)."""
        if not self._ruled or not len(days):
            return np.zeros(len(days), np.intp)
        sets: list[tuple[int, ...]] = [()]
        of_row = np.zeros(len(days), np.int64)
        place = 0
        for kind in self._ruled:
            own = self._of_kind[kind]
            chosen = np.zeros(len(days), np.int64)
            # Ascending: a later rule in this order overrides an earlier one.
            for number, rule in enumerate(own):
                chosen[coverage[:, place] & rule.holds_on(days)] = number
                place += 1
            distinct, of_row = _distinct(of_row * len(own) + chosen)
            sets = [(*sets[one // len(own)], one % len(own)) for one in distinct]
        return np.array([self._number(one) for one in sets], np.intp)[of_row]

    def _number(self, chosen: tuple[int, ...]) -> int:
        known = self._numbers.get(chosen)
        if known is None:
            known = self._numbers[chosen] = len(self._sets)
            parameters = {kind: own[0].parameters for kind, own in self._of_kind.items()}
            for kind, number in zip(self._ruled, chosen, strict=True):
                parameters[kind] = self._of_kind[kind][number].parameters
            self._sets.append(parameters)
            self.table = table_of(self._sets)
        return known


def _distinct(numbers: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """Each number once, and the place among them of every entry. Most often there is but one: no need to sort."""
    if (numbers == numbers[0]).all():
        return [int(numbers[0])], np.zeros(len(numbers), np.int64)
    distinct, place = np.unique(numbers, return_inverse=True)
    return distinct.tolist(), place


def _of(rules: Sequence[Rule], kind: ConditionKind) -> list[Rule]:
    return [rule for rule in rules if rule.parameters.kind is kind]
