"""Registering feeds and changing what is recorded of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.security.envelope import Envelope
from libs.common.security.principal import Principal, Role, Scope
from libs.common.security.scope import reaches_region
from libs.common.web.problems import FieldError
from services.energy.feeds.domain.units import UNITS
from services.energy.feeds.formats.registry import BY_NAME
from services.energy.feeds.tables import FeedSourceRow
from services.energy.metering.domain.slots import INTERVALS
from services.energy.sources import repository
from services.energy.sources.domain.connection import (
    PlaceInvalid,
    Transport,
    hosts_of,
    is_allowed,
    place_of,
)
from services.energy.sources.domain.schedule import FeedState, Schedule, ScheduleInvalid
from services.energy.sources.errors import (
    FeedCodeTaken,
    FeedFolderUnset,
    FeedHostNotAllowed,
    FeedIncomplete,
    FeedRegionOutOfReach,
)

SECRET_PURPOSE: Final = "feed secret"  # noqa: S105 - the seal's purpose, not a secret
_SCHEDULE: Final = (
    "every_minutes",
    "cron",
    "workdays_only",
    "grace_minutes",
    "silent_after_minutes",
    "is_active",
)


@dataclass(frozen=True, slots=True)
class Site:
    """What the operator of this site allows, and the key under which secrets of feeds rest."""

    folder_root: Path | None
    allowed_hosts: tuple[str, ...]
    envelope: Envelope


def subject_of(code: str) -> str:
    """By which name a feed without a key delivers; no key's or account's id looks so."""
    return f"feed:{code}"


def principal_of(row: FeedSourceRow) -> Principal:
    """The reach of a feed that is fetched, or that shows a certificate: its own region and enterprise."""
    return Principal(
        subject=subject_of(row.code),
        role=Role.FEED,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        scopes=frozenset({Scope.ENERGY_INGEST, Scope.ENERGY_READ}),
        kind="key",
    )


def schedule_of(row: FeedSourceRow) -> Schedule:
    return Schedule(
        row.every_minutes,
        row.cron,
        row.workdays_only,
        timedelta(minutes=row.grace_minutes),
        timedelta(minutes=row.silent_after_minutes),
    )


def secret_of(row: FeedSourceRow, site: Site) -> str | None:
    return None if row.secret is None else site.envelope.open(row.secret, SECRET_PURPOSE).decode()


async def register(ctx: Context, site: Site, facts: Mapping[str, Any]) -> FeedSourceRow:
    """Register a feed. Raises FeedIncomplete, FeedRegionOutOfReach, FeedCodeTaken and what the site forbids."""
    row = FeedSourceRow(
        id=ctx.new_id(),
        source="",
        version=1,
        created_at=ctx.now,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
        watched_from=ctx.now,
        state=FeedState.UNSCHEDULED.value,
        state_since=ctx.now,
        **{name: value for name, value in facts.items() if name != "secret"},
    )
    await _complete(ctx, site, row, facts)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def change(ctx: Context, site: Site, row: FeedSourceRow, facts: Mapping[str, Any]) -> FeedSourceRow:
    """Change a locked feed; raises as :func:`register` does. A new schedule begins now."""
    if any(getattr(row, name) != facts[name] for name in _SCHEDULE if name in facts):
        row.watched_from = ctx.now
    for name, value in facts.items():
        if name != "secret":
            setattr(row, name, value)
    await _complete(ctx, site, row, facts)
    row.version += 1
    row.changed_at, row.changed_by = ctx.now, ctx.principal.subject
    await ctx.session.flush()
    return row


async def remove(ctx: Context, row: FeedSourceRow) -> None:
    """Forget a feed; its receipts and values stay, with the priority they came under."""
    await ctx.session.delete(row)
    await ctx.session.flush()


async def _complete(ctx: Context, site: Site, row: FeedSourceRow, facts: Mapping[str, Any]) -> None:
    transport = Transport(row.transport)
    _check_region(ctx, row.region_code)
    _check_header(row)
    _check_schedule(row)
    _check_place(site, transport, row)
    subject = await _subject(ctx, transport, row)
    row.source = f"{subject}/{row.source_name}"
    if "secret" in facts:
        secret = facts["secret"]
        row.secret = None if secret is None else site.envelope.seal(secret.encode(), SECRET_PURPOSE)
    with ctx.session.no_autoflush:
        rival = await repository.find_rival(ctx.session, row)
    if rival is not None:
        raise FeedCodeTaken(code=row.code)


async def _subject(ctx: Context, transport: Transport, row: FeedSourceRow) -> str:
    """Whose deliveries the feed's are."""
    if transport.is_fetched:
        if row.key_id is not None or row.certificate_sha256 is not None:
            raise _fault("key_id", "a feed that is fetched shows no credential")
        return subject_of(row.code)
    if (row.key_id is None) == (row.certificate_sha256 is None):
        raise _fault("key_id", "a feed that is sent to us has a key or a certificate")
    if row.key_id is None:
        return subject_of(row.code)
    await _check_key(ctx, row.key_id)
    return str(row.key_id)


async def _check_key(ctx: Context, key_id: UUID) -> None:
    with ctx.session.no_autoflush:
        key = await repository.find_key(ctx.session, key_id)
    if key is None or not reaches_region(ctx.principal, key.region_code):
        raise _fault("key_id", "a key of the registry within your reach")


def _check_region(ctx: Context, region_code: str | None) -> None:
    try:
        regions.validate(region_code or "")
    except regions.InvalidRegionCode as error:
        raise _fault("region_code", "six digits, or nine for a township") from error
    if not reaches_region(ctx.principal, region_code):
        raise FeedRegionOutOfReach(region_code=region_code)


def _check_header(row: FeedSourceRow) -> None:
    if row.format and row.format not in BY_NAME:
        raise _fault("format", ", ".join(sorted(BY_NAME)))
    if row.unit is not None and row.unit not in UNITS:
        raise _fault("unit", ", ".join(UNITS))
    if row.interval_minutes is not None and row.interval_minutes not in INTERVALS:
        raise _fault("interval_minutes", ", ".join(map(str, sorted(INTERVALS))))


def _check_schedule(row: FeedSourceRow) -> None:
    try:
        schedule_of(row)
    except ScheduleInvalid as error:
        name = "cron" if row.cron is not None else "every_minutes"
        raise _fault("silent_after_minutes" if "silent" in str(error) else name, str(error)) from error


def _check_place(site: Site, transport: Transport, row: FeedSourceRow) -> None:
    try:
        place = place_of(transport, row.connection)
    except PlaceInvalid as error:
        raise _fault(f"connection/{error.name}", error.reason) from error
    for address in hosts_of(place):
        if not is_allowed(address, site.allowed_hosts):
            raise FeedHostNotAllowed(address=address)
    if transport is Transport.FOLDER and site.folder_root is None:
        raise FeedFolderUnset


def _fault(pointer: str, expected: str) -> FeedIncomplete:
    name = pointer.rpartition("/")[2]
    return FeedIncomplete(
        name=name, errors=[FieldError("feed.fact_invalid", f"/{pointer}", {"name": name, "expected": expected})]
    )
