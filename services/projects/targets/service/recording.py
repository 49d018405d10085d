"""How targets are written: their version, their history and their event, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import TargetChangedV1, TargetSetV1, TargetWithdrawnV1
from libs.common.outbox.record import record_event
from services.projects.economy.domain.arithmetic import plain
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.tables import TargetChangeRow, TargetRow

TargetEvent = type[TargetSetV1] | type[TargetChangedV1] | type[TargetWithdrawnV1]


def snapshot(row: TargetRow) -> dict[str, Any]:
    """The facts that people set, as JSON keeps them."""
    return {name: as_json(getattr(row, name)) for name in FACTS}


# What people set; all else follows from it.
FACTS = (
    "code",
    "name",
    "parent_id",
    "indicator_code",
    "scope_type",
    "region_code",
    "unit_id",
    "person_id",
    "park_code",
    "sectors",
    "cluster_code",
    "first_year",
    "last_year",
    "direction",
    "counting",
    "amount",
    "base_amount",
    "profile",
    "milestones",
    "weight",
    "responsible_unit_id",
    "responsible_person_id",
    "source",
    "note",
)


def as_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return str(value) if isinstance(value, UUID | date) else value


async def store(
    ctx: Context,
    row: TargetRow,
    indicator: Indicator,
    event: TargetEvent,
    before: Mapping[str, Any],
    *,
    reason: str = "",
) -> None:
    """Write the changed row with its history and event; its version is the new one already."""
    after = snapshot(row)
    fields = tuple(name for name in FACTS if before.get(name) != after[name])
    await ctx.session.flush()
    ctx.session.add(
        TargetChangeRow(
            target_id=row.id,
            version=row.version,
            at=ctx.now,
            actor=ctx.principal.subject,
            actor_role=ctx.principal.role.value,
            action=event.event_type.split(".")[-2],
            reason=reason,
            changes=[{"field": name, "before": before.get(name), "after": after[name]} for name in fields],
        )
    )
    facts: dict[str, Any] = {
        "target_id": row.id,
        "code": row.code,
        "name": row.name,
        "parent_id": row.parent_id,
        "indicator_code": row.indicator_code,
        "unit": indicator.unit,
        "scope_type": row.scope_type,
        "first_year": row.first_year,
        "last_year": row.last_year,
        "direction": row.direction,
        "amount": plain(row.amount),
        "responsible_unit_id": row.responsible_unit_id,
        "responsible_person_id": row.responsible_person_id,
        "reason": reason,
    }
    payload = event(**facts, fields=fields) if event is TargetChangedV1 else event(**facts)
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
