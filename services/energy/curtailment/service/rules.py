"""Shares of the tiers and the objective, in force on a day and in a region; keeping them."""

from __future__ import annotations

from datetime import date

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.curtailment import repository
from services.energy.curtailment.domain.rules import (
    AnyParameters,
    CurtailmentRuleKind,
    Objective,
    TierShares,
)
from services.energy.curtailment.errors import CurtailmentRuleTooWide, CurtailmentRuleValidityInverted
from services.energy.curtailment.tables import CurtailmentRuleRow
from services.energy.dated import in_force
from services.energy.metering.errors import RegionCodeInvalid


async def tier_shares(ctx: Context, region_code: str, day: date) -> TierShares:
    entry = in_force(await repository.rules_of(ctx.session, CurtailmentRuleKind.TIER_SHARES), region_code, day)
    return TierShares() if entry is None else TierShares.model_validate(entry.parameters)


async def objective(ctx: Context, region_code: str, day: date) -> Objective:
    entry = in_force(await repository.rules_of(ctx.session, CurtailmentRuleKind.OBJECTIVE), region_code, day)
    return Objective() if entry is None else Objective.model_validate(entry.parameters)


async def put_rule(
    ctx: Context,
    kind: CurtailmentRuleKind,
    region_code: str | None,
    valid_from: date,
    valid_to: date | None,
    parameters: AnyParameters,
    note: str,
) -> tuple[CurtailmentRuleRow, bool]:
    """Record a rule under its region and beginning; returns it and whether it is new.

    Raises CurtailmentRuleValidityInverted, CurtailmentRuleTooWide, RegionCodeInvalid.
    """
    _check_region(ctx, region_code)
    if valid_to is not None and valid_to <= valid_from:
        raise CurtailmentRuleValidityInverted(valid_from=valid_from, valid_to=valid_to)
    await repository.lock(ctx.session, "curtailment_rule", f"{kind}/{region_code or ''}/{valid_from}")
    row = await repository.find_rule(ctx.session, kind.value, region_code, valid_from)
    is_new = row is None
    if row is None:
        row = CurtailmentRuleRow(
            id=ctx.new_id(),
            kind=kind.value,
            region_code=region_code,
            valid_from=valid_from,
            parameters={},
            note=note,
            version=0,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
    row.valid_to, row.note, row.parameters = valid_to, note, parameters.model_dump(mode="json")
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    return row, is_new


def _check_region(ctx: Context, region_code: str | None) -> None:
    """A rule for everywhere is for who reaches everywhere."""
    if region_code is not None:
        try:
            regions.validate(region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
            raise RegionCodeInvalid(region_code=region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, region_code)):
        raise CurtailmentRuleTooWide(region_code=region_code)
