"""Putting alerts into groups, and flushing groups to the targets of their receivers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from services.alerts.grouping import repository, telling
from services.alerts.grouping.domain.due import News, Told, first_flush, news, next_flush
from services.alerts.grouping.tables import GroupRow
from services.alerts.muting import service as muting
from services.alerts.notifications.alertmanager import item_of
from services.alerts.routing import changes, trees
from services.alerts.routing.domain.fingerprints import fingerprint
from services.alerts.routing.domain.tree import Route, Traveller, Tree
from services.alerts.trail.labels import labels_of
from services.alerts.trail.tables import AlertRow

log = structlog.get_logger(__name__)

_AT_ONCE = 500
_PAUSE_AFTER_FAILURE = timedelta(minutes=1)


async def place_changed(ctx: Context, limit: int = _AT_ONCE) -> int:
    """Put alerts that have changed into their groups; answers how many were looked at."""
    taken = await changes.take(ctx, limit)
    if taken:
        await place(ctx, await repository.find_alerts(ctx.session, taken))
    return len(taken)


async def place(ctx: Context, alerts: Sequence[AlertRow]) -> None:
    """Put live alerts into the groups of their routes; one that has ended stays where it is until that is told."""
    live = sorted((alert for alert in alerts if alert.status != "resolved"), key=lambda one: one.id)
    if not live:
        return
    forest = await trees.forest_of(ctx)
    known = await repository.memberships(ctx.session, [alert.id for alert in live])
    made: dict[tuple[str, str, str, str], tuple[UUID, bool]] = {}
    rows = []
    for alert in live:
        labels = labels_of(alert)
        tree = forest.tree_for(alert.region_code, ctx.now)
        own = fingerprint(labels)
        groups = set()
        for route in tree.match(Traveller(labels, alert.region_code, alert.responsible_unit_id)):
            if tree.spec.receiver(route.receiver).tells:
                groups.add(await _group_for(ctx, alert, labels, tree, route, made))
        rows += [{"group_id": group, "fingerprint": own, "alert_id": alert.id} for group in groups]
        if any(group not in groups or name != own for group, name in known.get(alert.id, ())):
            await repository.leave_others(ctx.session, alert.id, groups, own)
    if rows:
        await repository.put_members(ctx.session, rows)


async def _group_for(
    ctx: Context,
    alert: AlertRow,
    labels: dict[str, str],
    tree: Tree,
    route: Route,
    made: dict[tuple[str, str, str, str], tuple[UUID, bool]],
) -> UUID:
    group_labels = route.group_labels(labels)
    digest = hashlib.sha256(orjson.dumps(group_labels, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    key = (tree.region_code, route.key, route.receiver, digest)
    flush_at = first_flush(alert.received_at, alert.occurred_at, route.group_wait)
    hurries = flush_at <= max(alert.received_at, ctx.now)
    if key in made and (made[key][1] or not hurries):
        return made[key][0]
    values = {
        "id": ctx.new_id(),
        "tree_region": tree.region_code,
        "tree_revision": tree.revision,
        "route_key": route.key,
        "receiver": route.receiver,
        "labels_digest": digest,
        "labels": group_labels,
        "region_code": alert.region_code,
        "created_at": ctx.now,
        "next_flush_at": flush_at,
    }
    made[key] = (await repository.put_group(ctx.session, values, at_once=hurries), hurries)
    return made[key][0]


async def flush_due(ctx: Context, *, external_url: str, limit: int = 20) -> int:
    """Flush groups whose time has come; answers how many."""
    groups = await repository.lock_due(ctx.session, ctx.now, limit)
    for group in groups:
        group_id = group.id
        try:
            # A savepoint: what goes wrong with one group must not hold up the others.
            async with ctx.session.begin_nested():
                await _flush(ctx, group, external_url)
        except (SQLAlchemyError, OSError, TimeoutError):
            raise
        except Exception:
            log.exception("grouping.flush_failed", group_id=str(group_id))
            await repository.postpone(ctx.session, group_id, ctx.now + _PAUSE_AFTER_FAILURE)
    return len(groups)


async def tree_changed(ctx: Context, region_code: str) -> None:
    """A new tree is in force: groups are flushed, and what is live finds its place anew."""
    await changes.note_all_live(ctx)
    await repository.flush_soon(ctx.session, region_code, ctx.now)


async def _flush(ctx: Context, group: GroupRow, external_url: str) -> None:
    tree = await trees.tree_for(ctx, group.region_code)
    route = tree.route(group.route_key)
    is_gone = route is None or tree.region_code != group.tree_region or route.receiver != group.receiver
    alerts = await repository.members(ctx.session, group.id)
    if route is None or is_gone or not alerts:
        # The queue has put what is live into other groups when the tree changed.
        await repository.delete_group(ctx.session, group.id)
        return
    group.tree_revision = tree.revision
    due_at, group.flushed_at = group.next_flush_at, ctx.now
    group.next_flush_at = next_flush(due_at, ctx.now, route.group_interval)
    await ctx.session.flush()
    if route.has_intervals and tree.resting(route, ctx.now, await work_calendar(ctx.session)):
        return
    quiet = await muting.mutings_of_alerts(ctx, alerts)
    audible = [alert for alert in alerts if alert.id not in quiet]
    items = {alert.id: item_of(alert, ctx.now) for alert in audible}
    receiver = tree.spec.receiver(route.receiver)
    told = await repository.told(ctx.session, group.id)
    delivery = telling.Flush(group, route, receiver, audible, items, external_url)
    for target in telling.targets_of(receiver):
        await _tell(ctx, delivery, target, told.get(target.key), route.repeat_interval)
    await _forget_ended(ctx, group, alerts, audible)


async def _tell(
    ctx: Context, flush: telling.Flush, target: telling.Target, told: Told | None, repeat_seconds: float
) -> None:
    firing = frozenset(item.fingerprint for item in flush.items.values() if item.ends_at is None)
    resolved = frozenset(item.fingerprint for item in flush.items.values() if item.ends_at is not None)
    why = news(
        told,
        firing,
        resolved,
        now=ctx.now,
        repeat=timedelta(seconds=repeat_seconds),
        tells_resolved=target.tells_resolved,
    )
    if why is None or (why is News.REPEATED and _all_taken_up(flush)):
        return
    shown = [
        alert
        for alert in flush.alerts
        if flush.items[alert.id].ends_at is None or (target.tells_resolved and flush.items[alert.id].ends_at)
    ]
    if shown:
        await telling.tell(ctx, flush, target, shown, why, told)
    await repository.put_told(ctx.session, flush.group.id, target.key, Told(firing, resolved, ctx.now))


def _all_taken_up(flush: telling.Flush) -> bool:
    """Whether somebody has acknowledged everything: what is in hand is not repeated."""
    live = [alert for alert in flush.alerts if flush.items[alert.id].ends_at is None]
    return all(alert.status == "acknowledged" for alert in live)


async def _forget_ended(
    ctx: Context, group: GroupRow, alerts: Sequence[AlertRow], audible: Sequence[AlertRow]
) -> None:
    """What has ended has been told, or was quiet to its end; an empty group goes with what it remembers."""
    ended = [alert.id for alert in alerts if _has_ended(alert, ctx.now)]
    if len(ended) == len(alerts):
        await repository.delete_group(ctx.session, group.id)
    elif ended:
        await repository.drop_members(ctx.session, group.id, ended)


def _has_ended(alert: AlertRow, now: datetime) -> bool:
    return item_of(alert, now).ends_at is not None
