"""What the use cases have in common: versions and events, the trail, and who may do what."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.database import VersionedTable
from services.projects.environment.errors import OtherUnit, OwnCause, UnknownReference
from services.projects.environment.repository.inspections import find_enterprise
from services.projects.environment.repository.rules import next_code, next_trail_number
from services.projects.environment.tables.rules import EnvironmentTrailRow
from services.projects.registry.tables import EnterpriseRow

COMPLAINANT = "complainant"

RowT = TypeVar("RowT")
# Whether something is known under its id or code.
Exists = Callable[[AsyncSession, Any], Awaitable[bool]]


async def tell(
    ctx: Context,
    row: VersionedTable,
    payload: EventPayload,
    *,
    subject: UUID,
    region_code: str,
    enterprise_id: UUID | None,
) -> None:
    """Store the row under its next version, with the event of it."""
    row.advance(ctx.now)
    ctx.session.add(row)
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(subject),
        aggregate_version=row.version,
        region_code=region_code,
        enterprise_id=enterprise_id,
    )


async def note_step(
    ctx: Context,
    subject_id: UUID,
    action: str,
    note: str = "",
    facts: Mapping[str, Any] | None = None,
    *,
    actor: str | None = None,
) -> None:
    """Add to the trail; ``facts`` is anything JSON can say. The caller holds the subject's row lock."""
    ctx.session.add(
        EnvironmentTrailRow(
            subject_id=subject_id,
            number=await next_trail_number(ctx.session, subject_id),
            at=ctx.now,
            actor=actor or ctx.principal.subject,
            action=action,
            note=note,
            facts=dict(facts or {}),
        )
    )
    await ctx.session.flush()


async def give_code(ctx: Context, series: str) -> str:
    """The next number of the series in this local year."""
    return await next_code(ctx.session, series, today_of(ctx).year)


async def open_enterprise(ctx: Context, enterprise_id: UUID, pointer: str = "/enterprise_id") -> EnterpriseRow:
    """Raises UnknownReference, and NotFound for one that the caller does not reach."""
    row = await find_enterprise(ctx.session, enterprise_id)
    if row is None:
        raise UnknownReference(
            fields=[pointer.rpartition("/")[2]], errors=[FieldError("reference.unknown", pointer)]
        )
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def demand_known(ctx: Context, checks: Iterable[tuple[str, UUID | str | None, Exists]]) -> None:
    """Raises UnknownReference naming every field (a JSON pointer) that refers to nothing known."""
    unknown = [
        pointer for pointer, key, exists in checks if key is not None and not await exists(ctx.session, key)
    ]
    if unknown:
        raise UnknownReference(
            fields=[pointer.rpartition("/")[2] for pointer in unknown],
            errors=[FieldError("reference.unknown", pointer) for pointer in unknown],
        )


def ensure_reached(ctx: Context, region_code: str, enterprise_id: UUID | None) -> None:
    """Raises NotFound outside of the caller's region or enterprise."""
    ensure_region(ctx.principal, region_code)
    ensure_enterprise(ctx.principal, enterprise_id)


def demand_found(row: RowT | None) -> RowT:
    """Raises NotFound."""
    if row is None:
        raise NotFound
    return row


def ensure_unit(ctx: Context, unit_ids: Iterable[UUID]) -> None:
    """Officers and leaders who belong to a unit act for it alone. Raises OtherUnit."""
    principal = ctx.principal
    if principal.role in {Role.ADMIN, Role.SUPERVISOR} or principal.unit_id is None:
        return
    if principal.unit_id not in set(unit_ids):
        raise OtherUnit


def ensure_no_party(ctx: Context, unit_ids: Iterable[UUID | None]) -> None:
    """Nobody of a unit concerned decides in its cause. Raises OwnCause."""
    if ctx.principal.unit_id is not None and ctx.principal.unit_id in set(unit_ids):
        raise OwnCause
