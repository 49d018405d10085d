"""Recording, changing and withdrawing planned outages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.metering.errors import RegionCodeInvalid
from services.energy.metering.repository import get_visible_row
from services.energy.outages import repository
from services.energy.outages.domain.outage import Scope
from services.energy.outages.errors import (
    OutageNotFound,
    OutagePeriodInverted,
    OutageRegionMissing,
    OutageWithdrawn,
)
from services.energy.outages.tables import PlannedOutageRow

PLANNED: Final = "planned"
WITHDRAWN: Final = "withdrawn"
OWN_SYSTEM: Final = "duban"
# A longer one is a disconnection, not an outage: its end would be a guess.
MAX_DURATION: Final = timedelta(days=60)


class Effect(Enum):
    """What an announcement did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is announced. ``region_code`` is that of a feeder or transformer; a meter and a region bring their own.

    ``external_id``: the announcing system's name for it, by which the same announcement changes what is there.
    """

    scope: Scope
    code: str
    region_code: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    system: str = OWN_SYSTEM
    external_id: str | None = None


async def announce(ctx: Context, announcement: Announcement) -> tuple[PlannedOutageRow, Effect]:
    """Record an outage, or change the one of this external id; returns it and what became of it.

    The same announcement again changes nothing. Raises OutagePeriodInverted, OutageRegionMissing,
    RegionCodeInvalid, MeterNotFound, NotFound and OutageNotFound for what is not the caller's.
    """
    announcement = replace(
        announcement,
        starts_at=announcement.starts_at.astimezone(UTC),
        ends_at=announcement.ends_at.astimezone(UTC),
    )
    _check_period(announcement.starts_at, announcement.ends_at)
    region_code, enterprise_id = await _place(ctx, announcement)
    if announcement.external_id is not None:
        row = await repository.find_announced(ctx.session, announcement.system, announcement.external_id)
        if row is not None:
            ensure_region(ctx.principal, row.region_code)
            is_changed = _replace(ctx, row, announcement, region_code, enterprise_id)
            return row, Effect.CHANGED if is_changed else Effect.UNCHANGED
    outage_id = ctx.new_id()
    row = PlannedOutageRow(
        id=outage_id,
        scope=announcement.scope.value,
        code=announcement.code,
        region_code=region_code,
        enterprise_id=enterprise_id,
        starts_at=announcement.starts_at,
        ends_at=announcement.ends_at,
        reason=announcement.reason,
        status=PLANNED,
        system=announcement.system,
        external_id=announcement.external_id or str(outage_id),
        version=1,
        recorded_by=ctx.principal.subject,
        recorded_at=ctx.now,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row, Effect.CREATED


async def change(
    ctx: Context, row: PlannedOutageRow, starts_at: datetime, ends_at: datetime, reason: str
) -> PlannedOutageRow:
    """Move a locked outage, or word it anew. Raises OutageWithdrawn, OutagePeriodInverted."""
    if row.status == WITHDRAWN:
        raise OutageWithdrawn(outage_id=row.id)
    starts_at, ends_at = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    _check_period(starts_at, ends_at)
    if (row.starts_at, row.ends_at, row.reason) != (starts_at, ends_at, reason):
        row.starts_at, row.ends_at, row.reason = starts_at, ends_at, reason
        _touch(ctx, row)
    return row


async def withdraw(ctx: Context, outage_id: UUID) -> PlannedOutageRow:
    """It does not take place; what it suppressed is judged again from now on. Withdrawn again, it stays so."""
    row = await repository.get_outage(ctx.session, ctx.principal, outage_id, lock=True)
    if row.status != WITHDRAWN:
        row.status = WITHDRAWN
        _touch(ctx, row)
    return row


def _replace(
    ctx: Context,
    row: PlannedOutageRow,
    announcement: Announcement,
    region_code: str,
    enterprise_id: UUID | None,
) -> bool:
    facts = {
        "scope": announcement.scope.value,
        "code": announcement.code,
        "region_code": region_code,
        "enterprise_id": enterprise_id,
        "starts_at": announcement.starts_at,
        "ends_at": announcement.ends_at,
        "reason": announcement.reason,
    }
    if all(getattr(row, name) == value for name, value in facts.items()):
        return False
    if row.status == WITHDRAWN:
        raise OutageWithdrawn(outage_id=row.id)
    for name, value in facts.items():
        setattr(row, name, value)
    _touch(ctx, row)
    return True


def _touch(ctx: Context, row: PlannedOutageRow) -> None:
    row.version += 1
    row.changed_at = ctx.now


async def _place(ctx: Context, announcement: Announcement) -> tuple[str, UUID | None]:
    """Region and enterprise by which the outage is seen."""
    if announcement.scope is Scope.METER:
        meter = await get_visible_row(ctx.session, ctx.principal, announcement.code)
        return meter.region_code, meter.enterprise_id
    region_code = announcement.code if announcement.scope is Scope.REGION else announcement.region_code
    if region_code is None:
        raise OutageRegionMissing(
            scope=announcement.scope.value, errors=[FieldError("outage.region_missing", "/region_code")]
        )
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
        raise RegionCodeInvalid(region_code=region_code, errors=[fault]) from error
    ensure_region(ctx.principal, region_code)
    if ctx.principal.is_enterprise_bound:
        # A whole feeder or region is not one enterprise's to cut off.
        raise OutageNotFound(outage_id=region_code)
    return region_code, None


def _check_period(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at or ends_at - starts_at > MAX_DURATION:
        raise OutagePeriodInverted(
            starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(), max_days=MAX_DURATION.days
        )
