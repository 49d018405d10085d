"""Entries in the trails of many alerts at once: a digest of ten thousand is told in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from sqlalchemy import Text as SqlText
from sqlalchemy import Uuid, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlmodel import col

from libs.common.context import Context
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow, TrailRow

_AT_ONCE = 2000


async def append_to_all(
    ctx: Context,
    alert_ids: Collection[UUID],
    kind: TrailKind,
    facts_of: Callable[[UUID], Mapping[str, object]],
) -> None:
    """Lock the alerts in the order of their ids, as everybody does who locks several, and add an entry to each.

    Alerts that the session holds are not brought up to date: for jobs that have loaded none.
    """
    actor = actor_of(ctx.principal)
    ordered = sorted(set(alert_ids))
    for start in range(0, len(ordered), _AT_ONCE):
        statement = (
            select(col(AlertRow.id), col(AlertRow.trail_length), col(AlertRow.trail_head))
            .where(col(AlertRow.id).in_(ordered[start : start + _AT_ONCE]))
            .order_by(col(AlertRow.id))
            .with_for_update()
        )
        entries = [
            chain.link(
                alert_id=alert_id,
                seq=length + 1,
                kind=kind,
                at=ctx.now,
                actor=actor,
                facts=facts_of(alert_id),
                previous=head,
            )
            for alert_id, length, head in await ctx.session.execute(statement)
        ]
        if entries:
            await write(ctx, entries)


async def write(ctx: Context, entries: list[Entry]) -> None:
    """One entry for each of several locked alerts, and the new ends of their chains."""
    rows = [
        {
            name: getattr(entry, name)
            for name in ("alert_id", "seq", "kind", "at", "actor", "facts", "previous", "digest")
        }
        for entry in entries
    ]
    await ctx.session.execute(insert(TrailRow), rows)
    ends = select(
        func.unnest(bindparam("ids", type_=ARRAY(Uuid()))).label("id"),
        func.unnest(bindparam("lengths", type_=ARRAY(INTEGER))).label("length"),
        func.unnest(bindparam("heads", type_=ARRAY(SqlText()))).label("head"),
    ).subquery()
    await ctx.session.execute(
        update(AlertRow)
        .where(col(AlertRow.id) == ends.c.id)
        .values(trail_length=ends.c.length, trail_head=ends.c.head)
        .execution_options(synchronize_session=False),
        {
            "ids": [entry.alert_id for entry in entries],
            "lengths": [entry.seq for entry in entries],
            "heads": [entry.digest for entry in entries],
        },
    )
