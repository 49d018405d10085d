"""SQL of groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from libs.common.database import raw_connection
from services.alerts.grouping.domain.due import Told
from services.alerts.grouping.tables import GroupMemberRow, GroupNoticeRow, GroupRow
from services.alerts.routing.tables import RoutingQueueRow
from services.alerts.trail.tables import AlertRow


class Place(NamedTuple):
    """What tells a group from others: tree, route, receiver and the digest of its labels."""

    tree_region: str
    route_key: str
    receiver: str
    labels_digest: str


@dataclass(slots=True)
class PlacedGroup:
    """A group as it would be made; `labels` are JSON, `flush_at` is when it is flushed first."""

    id: UUID
    place: Place
    tree_revision: int
    labels: str
    region_code: str
    created_at: datetime
    flush_at: datetime


class Turn(NamedTuple):
    """A group that was looked at, by which revision of its tree, and when it is the next time."""

    group_id: UUID
    tree_revision: int
    next_at: datetime


# Also without a change: a row that is only looked at could be emptied and deleted before we put a member in.
_PUT_GROUPS = """
INSERT INTO alert_group AS old (
    id, tree_region, tree_revision, route_key, receiver, labels_digest, labels, region_code, created_at,
    next_flush_at
)
SELECT id, tree_region, tree_revision, route_key, receiver, labels_digest, labels::jsonb, region_code, created_at,
       next_flush_at
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::timestamptz[])
    AS new (id, tree_region, tree_revision, route_key, receiver, labels_digest, labels, region_code, created_at,
            next_flush_at)
ORDER BY tree_region, route_key, receiver, labels_digest
ON CONFLICT ON CONSTRAINT uq_alert_group_place DO UPDATE SET next_flush_at = CASE
    WHEN old.flushed_at IS NULL AND excluded.next_flush_at <= $11
        THEN least(old.next_flush_at, excluded.next_flush_at)
    ELSE old.next_flush_at END
RETURNING tree_region, route_key, receiver, labels_digest, id
"""


async def put_groups(session: AsyncSession, groups: Sequence[PlacedGroup], now: datetime) -> dict[Place, UUID]:
    """The groups of these places, made where they are new.

    One that waits for its first flush is brought forward to now by a `flush_at` that has come.
    """
    connection = await raw_connection(session)
    rows = await connection.fetch(
        _PUT_GROUPS,
        [group.id for group in groups],
        [group.place.tree_region for group in groups],
        [group.tree_revision for group in groups],
        [group.place.route_key for group in groups],
        [group.place.receiver for group in groups],
        [group.place.labels_digest for group in groups],
        [group.labels for group in groups],
        [group.region_code for group in groups],
        [group.created_at for group in groups],
        [group.flush_at for group in groups],
        now,
    )
    return {Place(*row[:4]): row[4] for row in map(tuple, rows)}


_PUT_MEMBERS = """
INSERT INTO alert_group_member (group_id, fingerprint, alert_id)
SELECT group_id, fingerprint, alert_id FROM unnest($1::uuid[], $2::text[], $3::uuid[])
    AS new (group_id, fingerprint, alert_id)
ORDER BY group_id, fingerprint
ON CONFLICT (group_id, fingerprint) DO UPDATE SET alert_id = excluded.alert_id
"""


async def put_members(session: AsyncSession, members: Mapping[tuple[UUID, str], UUID]) -> None:
    """The alert of each group and fingerprint, in the place of one that was there."""
    connection = await raw_connection(session)
    await connection.execute(
        _PUT_MEMBERS,
        [group_id for group_id, _ in members],
        [fingerprint for _, fingerprint in members],
        list(members.values()),
    )


_DROP_STALE = """
DELETE FROM alert_group_member AS member USING unnest($1::uuid[], $2::text[], $3::uuid[])
    AS stale (group_id, fingerprint, alert_id)
WHERE (member.group_id, member.fingerprint, member.alert_id) = (stale.group_id, stale.fingerprint, stale.alert_id)
"""


async def drop_stale(session: AsyncSession, stale: Sequence[tuple[UUID, str, UUID]]) -> None:
    """Take alerts out of groups that are not theirs any more, and old labels out of those that are."""
    connection = await raw_connection(session)
    await connection.execute(
        _DROP_STALE, [one[0] for one in stale], [one[1] for one in stale], [one[2] for one in stale]
    )


async def memberships(session: AsyncSession, alert_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """The groups of each alert, with the fingerprint under which it is there."""
    statement = select(
        col(GroupMemberRow.alert_id), col(GroupMemberRow.group_id), col(GroupMemberRow.fingerprint)
    ).where(col(GroupMemberRow.alert_id).in_(list(alert_ids)))
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for alert_id, group_id, name in await session.execute(statement):
        found.setdefault(alert_id, []).append((group_id, name))
    return found


async def lock_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[GroupRow]:
    statement = (
        select(GroupRow)
        .where(col(GroupRow.next_flush_at) <= now)
        .order_by(col(GroupRow.next_flush_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def members_of(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, list[AlertRow]]:
    """The alerts of each group; their policies, which nobody needs here, are not read."""
    statement = (
        select(col(GroupMemberRow.group_id), AlertRow)
        .join(GroupMemberRow, col(GroupMemberRow.alert_id) == col(AlertRow.id))
        .where(col(GroupMemberRow.group_id).in_(list(group_ids)))
        .options(_WITHOUT_POLICY)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[AlertRow]] = {}
    for group_id, alert in await session.execute(statement):
        found.setdefault(group_id, []).append(alert)
    return found


_WITHOUT_POLICY = defer(AlertRow.policy, raiseload=True)  # type: ignore[arg-type]  # a column, says the mapper


_DROP_MEMBERS = """
DELETE FROM alert_group_member AS member USING unnest($1::uuid[], $2::uuid[]) AS gone (group_id, alert_id)
WHERE member.group_id = gone.group_id AND member.alert_id = gone.alert_id
"""


async def drop_members(session: AsyncSession, gone: Sequence[tuple[UUID, UUID]]) -> None:
    """Take alerts out of groups, by (group, alert)."""
    connection = await raw_connection(session)
    await connection.execute(_DROP_MEMBERS, [one[0] for one in gone], [one[1] for one in gone])


async def delete_groups(session: AsyncSession, group_ids: Collection[UUID]) -> None:
    await session.execute(
        delete(GroupRow).where(col(GroupRow.id).in_(list(group_ids))).execution_options(synchronize_session=False)
    )


async def told_of(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, dict[str, Told]]:
    """What each target was last told of each group."""
    statement = select(
        col(GroupNoticeRow.group_id),
        col(GroupNoticeRow.target),
        col(GroupNoticeRow.firing),
        col(GroupNoticeRow.resolved),
        col(GroupNoticeRow.at),
    ).where(col(GroupNoticeRow.group_id).in_(list(group_ids)))
    found: dict[UUID, dict[str, Told]] = {}
    for group_id, target, firing, resolved, at in await session.execute(statement):
        found.setdefault(group_id, {})[target] = Told(frozenset(firing), frozenset(resolved), at)
    return found


# Fingerprints are hexadecimal: a comma parts them safely, where an array of arrays would have to be a rectangle.
_PUT_TOLD = """
INSERT INTO alert_group_notice (group_id, target, firing, resolved, at)
SELECT group_id, target, string_to_array(firing, ','), string_to_array(resolved, ','), at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS new (group_id, target, firing, resolved, at)
ON CONFLICT (group_id, target) DO UPDATE SET
    firing = excluded.firing, resolved = excluded.resolved, at = excluded.at
"""


async def put_told(session: AsyncSession, told: Mapping[tuple[UUID, str], Told]) -> None:
    """What the targets have been told, by (group, target); the groups are locked."""
    connection = await raw_connection(session)
    await connection.execute(
        _PUT_TOLD,
        [group_id for group_id, _ in told],
        [target for _, target in told],
        [",".join(sorted(one.firing)) for one in told.values()],
        [",".join(sorted(one.resolved)) for one in told.values()],
        [one.at for one in told.values()],
    )


_PUT_TURNS = """
UPDATE alert_group AS kept SET tree_revision = turn.revision, flushed_at = $4, next_flush_at = turn.next_at
FROM unnest($1::uuid[], $2::int[], $3::timestamptz[]) AS turn (id, revision, next_at) WHERE kept.id = turn.id
"""


async def put_turns(session: AsyncSession, turns: Sequence[Turn], at: datetime) -> None:
    """The locked groups have been looked at."""
    connection = await raw_connection(session)
    await connection.execute(
        _PUT_TURNS,
        [turn.group_id for turn in turns],
        [turn.tree_revision for turn in turns],
        [turn.next_at for turn in turns],
        at,
    )


async def flush_soon(session: AsyncSession, tree_region: str, at: datetime) -> None:
    """After a change of the tree the groups of its region are looked at anew."""
    await session.execute(
        update(GroupRow)
        .where(col(GroupRow.tree_region) == tree_region)
        .values(next_flush_at=at)
        .execution_options(synchronize_session=False)
    )


async def list_with_members(session: AsyncSession) -> list[tuple[GroupRow, AlertRow]]:
    statement = (
        select(GroupRow, AlertRow)
        .join(GroupMemberRow, col(GroupMemberRow.group_id) == col(GroupRow.id))
        .join(AlertRow, col(AlertRow.id) == col(GroupMemberRow.alert_id))
        .order_by(col(GroupRow.id))
    )
    return [(group, alert) for group, alert in await session.execute(statement)]


async def find_alerts(session: AsyncSession, alert_ids: Collection[UUID]) -> Sequence[AlertRow]:
    statement = select(AlertRow).where(col(AlertRow.id).in_(list(alert_ids)))
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def postpone(session: AsyncSession, group_id: UUID, until: datetime) -> None:
    await session.execute(
        update(GroupRow)
        .where(col(GroupRow.id) == group_id)
        .values(next_flush_at=until)
        .execution_options(synchronize_session=False)
    )


async def lock_alerts(session: AsyncSession, alert_ids: Collection[UUID]) -> Sequence[AlertRow]:
    """Alerts locked in the order of their ids, as everybody does who locks several."""
    if not alert_ids:
        return []
    statement = select(AlertRow).where(col(AlertRow.id).in_(list(alert_ids))).order_by(col(AlertRow.id))
    return (await session.scalars(statement.with_for_update().execution_options(populate_existing=True))).all()


async def what_waits(session: AsyncSession) -> tuple[bool, datetime | None]:
    """Whether any alert waits for its groups, and when the next group falls due."""
    next_at = select(func.min(col(GroupRow.next_flush_at))).scalar_subquery()
    found = (await session.execute(select(exists(select(RoutingQueueRow)), next_at))).one()
    return found[0], found[1]
