"""Putting alerts into the groups of their routes: any number with the same few statements."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from libs.common.context import Context
from services.alerts.grouping import repository
from services.alerts.grouping.domain.due import first_flush
from services.alerts.grouping.repository import Place, PlacedGroup
from services.alerts.routing import changes, trees
from services.alerts.routing.domain.fingerprints import fingerprint_of_json
from services.alerts.routing.domain.tree import Route, Traveller, Tree
from services.alerts.trail.labels import labels_of
from services.alerts.trail.tables import AlertRow

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Placed:
    """An alert under its fingerprint in the groups of its routes."""

    alert: AlertRow
    fingerprint: str
    places: tuple[Place, ...]


async def place_changed(ctx: Context, limit: int = _AT_ONCE) -> int:
    """Put alerts that have changed into their groups; answers how many were looked at."""
    taken = await changes.take(ctx, limit)
    if taken:
        await place(ctx, await repository.find_alerts(ctx.session, taken))
    return len(taken)


async def place(ctx: Context, alerts: Sequence[AlertRow], *, are_new: bool = False) -> None:
    """Put live alerts into the groups of their routes; one that has ended stays where it is until that is told.

    `are_new`: this transaction has made them, so they are in no group yet.
    """
    live = sorted((alert for alert in alerts if alert.status != "resolved"), key=lambda one: one.id)
    if not live:
        return
    forest = await trees.forest_of(ctx)
    known = {} if are_new else await repository.memberships(ctx.session, [alert.id for alert in live])
    groups: dict[Place, PlacedGroup] = {}
    placed = [_place(ctx, alert, forest, groups) for alert in live]
    ids = await repository.put_groups(ctx.session, list(groups.values()), ctx.now) if groups else {}
    left: list[tuple[UUID, str, UUID]] = []
    members: dict[tuple[UUID, str], UUID] = {}
    for one in placed:
        own = {ids[place] for place in one.places}
        # Of two live alerts with the same labels the younger one stands in the group.
        members |= {(group_id, one.fingerprint): one.alert.id for group_id in own}
        left += [
            (group_id, name, one.alert.id)
            for group_id, name in known.get(one.alert.id, ())
            if group_id not in own or name != one.fingerprint
        ]
    if left:
        await repository.drop_stale(ctx.session, left)
    if members:
        await repository.put_members(ctx.session, members)


def _place(ctx: Context, alert: AlertRow, forest: trees.Forest, groups: dict[Place, PlacedGroup]) -> _Placed:
    labels = labels_of(alert)
    tree = forest.tree_for(alert.region_code, ctx.now)
    places = []
    for route in tree.match(Traveller(labels, alert.region_code, alert.responsible_unit_id)):
        if not tree.spec.receiver(route.receiver).tells:
            continue
        group = _group_for(ctx, alert, labels, tree, route)
        place = group.place
        earlier = groups.setdefault(place, group)
        # The first to come says when the group is flushed, unless one comes that has waited already.
        if earlier is not group and group.flush_at <= ctx.now:
            earlier.flush_at = min(earlier.flush_at, group.flush_at)
        places.append(place)
    text = orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode()
    return _Placed(alert, fingerprint_of_json(text), tuple(dict.fromkeys(places)))


def _group_for(ctx: Context, alert: AlertRow, labels: dict[str, str], tree: Tree, route: Route) -> PlacedGroup:
    group_labels = orjson.dumps(route.group_labels(labels), option=orjson.OPT_SORT_KEYS)
    return PlacedGroup(
        id=ctx.new_id(),
        place=Place(tree.region_code, route.key, route.receiver, hashlib.sha256(group_labels).hexdigest()[:32]),
        tree_revision=tree.revision,
        labels=group_labels.decode(),
        region_code=alert.region_code,
        created_at=ctx.now,
        flush_at=_flush_at(ctx.now, alert, route),
    )


def _flush_at(now: datetime, alert: AlertRow, route: Route) -> datetime:
    """When a group that is new or was not flushed yet is flushed for this alert; by `now` if it need not wait."""
    flush_at = first_flush(alert.received_at, alert.occurred_at, route.group_wait)
    return min(flush_at, now) if flush_at <= alert.received_at else flush_at
