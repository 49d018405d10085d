"""Entries in the trails of many alerts at once: a digest of ten thousand is told in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from libs.common.context import Context
from libs.common.database import raw_connection
from services.alerts.trail.domain import chain
from services.alerts.trail.domain.chain import Entry
from services.alerts.trail.domain.life import TrailKind
from services.alerts.trail.domain.naming import nameless
from services.alerts.trail.service import actor_of
from services.alerts.trail.tables import AlertRow

_AT_ONCE = 2000
_COLUMNS = ("alert_id", "seq", "kind", "at", "actor", "facts", "previous", "digest")
_PUT_ENDS = """
UPDATE alert SET trail_length = ends.length, trail_head = ends.head
FROM unnest($1::uuid[], $2::int[], $3::text[]) AS ends (id, length, head) WHERE alert.id = ends.id
"""


@dataclass(frozen=True, slots=True)
class News:
    """What is to be said in the trail of one alert."""

    alert_id: UUID
    kind: TrailKind
    facts: Mapping[str, object] = field(default_factory=dict)


async def append_to_all(
    ctx: Context,
    alert_ids: Collection[UUID],
    kind: TrailKind,
    facts_of: Callable[[UUID], Mapping[str, object]],
) -> None:
    """An entry in the trail of each of the alerts; see :func:`append_each`."""
    await append_each(ctx, [News(alert_id, kind, facts_of(alert_id)) for alert_id in set(alert_ids)])


async def append_each(ctx: Context, news: Iterable[News]) -> None:
    """Lock the alerts in the order of their ids, as everybody does who locks several, and add the entries.

    Those of one alert in their order. Alerts that the session holds are not brought up to date: for jobs that have
    loaded none, or do not change them.
    """
    by_alert: dict[UUID, list[News]] = {}
    for one in news:
        by_alert.setdefault(one.alert_id, []).append(one)
    ordered = sorted(by_alert)
    actor = actor_of(ctx.principal)
    for start in range(0, len(ordered), _AT_ONCE):
        statement = (
            select(col(AlertRow.id), col(AlertRow.trail_length), col(AlertRow.trail_head))
            .where(col(AlertRow.id).in_(ordered[start : start + _AT_ONCE]))
            .order_by(col(AlertRow.id))
            .with_for_update()
        )
        linked = [
            _linked(ctx, actor, by_alert[alert_id], length, head)
            for alert_id, length, head in await ctx.session.execute(statement)
        ]
        if linked:
            await write(ctx, [entry for of_alert in linked for entry in of_alert])
            await _put_ends(ctx, [of_alert[-1] for of_alert in linked])


def _linked(ctx: Context, actor: str, news: Sequence[News], length: int, head: str) -> list[Entry]:
    """The entries of one alert whose chain has this length and end."""
    entries: list[Entry] = []
    for place, one in enumerate(news, start=length + 1):
        entry = chain.link(
            alert_id=one.alert_id,
            seq=place,
            kind=one.kind,
            at=ctx.now,
            actor=actor,
            facts=nameless(one.facts),
            previous=entries[-1].digest if entries else head,
        )
        entries.append(entry)
    return entries


async def write(ctx: Context, entries: Sequence[Entry]) -> None:
    """Entries of locked alerts whose ends are written otherwise; the alerts are in the database."""
    if entries:
        connection = await raw_connection(ctx.session)
        records = [tuple(getattr(entry, name) for name in _COLUMNS) for entry in entries]
        await connection.copy_records_to_table("alert_trail", records=records, columns=_COLUMNS)


async def _put_ends(ctx: Context, ends: Sequence[Entry]) -> None:
    connection = await raw_connection(ctx.session)
    await connection.execute(
        _PUT_ENDS, [end.alert_id for end in ends], [end.seq for end in ends], [end.digest for end in ends]
    )
