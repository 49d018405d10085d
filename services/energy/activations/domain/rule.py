"""The figures by which orderly use is carried out, as data with validity (S21; thresholds are never constants)."""

from __future__ import annotations

from dataclasses import dataclass, field

from libs.common.validity import Dated
from services.energy.activations.domain.baseline import Definition, Method
from services.energy.activations.domain.tracking import Patience
from services.energy.activations.domain.verification import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Dated):
    """``acknowledge_minutes``: time to acknowledge a notice. ``wait_hours``: after the end, how long curves are
    waited for before a verdict is given on what is there. ``max_hours``: no order lasts longer."""

    baseline: Definition = field(default_factory=Definition)
    standard: Standard = field(default_factory=Standard)
    patience: Patience = field(default_factory=Patience)
    acknowledge_minutes: int = 30
    wait_hours: int = 36
    max_hours: int = 72


def faults_of(rule: Rule) -> list[str]:
    """Names of the facts that contradict others."""
    baseline = rule.baseline
    faults = []
    if rule.valid_to is not None and rule.valid_to <= rule.valid_from:
        faults.append("valid_to")
    if baseline.min_days > baseline.days:
        faults.append("min_days")
    if baseline.trimmed and (baseline.method is not Method.MIDDLE_DAYS or 2 * baseline.trimmed >= baseline.days):
        faults.append("trimmed")
    spread = 7 if baseline.method is Method.SAME_WEEKDAY else 1
    if baseline.lookback_days < baseline.days * spread:
        faults.append("lookback_days")
    return faults
