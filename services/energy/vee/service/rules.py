"""Keeping the rules of validation and estimation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.metering.domain.meter import Kind
from services.energy.metering.errors import RegionCodeInvalid
from services.energy.metering.repository import get_visible
from services.energy.vee import repository
from services.energy.vee.domain.kinds import THRESHOLDS, RuleKind, SumCheckThresholds, Thresholds
from services.energy.vee.errors import (
    SumCheckWithoutMeter,
    ThresholdsInvalid,
    VeeRuleScopeAmbiguous,
    VeeRuleScopeTooWide,
    VeeRuleValidityInverted,
    VirtualNotEstimated,
)
from services.energy.vee.tables import VeeRuleRow

# What writes values in the place of missing ones.
_FILLING: Final = frozenset({RuleKind.ESTIMATION, RuleKind.CATCH_UP})


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule as somebody wants it; ``valid_to`` is exclusive."""

    kind: RuleKind
    region_code: str | None
    meter_no: str | None
    valid_from: date
    valid_to: date | None
    parameters: dict[str, Any]
    note: str


async def put_rule(ctx: Context, facts: RuleFacts) -> tuple[VeeRuleRow, bool]:
    """Record a rule under its scope and beginning; returns it and whether it is new.

    Raises VeeRuleScopeAmbiguous, VeeRuleValidityInverted, VeeRuleScopeTooWide, RegionCodeInvalid, MeterNotFound,
    ThresholdsInvalid, SumCheckWithoutMeter, VirtualNotEstimated.
    """
    thresholds = _thresholds(facts)
    await _check_scope(ctx, facts)
    if facts.kind in _FILLING and facts.meter_no is not None:
        meter = await get_visible(ctx.session, ctx.principal, facts.meter_no)
        if meter.kind is Kind.VIRTUAL:
            raise VirtualNotEstimated(meter_no=facts.meter_no)
    if isinstance(thresholds, SumCheckThresholds):
        if facts.meter_no is None:
            raise SumCheckWithoutMeter
        for part in thresholds.parts:
            await get_visible(ctx.session, ctx.principal, part.meter_no)
    if facts.valid_to is not None and facts.valid_to <= facts.valid_from:
        raise VeeRuleValidityInverted(valid_from=facts.valid_from, valid_to=facts.valid_to)
    scope = (facts.kind.value, facts.region_code, facts.meter_no, facts.valid_from)
    row = await repository.find_rule(ctx.session, *scope)
    is_new = row is None
    if row is None:
        row = VeeRuleRow(
            id=ctx.new_id(),
            kind=facts.kind.value,
            region_code=facts.region_code,
            meter_no=facts.meter_no,
            valid_from=facts.valid_from,
            parameters={},
            note=facts.note,
            version=0,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
    row.valid_to, row.note = facts.valid_to, facts.note
    row.parameters = thresholds.model_dump(mode="json")
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    return row, is_new


def _thresholds(facts: RuleFacts) -> Thresholds:
    try:
        return THRESHOLDS[facts.kind].model_validate(facts.parameters)
    except ValidationError as error:
        faults = [
            FieldError(
                "vee.threshold_invalid",
                "/parameters/" + "/".join(map(str, fault["loc"])),
                {"reason": fault["msg"]},
            )
            for fault in error.errors()
        ]
        raise ThresholdsInvalid(kind=facts.kind.value, errors=faults) from error


async def _check_scope(ctx: Context, facts: RuleFacts) -> None:
    if facts.region_code is not None and facts.meter_no is not None:
        raise VeeRuleScopeAmbiguous
    if facts.meter_no is not None:
        await get_visible(ctx.session, ctx.principal, facts.meter_no)
        return
    if facts.region_code is not None:
        try:
            regions.validate(facts.region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": facts.region_code})
            raise RegionCodeInvalid(region_code=facts.region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, facts.region_code)):
        raise VeeRuleScopeTooWide
