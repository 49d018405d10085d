"""Making, changing and ending silences, inhibition rules and maintenance windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.alerts.muting import repository, service
from services.alerts.muting.domain.mutes import MuteState, state_at
from services.alerts.muting.errors import (
    InhibitionNotFound,
    InvalidMatchers,
    MaintenanceNotFound,
    MuteEndsInPast,
    MuteExpired,
    MuteTooLong,
    SilenceNotFound,
)
from services.alerts.muting.tables import InhibitionRow, MaintenanceRow, MuteBase, SilenceRow
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, check
from services.alerts.trail.service import actor_of

MuteT = TypeVar("MuteT", bound=MuteBase)

LONGEST_SILENCE = timedelta(days=366)
_NOT_FOUND: Mapping[type[MuteBase], type[NotFound]] = {
    SilenceRow: SilenceNotFound,
    InhibitionRow: InhibitionNotFound,
    MaintenanceRow: MaintenanceNotFound,
}


async def get(ctx: Context, row: type[MuteT], mute_id: UUID, *, lock: bool = False) -> MuteT:
    """Raises SilenceNotFound, InhibitionNotFound or MaintenanceNotFound."""
    found = await repository.find(ctx.session, ctx.principal, row, mute_id, lock=lock)
    if found is None:
        raise _NOT_FOUND[row]
    return found


async def get_own(ctx: Context, row: type[MuteT], mute_id: UUID) -> MuteT:
    """The locked row for a change: it has to lie in the caller's region; what is above is seen and not touched."""
    found = await get(ctx, row, mute_id, lock=True)
    try:
        ensure_region(ctx.principal, found.region_code)
    except NotFound:
        raise _NOT_FOUND[row] from None
    return found


async def create(
    ctx: Context, row: type[MuteT], facts: Mapping[str, Any], *, longest: timedelta | None = LONGEST_SILENCE
) -> MuteT:
    """A new one of the caller's; `region_code` falls to the caller's own, nobody reaches beyond it.

    Raises InvalidMatchers, MuteEndsInPast, MuteTooLong and NotFound for a region that is not the caller's.
    """
    values = dict(facts)
    values["region_code"] = values.get("region_code") or ctx.principal.region_code
    ensure_region(ctx.principal, values["region_code"])
    values["starts_at"] = max(values.get("starts_at") or ctx.now, ctx.now)
    _check_span(ctx, row, values["starts_at"], values.get("ends_at"), longest)
    made = row(
        **{
            **_stored(row, values),
            "id": ctx.new_id(),
            "author": values.get("author") or ctx.principal.subject,
            "created_by": actor_of(ctx.principal),
            "person_id": ctx.principal.person_id,
            "created_at": ctx.now,
            "updated_at": ctx.now,
        }
    )
    ctx.session.add(made)
    await ctx.session.flush()
    await service.changed(ctx)
    return made


async def change(
    ctx: Context, row: MuteBase, changes: Mapping[str, Any], *, longest: timedelta | None = LONGEST_SILENCE
) -> None:
    """Change a locked one that has not ended. Raises MuteExpired, MuteEndsInPast, MuteTooLong, InvalidMatchers."""
    if row.ended_by is not None or state_at(row.starts_at, row.ends_at, ctx.now) is MuteState.EXPIRED:
        raise MuteExpired
    values = _stored(type(row), changes)
    starts_at = values.get("starts_at", row.starts_at)
    if "starts_at" in values and row.starts_at > ctx.now:
        values["starts_at"] = starts_at = max(starts_at, ctx.now)
    elif "starts_at" in values:
        # It has begun; when that was is history.
        values["starts_at"] = starts_at = row.starts_at
    if "ends_at" in values:
        _check_span(ctx, type(row), starts_at, values["ends_at"], longest)
        values["reminded_at"] = None
    for name, value in values.items():
        setattr(row, name, value)
    await _touch(ctx, row)


async def expire(ctx: Context, row: MuteBase) -> None:
    """End a locked one now; ending what has ended changes nothing."""
    if row.ended_by is not None or state_at(row.starts_at, row.ends_at, ctx.now) is MuteState.EXPIRED:
        return
    row.starts_at = min(row.starts_at, ctx.now)
    row.ends_at = ctx.now
    row.ended_by = actor_of(ctx.principal)
    await _touch(ctx, row)


async def close_ended(ctx: Context) -> None:
    """Write down what time has ended, so that it is not read with every alert any more."""
    ended = [await repository.close_ended(ctx.session, row, ctx.now) for row in _NOT_FOUND]
    if any(ended):
        await service.changed(ctx)


async def _touch(ctx: Context, row: MuteBase) -> None:
    row.version += 1
    row.updated_at = ctx.now
    await ctx.session.flush()
    await service.changed(ctx)


def _check_span(
    ctx: Context,
    row: type[MuteBase],
    starts_at: datetime,
    ends_at: datetime | None,
    longest: timedelta | None,
) -> None:
    if ends_at is None:
        return
    if ends_at <= starts_at or ends_at <= ctx.now:
        raise MuteEndsInPast(ends_at=ends_at)
    if row is SilenceRow and longest is not None and ends_at - starts_at > longest:
        raise MuteTooLong(days=longest.days)


def _stored(row: type[MuteBase], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the row keeps them; matchers are checked. Raises InvalidMatchers."""
    kept = dict(values)
    for field in ("matchers", "source_matchers", "target_matchers"):
        if field in kept:
            # Maintenance of an object needs no labels beside it.
            needs_one = row is SilenceRow or (row is MaintenanceRow and not kept.get("object_id"))
            kept[field] = _checked(field, kept[field], needs_one=needs_one)
    return kept


def _checked(field: str, matchers: Sequence[Matcher], *, needs_one: bool) -> list[dict[str, Any]]:
    try:
        check(matchers, needs_one=needs_one)
    except BadMatcher as error:
        fault = FieldError("mute.matcher_fault", f"/{field}", {"reason": error.reason})
        raise InvalidMatchers(errors=[fault]) from error
    return repository.stored(matchers)
