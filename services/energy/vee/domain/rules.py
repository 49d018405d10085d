"""Which rule of a kind holds for a meter on a day: the narrowest scope wins, then the newest beginning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import day_number
from services.energy.vee.domain.kinds import RuleKind, Thresholds

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """``valid_to`` is exclusive; no scope means every meter, ``region_prefix`` those of a region's subtree."""

    rule_id: UUID
    kind: RuleKind
    thresholds: Thresholds
    valid_from: date
    valid_to: date | None = None
    region_prefix: str | None = None
    meter_no: str | None = None

    @property
    def rank(self) -> tuple[int, date]:
        if self.meter_no is not None:
            return 1000, self.valid_from
        return len(self.region_prefix or ""), self.valid_from

    def covers(self, meter: Meter) -> bool:
        if self.meter_no is not None:
            return self.meter_no == meter.meter_no
        return meter.region_code.startswith(self.region_prefix or "")


class RuleBook:
    """All rules, asked for many meters and days at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._by_kind: dict[RuleKind, list[Rule]] = {}
        for rule in sorted(rules, key=lambda item: item.rank):
            self._by_kind.setdefault(rule.kind, []).append(rule)

    def rules(self, kind: RuleKind) -> Sequence[Rule]:
        return self._by_kind.get(kind, ())

    def of(self, kind: RuleKind, meters: Sequence[Meter], day: Int) -> Iterator[tuple[Rule, Mask]]:
        """Enabled rules of a kind, each with where it holds: (meters, days); ``day`` since 1970."""
        rules = self.rules(kind)
        chosen = np.full((len(meters), len(day)), -1, np.int64)
        for number, rule in enumerate(rules):
            holds = day >= day_number(rule.valid_from)
            if rule.valid_to is not None:
                holds &= day < day_number(rule.valid_to)
            covered = np.array([rule.covers(meter) for meter in meters], bool)
            chosen[covered[:, None] & holds[None, :]] = number
        for number, rule in enumerate(rules):
            where = chosen == number
            if rule.thresholds.enabled and where.any():
                yield rule, where
