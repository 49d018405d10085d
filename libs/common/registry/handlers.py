"""Keeping the replica: each event replaces its row when it is newer, a tombstone ends it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from libs.common.context import Context
from libs.common.contracts import projects
from libs.common.contracts.base import Event, Tombstone
from libs.common.inbox.subscription import Subscription
from libs.common.registry.tables import (
    AccountRevocationReplicaRow,
    ApiKeyReplicaRow,
    CalendarDayReplicaRow,
    EndedSessionReplicaRow,
    EnterpriseReplicaRow,
    PersonReplicaRow,
    RegionReplicaRow,
    ReplicaTable,
    SigningKeyReplicaRow,
    UnitReplicaRow,
)

_TABLES: dict[str, tuple[type[ReplicaTable], ...]] = {
    projects.REGION.name: (RegionReplicaRow,),
    projects.UNIT.name: (UnitReplicaRow,),
    projects.PERSON.name: (PersonReplicaRow,),
    projects.ENTERPRISE.name: (EnterpriseReplicaRow,),
    projects.CREDENTIAL.name: (
        SigningKeyReplicaRow,
        ApiKeyReplicaRow,
        AccountRevocationReplicaRow,
        EndedSessionReplicaRow,
    ),
    projects.CALENDAR.name: (CalendarDayReplicaRow,),
}

# A person who was deleted leaves no name behind, only the version that keeps the row from coming back.
_ERASED: dict[type[ReplicaTable], dict[str, Any]] = {
    PersonReplicaRow: {"name": "", "email": None, "phone": None, "active": False},
}


async def _replace(ctx: Context, table: type[ReplicaTable], event: Event[Any]) -> None:
    columns = table.__table__.columns  # type: ignore[attr-defined]
    primary = [column.name for column in columns if column.primary_key]
    # Contracts grow; a field this release has no column for is left out.
    facts = {name: value for name, value in event.payload.model_dump().items() if name in columns}
    row = facts | {"subject": event.subject, "version": event.aggregate_version, "deleted": False}
    statement = insert(table).values(row)
    # One statement: two consumers that race for a row during a rebalance leave the newer one, in any order.
    await ctx.session.execute(
        statement.on_conflict_do_update(
            index_elements=primary,
            set_={name: statement.excluded[name] for name in row if name not in primary},
            where=col(table.version) < statement.excluded.version,
        )
    )


async def on_region_recorded(ctx: Context, event: Event[projects.RegionRecordedV1]) -> None:
    await _replace(ctx, RegionReplicaRow, event)


async def on_unit_recorded(ctx: Context, event: Event[projects.UnitRecordedV1]) -> None:
    await _replace(ctx, UnitReplicaRow, event)


async def on_person_recorded(ctx: Context, event: Event[projects.PersonRecordedV1]) -> None:
    await _replace(ctx, PersonReplicaRow, event)


async def on_enterprise_recorded(ctx: Context, event: Event[projects.EnterpriseRecordedV1]) -> None:
    await _replace(ctx, EnterpriseReplicaRow, event)


async def on_signing_key_recorded(ctx: Context, event: Event[projects.SigningKeyRecordedV1]) -> None:
    await _replace(ctx, SigningKeyReplicaRow, event)


async def on_api_key_recorded(ctx: Context, event: Event[projects.ApiKeyRecordedV1]) -> None:
    await _replace(ctx, ApiKeyReplicaRow, event)


async def on_account_revoked(ctx: Context, event: Event[projects.AccountRevokedV1]) -> None:
    await _replace(ctx, AccountRevocationReplicaRow, event)


async def on_session_ended(ctx: Context, event: Event[projects.SessionEndedV1]) -> None:
    """Note the ended sign-in, and forget those whose tokens have all run out meanwhile (real time)."""
    await _replace(ctx, EndedSessionReplicaRow, event)
    await ctx.session.execute(
        delete(EndedSessionReplicaRow).where(col(EndedSessionReplicaRow.not_after) < datetime.now(UTC))
    )


async def on_calendar_day_recorded(ctx: Context, event: Event[projects.CalendarDayRecordedV1]) -> None:
    await _replace(ctx, CalendarDayReplicaRow, event)


async def on_tombstone(ctx: Context, tombstone: Tombstone) -> None:
    """End the row of the key; without a version in the record the row keeps its own."""
    version = tombstone.aggregate_version
    for table in _TABLES[tombstone.topic]:
        values = {"deleted": True, **_ERASED.get(table, {})}
        statement = update(table).where(col(table.subject) == tombstone.subject)
        if version is not None:
            # Not older is enough: the deletion itself may come twice.
            statement = statement.where(col(table.version) <= version)
            values["version"] = version
        await ctx.session.execute(statement.values(values))


SUBSCRIPTIONS: tuple[Subscription, ...] = (
    Subscription(projects.REGION, {projects.RegionRecordedV1: on_region_recorded}, on_tombstone),
    Subscription(projects.UNIT, {projects.UnitRecordedV1: on_unit_recorded}, on_tombstone),
    Subscription(projects.PERSON, {projects.PersonRecordedV1: on_person_recorded}, on_tombstone),
    Subscription(projects.ENTERPRISE, {projects.EnterpriseRecordedV1: on_enterprise_recorded}, on_tombstone),
    Subscription(
        projects.CREDENTIAL,
        {
            projects.SigningKeyRecordedV1: on_signing_key_recorded,
            projects.ApiKeyRecordedV1: on_api_key_recorded,
            projects.AccountRevokedV1: on_account_revoked,
            projects.SessionEndedV1: on_session_ended,
        },
        on_tombstone,
    ),
    Subscription(projects.CALENDAR, {projects.CalendarDayRecordedV1: on_calendar_day_recorded}, on_tombstone),
)
