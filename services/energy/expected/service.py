"""Recording, changing and withdrawing expected events; orderly use (S21) records its activations here as well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.expected import repository
from services.energy.expected.domain.event import MAX_DURATION, Cause, Scope
from services.energy.expected.errors import (
    ExpectedEnterpriseUnknown,
    ExpectedEventNotFound,
    ExpectedEventWithdrawn,
    ExpectedPeriodInverted,
)
from services.energy.expected.tables import ExpectedEventRow
from services.energy.metering.errors import RegionCodeInvalid
from services.energy.metering.repository import get_visible_row

PLANNED: Final = "planned"
WITHDRAWN: Final = "withdrawn"
OWN_SYSTEM: Final = "duban"


class Effect(Enum):
    """What a recording did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of whom from when till when; ``kinds`` are the conditions that are no news then.

    ``external_id``: the recording system's name for it, by which the same event is changed.
    """

    scope: Scope
    code: str
    cause: Cause
    kinds: tuple[ConditionKind, ...]
    starts_at: datetime
    ends_at: datetime
    reason: str
    system: str = OWN_SYSTEM
    external_id: str | None = None


async def expect(ctx: Context, expectation: Expectation) -> tuple[ExpectedEventRow, Effect]:
    """Record an event, or change the one of this external id; the same again changes nothing.

    Raises ExpectedPeriodInverted, ExpectedEnterpriseUnknown, ExpectedEventWithdrawn, RegionCodeInvalid,
    MeterNotFound, NotFound.
    """
    expectation = replace(
        expectation,
        starts_at=expectation.starts_at.astimezone(UTC),
        ends_at=expectation.ends_at.astimezone(UTC),
        kinds=tuple(sorted(set(expectation.kinds))),
    )
    _check_period(expectation.starts_at, expectation.ends_at)
    region_code, enterprise_id = await _place(ctx, expectation)
    facts: dict[str, Any] = {
        "scope": expectation.scope.value,
        "code": expectation.code,
        "cause": expectation.cause.value,
        "kinds": [kind.value for kind in expectation.kinds],
        "region_code": region_code,
        "enterprise_id": enterprise_id,
        "starts_at": expectation.starts_at,
        "ends_at": expectation.ends_at,
        "reason": expectation.reason,
    }
    if expectation.external_id is not None:
        row = await repository.find_recorded(ctx.session, expectation.system, expectation.external_id)
        if row is not None:
            ensure_region(ctx.principal, row.region_code)
            return row, Effect.CHANGED if _change(ctx, row, facts) else Effect.UNCHANGED
    event_id = ctx.new_id()
    row = ExpectedEventRow(
        id=event_id,
        **facts,
        status=PLANNED,
        system=expectation.system,
        external_id=expectation.external_id or str(event_id),
        version=1,
        recorded_by=ctx.principal.subject,
        recorded_at=ctx.now,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row, Effect.CREATED


async def change(
    ctx: Context,
    row: ExpectedEventRow,
    starts_at: datetime,
    ends_at: datetime,
    kinds: tuple[ConditionKind, ...],
    reason: str,
) -> ExpectedEventRow:
    """Move a locked event, or what it covers. Raises ExpectedEventWithdrawn, ExpectedPeriodInverted."""
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    _check_period(starts_at, ends_at)
    names = [kind.value for kind in sorted(set(kinds))]
    _change(ctx, row, {"starts_at": starts_at, "ends_at": ends_at, "kinds": names, "reason": reason})
    return row


async def withdraw(ctx: Context, event_id: UUID) -> ExpectedEventRow:
    """It does not take place; what comes from now on is judged as ever. Withdrawn again, it stays so."""
    row = await repository.get_event(ctx.session, ctx.principal, event_id, lock=True)
    if row.status != WITHDRAWN:
        row.status = WITHDRAWN
        _touch(ctx, row)
    return row


def _change(ctx: Context, row: ExpectedEventRow, facts: dict[str, Any]) -> bool:
    if all(getattr(row, name) == value for name, value in facts.items()):
        return False
    if row.status == WITHDRAWN:
        raise ExpectedEventWithdrawn(event_id=row.id)
    for name, value in facts.items():
        setattr(row, name, value)
    _touch(ctx, row)
    return True


def _touch(ctx: Context, row: ExpectedEventRow) -> None:
    row.version += 1
    row.changed_at = ctx.now


async def _place(ctx: Context, expectation: Expectation) -> tuple[str, UUID | None]:
    """Region and enterprise by which the event is seen and, of an enterprise or region, its meters are found."""
    if expectation.scope is Scope.METER:
        meter = await get_visible_row(ctx.session, ctx.principal, expectation.code)
        return meter.region_code, meter.enterprise_id
    if expectation.scope is Scope.ENTERPRISE:
        try:
            enterprise_id = UUID(expectation.code)
        except ValueError:
            raise ExpectedEnterpriseUnknown(code=expectation.code) from None
        found = await repository.regions_of_enterprise(ctx.session, ctx.principal, enterprise_id)
        if not found:
            raise ExpectedEnterpriseUnknown(code=expectation.code)
        return regions.common_region(found), enterprise_id
    try:
        regions.validate(expectation.code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("meter.region_invalid", "/code", {"region_code": expectation.code})
        raise RegionCodeInvalid(region_code=expectation.code, errors=[fault]) from error
    ensure_region(ctx.principal, expectation.code)
    if ctx.principal.is_enterprise_bound:
        # A whole region is not one enterprise's to speak for.
        raise ExpectedEventNotFound(event_id=expectation.code)
    return expectation.code, None


def _check_period(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at or ends_at - starts_at > MAX_DURATION:
        raise ExpectedPeriodInverted(
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), max_days=MAX_DURATION.days
        )
