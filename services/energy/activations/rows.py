"""Between rows and rules: profiles of orders, rules of regions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from services.energy.activations.domain.baseline import Definition, Method
from services.energy.activations.domain.order import Profile
from services.energy.activations.domain.quarters import quarter_of, start_of
from services.energy.activations.domain.rule import Rule
from services.energy.activations.domain.tracking import Patience
from services.energy.activations.domain.verification import Standard
from services.energy.activations.errors import ActivationRuleMissing
from services.energy.activations.tables import ActivationOrderRow, ActivationRuleRow
from services.energy.dated import in_force


def profile_of(order: ActivationOrderRow) -> Profile:
    """What is ordered as amended."""
    steps = tuple((quarter_of(datetime.fromisoformat(at)), float(kw)) for at, kw in order.steps)
    return Profile(steps, quarter_of(order.ends_at))


def put_profile(order: ActivationOrderRow, profile: Profile) -> None:
    """Write what is ordered into the row."""
    order.steps = steps_of(profile)
    order.starts_at, order.ends_at = start_of(profile.first), start_of(profile.end)


def steps_of(profile: Profile) -> list[Any]:
    """[[instant, kW] …] as stored."""
    return [[start_of(quarter).isoformat(), kw] for quarter, kw in profile.steps]


def instants_of(profile: Profile) -> tuple[tuple[datetime, float], ...]:
    """From when on how many kW."""
    return tuple((start_of(quarter).astimezone(UTC), kw) for quarter, kw in profile.steps)


def definition_of(kept: dict[str, Any]) -> Definition:
    return Definition(**kept | {"method": Method(kept["method"])})


def kept_definition(definition: Definition) -> dict[str, Any]:
    return asdict(definition) | {"method": definition.method.value}


def rule_of(row: ActivationRuleRow) -> Rule:
    return Rule(
        region_code=row.region_code,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        baseline=definition_of(row.baseline),
        standard=Standard(**row.standard),
        patience=Patience(**row.patience),
        acknowledge_minutes=row.acknowledge_minutes,
        wait_hours=row.wait_hours,
        max_hours=row.max_hours,
    )


def rule_for(rows: list[ActivationRuleRow], region_code: str, day: date) -> Rule:
    """Raises ActivationRuleMissing."""
    rule = in_force([rule_of(row) for row in rows], region_code, day)
    if rule is None:
        raise ActivationRuleMissing(region_code=region_code, day=day)
    return rule
