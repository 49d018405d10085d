"""Flushing groups to the targets of their receivers: many groups at once, with the same few statements.

What systems are told is written for all groups together; people are told one by one, each by their own ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from libs.common.context import Context
from libs.common.outages import is_database_outage
from libs.common.registry.queries import work_calendar
from libs.common.workdays import WorkCalendar
from services.alerts.grouping import repository, telling
from services.alerts.grouping.domain.due import News, Told, news, next_flush
from services.alerts.grouping.repository import Turn
from services.alerts.grouping.tables import GroupRow
from services.alerts.muting import service as muting
from services.alerts.notifications.alertmanager import item_of
from services.alerts.notifications.plain import PlainMessage, write_all
from services.alerts.routing import trees
from services.alerts.routing.domain.tree import Route, Tree
from services.alerts.trail.many import News as TrailNews
from services.alerts.trail.many import append_each
from services.alerts.trail.tables import AlertRow

log = structlog.get_logger(__name__)

_AT_ONCE = 100
_PAUSE_AFTER_FAILURE = timedelta(minutes=1)


@dataclass(slots=True)
class _Round:
    """What the flushes of one round come to; written together at its end."""

    gone: list[UUID] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    told: dict[tuple[UUID, str], Told] = field(default_factory=dict)
    left: list[tuple[UUID, UUID]] = field(default_factory=list)
    messages: list[PlainMessage] = field(default_factory=list)
    news: list[TrailNews] = field(default_factory=list)
    people: list[_ToPeople] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _ToPeople:
    flush: telling.Flush
    target: telling.Target
    alerts: Sequence[AlertRow]
    why: News
    told: Told | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read for all groups of a round at once."""

    forest: trees.Forest
    members: Mapping[UUID, Sequence[AlertRow]]
    told: Mapping[UUID, Mapping[str, Told]]
    quiet: frozenset[UUID]
    calendar: WorkCalendar | None


async def flush_due(ctx: Context, *, external_url: str, limit: int = _AT_ONCE) -> int:
    """Flush groups whose time has come; answers how many."""
    groups = await repository.lock_due(ctx.session, ctx.now, limit)
    if groups:
        await _flush_all(ctx, groups, external_url)
    return len(groups)


async def _flush_all(ctx: Context, groups: Sequence[GroupRow], external_url: str) -> None:
    try:
        # A savepoint: what goes wrong with one group must not hold up the others.
        async with ctx.session.begin_nested():
            await _flush(ctx, groups, external_url)
    except Exception as error:
        if is_database_outage(error):
            raise
        if len(groups) > 1:
            for group in groups:
                await _flush_all(ctx, [group], external_url)
            return
        log.exception("grouping.flush_failed", group_id=str(groups[0].id))
        await repository.postpone(ctx.session, groups[0].id, ctx.now + _PAUSE_AFTER_FAILURE)


async def _flush(ctx: Context, groups: Sequence[GroupRow], external_url: str) -> None:
    known = await _read(ctx, groups)
    made = _Round()
    for group in groups:
        _look_at(ctx, group, known, external_url, made)
    if made.people:
        # In the order of their ids, before anything is written of any of them.
        told = {alert.id for one in made.people for alert in one.alerts} | {one.alert_id for one in made.news}
        await repository.lock_alerts(ctx.session, told)
    await write_all(ctx, made.messages)
    await append_each(ctx, made.news)
    for one in made.people:
        await telling.tell_people(ctx, one.flush, one.target, one.alerts, one.why, one.told)
    await _write(ctx, made)


async def _read(ctx: Context, groups: Sequence[GroupRow]) -> _Known:
    forest = await trees.forest_of(ctx)
    ids = [group.id for group in groups]
    members = await repository.members_of(ctx.session, ids)
    alerts = {alert.id: alert for of_group in members.values() for alert in of_group}
    asks_for_hours = any(
        route is not None and route.has_intervals
        for route in (forest.tree_for(group.region_code, ctx.now).route(group.route_key) for group in groups)
    )
    return _Known(
        forest,
        members,
        await repository.told_of(ctx.session, ids),
        frozenset(await muting.mutings_of_alerts(ctx, list(alerts.values()))),
        await work_calendar(ctx.session) if asks_for_hours else None,
    )


def _look_at(ctx: Context, group: GroupRow, known: _Known, external_url: str, made: _Round) -> None:
    tree = known.forest.tree_for(group.region_code, ctx.now)
    route = tree.route(group.route_key)
    is_gone = route is None or tree.region_code != group.tree_region or route.receiver != group.receiver
    alerts = known.members.get(group.id, ())
    if route is None or is_gone or not alerts:
        # The queue has put what is live into other groups when the tree changed.
        made.gone.append(group.id)
        return
    next_at = next_flush(group.next_flush_at, ctx.now, route.group_interval)
    made.turns.append(Turn(group.id, tree.revision, next_at))
    if _is_resting(tree, route, ctx.now, known.calendar):
        return
    audible = [alert for alert in alerts if alert.id not in known.quiet]
    items = {alert.id: item_of(alert, ctx.now) for alert in alerts}
    receiver = tree.spec.receiver(route.receiver)
    flush = telling.Flush(group, route, receiver, audible, items, external_url)
    for target in telling.targets_of(receiver):
        _tell(ctx, flush, target, known.told.get(group.id, {}).get(target.key), made)
    _forget_ended(flush, alerts, made)


def _is_resting(tree: Tree, route: Route, now: datetime, calendar: WorkCalendar | None) -> bool:
    return calendar is not None and route.has_intervals and bool(tree.resting(route, now, calendar))


def _tell(ctx: Context, flush: telling.Flush, target: telling.Target, told: Told | None, made: _Round) -> None:
    items = [flush.items[alert.id] for alert in flush.alerts]
    firing = frozenset(item.fingerprint for item in items if item.ends_at is None)
    resolved = frozenset(item.fingerprint for item in items if item.ends_at is not None)
    why = news(
        told,
        firing,
        resolved,
        now=ctx.now,
        repeat=timedelta(seconds=flush.route.repeat_interval),
        tells_resolved=target.tells_resolved,
    )
    if why is None or (why is News.REPEATED and _all_taken_up(flush)):
        return
    shown = [alert for alert in flush.alerts if flush.items[alert.id].ends_at is None or target.tells_resolved]
    if shown and target.webhook is not None:
        message = telling.message_to_system(ctx, flush, target.webhook, shown)
        made.messages.append(message)
        made.news += telling.told_to_system(flush, message, shown)
    elif shown:
        made.people.append(_ToPeople(flush, target, shown, why, told))
    made.told[flush.group.id, target.key] = Told(firing, resolved, ctx.now)


def _all_taken_up(flush: telling.Flush) -> bool:
    """Whether somebody has acknowledged everything: what is in hand is not repeated."""
    live = [alert for alert in flush.alerts if flush.items[alert.id].ends_at is None]
    return all(alert.status == "acknowledged" for alert in live)


def _forget_ended(flush: telling.Flush, alerts: Sequence[AlertRow], made: _Round) -> None:
    """What has ended has been told, or was quiet to its end; an empty group goes with what it remembers."""
    ended = [alert.id for alert in alerts if flush.items[alert.id].ends_at is not None]
    if len(ended) == len(alerts):
        made.gone.append(flush.group.id)
    else:
        made.left += [(flush.group.id, alert_id) for alert_id in ended]


async def _write(ctx: Context, made: _Round) -> None:
    gone = set(made.gone)
    turns = [turn for turn in made.turns if turn.group_id not in gone]
    told = {key: one for key, one in made.told.items() if key[0] not in gone}
    if turns:
        await repository.put_turns(ctx.session, turns, ctx.now)
    if told:
        await repository.put_told(ctx.session, told)
    if made.left:
        await repository.drop_members(ctx.session, made.left)
    if gone:
        await repository.delete_groups(ctx.session, gone)
