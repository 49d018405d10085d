"""Events as they came: kept for the tests of rules, and written into a condition while it waits to open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.remember import later
from services.alerts.warnings.domain.conditions import EVENTS
from services.alerts.warnings.tables import RuleEventRow


def condition_id_of(event: Event[Any]) -> str:
    identity: UUID | None = getattr(event.payload, "condition_id", None)
    return event.subject if identity is None else str(identity)


async def keep(ctx: Context, event: Event[Any]) -> None:
    """Write the event down; one that is known stays as it was."""
    row = {
        "event_id": event.id,
        "type": event.type,
        "source": event.source,
        "condition_id": condition_id_of(event),
        "version": event.aggregate_version,
        "region_code": event.region_code,
        "enterprise_id": getattr(event.payload, "enterprise_id", None),
        "occurred_at": event.time,
        "received_at": ctx.now,
        "payload": event.payload.model_dump(mode="json"),
    }
    if not later(ctx.session, _write, row):
        await _write(ctx.session, [row])


async def _write(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    await session.execute(insert(RuleEventRow).values(rows).on_conflict_do_nothing())


def written(event: Event[Any]) -> dict[str, Any]:
    """The event as JSON, to be read back by :func:`read`."""
    return {
        "id": str(event.id),
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "aggregate_version": event.aggregate_version,
        "region_code": event.region_code,
        "payload": event.payload.model_dump(mode="json"),
    }


def read(kept: Mapping[str, Any]) -> Event[Any]:
    """What :func:`written` wrote."""
    return Event(
        id=UUID(kept["id"]),
        type=kept["type"],
        source=kept["source"],
        subject=kept["subject"],
        time=datetime.fromisoformat(kept["time"]),
        aggregate_version=kept["aggregate_version"],
        region_code=kept["region_code"],
        payload=EVENTS[kept["type"]].model_validate(kept["payload"]),
    )


def event_of(row: RuleEventRow) -> Event[Any]:
    """A kept event as its handler saw it."""
    return Event(
        id=row.event_id,
        type=row.type,
        source=row.source,
        subject=row.condition_id,
        time=row.occurred_at,
        aggregate_version=row.version,
        region_code=row.region_code,
        payload=EVENTS[row.type].model_validate(row.payload),
    )
