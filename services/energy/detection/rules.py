"""Keeping the rules of detection."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.detection import repository
from services.energy.detection.domain.parameters import AnyParameters
from services.energy.detection.errors import (
    RuleNotFound,
    RuleScopeAmbiguous,
    RuleScopeTooWide,
    RuleValidityInverted,
)
from services.energy.detection.journal import Subject, append, history_of
from services.energy.detection.tables import DetectionFactRow, DetectionRuleRow
from services.energy.metering.errors import RegionCodeInvalid
from services.energy.metering.repository import get_visible


async def put_rule(
    ctx: Context,
    *,
    kind: str,
    region_code: str | None,
    meter_no: str | None,
    valid_from: date,
    valid_to: date | None,
    parameters: AnyParameters,
    note: str,
    backtest_id: UUID | None = None,
) -> tuple[DetectionRuleRow, bool]:
    """Record a rule under its scope and beginning; returns it and whether it is new.

    Raises RuleScopeAmbiguous, RuleValidityInverted, RuleScopeTooWide, RegionCodeInvalid, MeterNotFound.
    """
    await _check_scope(ctx, region_code, meter_no)
    if valid_to is not None and valid_to <= valid_from:
        raise RuleValidityInverted(valid_from=valid_from, valid_to=valid_to)
    row = await repository.find_rule(ctx.session, kind, region_code, meter_no, valid_from)
    is_new = row is None
    if row is None:
        row = DetectionRuleRow(
            id=ctx.new_id(),
            kind=kind,
            region_code=region_code,
            meter_no=meter_no,
            valid_from=valid_from,
            parameters={},
            note=note,
            version=0,
            changed_at=ctx.now,
            changed_by=ctx.principal.subject,
        )
        ctx.session.add(row)
    row.valid_to, row.note = valid_to, note
    row.parameters = parameters.model_dump()
    row.backtest_id = backtest_id
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    await append(ctx.session, Subject.RULE, str(row.id), _payload(row), ctx.now, ctx.principal.subject)
    return row, is_new


async def rule_history(ctx: Context, rule_id: UUID) -> list[DetectionFactRow]:
    """All revisions of a rule. Raises RuleNotFound."""
    found = await history_of(ctx.session, Subject.RULE, str(rule_id))
    if not found:
        raise RuleNotFound(rule_id=rule_id)
    return found


def _payload(row: DetectionRuleRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "region_code": row.region_code,
        "meter_no": row.meter_no,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
        "parameters": row.parameters,
        "note": row.note,
        "version": row.version,
        "backtest_id": None if row.backtest_id is None else str(row.backtest_id),
    }


async def _check_scope(ctx: Context, region_code: str | None, meter_no: str | None) -> None:
    if region_code is not None and meter_no is not None:
        raise RuleScopeAmbiguous
    if meter_no is not None:
        await get_visible(ctx.session, ctx.principal, meter_no)
        return
    if region_code is not None:
        try:
            regions.validate(region_code)
        except regions.InvalidRegionCode as error:
            fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
            raise RegionCodeInvalid(region_code=region_code, errors=[fault]) from error
    if not (ctx.principal.is_unbound or reaches_region(ctx.principal, region_code)):
        raise RuleScopeTooWide
