"""Keeping the rules of forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.forecast import repository
from services.energy.forecast.domain.parameters import ForecastParameters
from services.energy.forecast.errors import (
    ForecastRuleInvalid,
    ForecastRuleScopeAmbiguous,
    ForecastRuleScopeTooWide,
    ForecastRuleValidityInverted,
)
from services.energy.forecast.tables import ForecastRuleRow
from services.energy.grid.loads import find_node
from services.energy.metering.errors import RegionCodeInvalid


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as somebody wants it; ``valid_to`` is exclusive."""

    region_code: str | None
    node_code: str | None
    valid_from: date
    valid_to: date | None
    parameters: dict[str, Any]
    note: str


async def put_rule(ctx: Context, facts: RuleFacts) -> tuple[ForecastRuleRow, bool]:
    """Record a rule under its scope and beginning; returns it and whether it is new.

    Raises ForecastRuleScopeAmbiguous, ForecastRuleScopeTooWide, ForecastRuleValidityInverted, ForecastRuleInvalid,
    RegionCodeInvalid, GridNodeNotFound.
    """
    parameters = _parameters(facts.parameters)
    await _check_scope(ctx, facts)
    if facts.valid_to is not None and facts.valid_to <= facts.valid_from:
        raise ForecastRuleValidityInverted(valid_from=facts.valid_from, valid_to=facts.valid_to)
    row = await repository.find_rule(ctx.session, facts.region_code, facts.node_code, facts.valid_from)
    is_new = row is None
    if row is None:
        row = ForecastRuleRow(
            id=ctx.new_id(),
            region_code=facts.region_code,
            node_code=facts.node_code,
            valid_from=facts.valid_from,
            parameters={},
            note=facts.note,
            version=0,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
    row.valid_to, row.note = facts.valid_to, facts.note
    row.parameters = parameters.model_dump(mode="json")
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    return row, is_new


def _parameters(told: dict[str, Any]) -> ForecastParameters:
    try:
        return ForecastParameters.model_validate(told)
    except ValidationError as error:
        faults = [
            FieldError(
                "forecast.parameter_invalid",
                "/parameters/" + "/".join(map(str, fault["loc"])),
                {"reason": fault["msg"]},
            )
            for fault in error.errors()
        ]
        raise ForecastRuleInvalid(count=len(faults), errors=faults) from error


async def _check_scope(ctx: Context, facts: RuleFacts) -> None:
    if facts.region_code is not None and facts.node_code is not None:
        raise ForecastRuleScopeAmbiguous
    if facts.node_code is not None:
        await find_node(ctx.session, ctx.principal, facts.node_code)
        return
    if facts.region_code is not None:
        try:
            regions.validate(facts.region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": facts.region_code})
            raise RegionCodeInvalid(region_code=facts.region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, facts.region_code)):
        raise ForecastRuleScopeTooWide
