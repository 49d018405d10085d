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
        self._covers: dict[tuple[str, str], list[bool]] = {}
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
        if not self._ruled or not len(days):
            return np.zeros(len(days), np.intp)
        coverage = np.array([self._coverage(meter) for meter in meters], bool)
        chosen = np.zeros((len(days), len(self._ruled)), np.intp)
        place = 0
        for column, kind in enumerate(self._ruled):
            # Ascending: a later rule in this order overrides an earlier one.
            for number, rule in enumerate(self._of_kind[kind]):
                chosen[coverage[:, place] & rule.holds_on(days), column] = number
                place += 1
        distinct, inverse = np.unique(chosen, axis=0, return_inverse=True)
        numbers = np.array([self._number(tuple(row)) for row in distinct.tolist()], np.intp)
        return numbers[inverse.reshape(-1)]

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

    def _coverage(self, meter: tuple[str, str]) -> list[bool]:
        known = self._covers.get(meter)
        if known is None:
            ruled = (rule for kind in self._ruled for rule in self._of_kind[kind])
            known = self._covers[meter] = [rule.covers(*meter) for rule in ruled]
        return known


def _of(rules: Sequence[Rule], kind: ConditionKind) -> list[Rule]:
    return [rule for rule in rules if rule.parameters.kind is kind]
