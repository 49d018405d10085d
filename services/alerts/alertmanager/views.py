"""What the Alertmanager's clients read: alerts, groups, silences, status; built by the thousand, so by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

import orjson

from libs.common.context import Context
from services.alerts.alertmanager import repository
from services.alerts.alertmanager.shown import Instants, Receivers, Shown, as_list, passing, route, written
from services.alerts.muting import repository as mute_rows
from services.alerts.muting import service as muting
from services.alerts.muting.domain.mutes import InhibitionIndex, MuteState, state_at
from services.alerts.muting.tables import SilenceRow
from services.alerts.notifications.alertmanager import texts_of
from services.alerts.routing import trees
from services.alerts.routing.domain.fingerprints import fingerprint_of_json
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.tree import Traveller

# Silences are shown so long after their end, as there.
KEPT = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """What is asked of the list of alerts; `receiver` is a compiled pattern for whole names."""

    matchers: tuple[Matcher, ...] = ()
    receiver: Any = None
    active: bool = True
    silenced: bool = True
    inhibited: bool = True


async def alerts(ctx: Context, query: AlertQuery) -> list[Shown]:
    """Alerts that last and pass the query, by fingerprint, with receivers and what keeps them quiet."""
    forest = await trees.forest_of(ctx)
    everything = await _lasting(ctx, forest)
    chosen = route(passing(query.matchers, everything), Receivers(forest, ctx.now), query.receiver)
    await _mute(ctx, chosen, everything)
    if not (query.active and query.silenced and query.inhibited):
        chosen = [shown for shown in chosen if _is_wanted(query, shown)]
    chosen.sort(key=attrgetter("fingerprint"))
    return chosen


async def _lasting(ctx: Context, forest: trees.Forest) -> list[Shown]:
    found = [Shown(*row) for row in await repository.list_lasting(ctx.session, ctx.principal, ctx.now)]
    lasts_until: dict[str, datetime] = {}
    for row in await repository.list_own(ctx.session, ctx.principal):
        if row.region_code not in lasts_until:
            spec = forest.tree_for(row.region_code, ctx.now).spec
            lasts_until[row.region_code] = ctx.now + timedelta(seconds=spec.resolve_timeout_seconds)
        found.append(_own(row, lasts_until[row.region_code]))
    return found


def _own(row: Any, lasts_until: datetime) -> Shown:
    """A live alert of our own rules."""
    labels = orjson.loads(row.labels)
    text = orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode()
    return Shown(
        fingerprint_of_json(text),
        row.region_code,
        text,
        orjson.dumps(texts_of(row)).decode(),
        "",
        row.occurred_at,
        lasts_until,
        row.updated_at,
        severity=row.severity,
        key=str(row.id),
        object_type=row.object_type,
        object_id=row.object_id,
        _labels=labels,
    )


async def _mute(ctx: Context, chosen: Sequence[Shown], everything: Sequence[Shown]) -> None:
    book = await muting.book_of(ctx)
    if book.is_empty:
        return
    calendar = await muting.calendar_of(ctx, book)
    by_key = {shown.subject.key: shown for shown in everything} if book.inhibitions else {}
    index = InhibitionIndex(book.inhibitions, (shown.subject for shown in by_key.values()), ctx.now)
    for shown in chosen:
        subject = shown.subject
        # Maintenance is a silence to clients that know no other word.
        shown.silenced_by = [str(mute.source_id) for mute in book.by_time(subject, ctx.now, calendar)]
        shown.inhibited_by = sorted({by_key[source.key].fingerprint for _, source in index.inhibitors(subject)})


def _is_wanted(query: AlertQuery, shown: Shown) -> bool:
    if not query.active and not shown.is_quiet:
        return False
    if not query.silenced and shown.silenced_by:
        return False
    return query.inhibited or not shown.inhibited_by


async def listed(ctx: Context, query: AlertQuery) -> str:
    """The list as JSON."""
    return as_list(written(await alerts(ctx, query), Instants()))


async def groups(ctx: Context, query: AlertQuery) -> list[dict[str, Any]]:
    """The alerts as their routes group them, by group labels and receiver."""
    forest = await trees.forest_of(ctx)
    instants = Instants()
    found: dict[tuple[str, str], tuple[dict[str, str], list[Shown]]] = {}
    for shown in await alerts(
        ctx, AlertQuery(query.matchers, None, query.active, query.silenced, query.inhibited)
    ):
        tree = forest.tree_for(shown.region_code, ctx.now)
        for taking in tree.match(Traveller(shown.labels, shown.region_code)):
            if query.receiver is not None and not query.receiver.fullmatch(taking.receiver):
                continue
            labels = taking.group_labels(shown.labels)
            key = (
                orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode(),
                taking.receiver + "\x00" + taking.key,
            )
            found.setdefault(key, (labels, []))[1].append(shown)
    return [
        {
            "alerts": orjson.Fragment(as_list(written(members, instants))),
            "labels": labels,
            "receiver": {"name": receiver.partition("\x00")[0]},
        }
        for (_, receiver), (labels, members) in sorted(found.items(), key=lambda item: item[0])
    ]


async def silences(ctx: Context, matchers: Sequence[Matcher], states: set[MuteState]) -> list[dict[str, Any]]:
    """Silences that have each of the matchers, the active first, then those to come, then those that are over."""
    rows = await mute_rows.list_silences(ctx.session, ctx.principal, ctx.now - KEPT)
    chosen = [
        row
        for row in rows
        if state_of(row, ctx.now) in states
        and all(matcher in mute_rows.matchers_of(row.matchers) for matcher in matchers)
    ]
    chosen.sort(key=lambda row: _order(row, ctx.now))
    return [silence_json(row, ctx.now) for row in chosen]


def state_of(row: SilenceRow, now: datetime) -> MuteState:
    return MuteState.EXPIRED if row.ended_by is not None else state_at(row.starts_at, row.ends_at, now)


_STATES = [MuteState.ACTIVE, MuteState.PENDING, MuteState.EXPIRED]


def _order(row: SilenceRow, now: datetime) -> tuple[int, float]:
    state = state_of(row, now)
    ends = (row.ends_at or row.starts_at).timestamp()
    by_time = {MuteState.ACTIVE: ends, MuteState.PENDING: row.starts_at.timestamp(), MuteState.EXPIRED: -ends}
    return (_STATES.index(state), by_time[state])


def silence_json(row: SilenceRow, now: datetime) -> dict[str, Any]:
    instants = Instants()
    return {
        "id": str(row.id),
        "status": {"state": state_of(row, now).value},
        "updatedAt": instants(row.updated_at),
        "comment": row.reason,
        "createdBy": row.author,
        "endsAt": instants(row.ends_at or row.starts_at),
        "matchers": [_matcher_json(matcher) for matcher in mute_rows.matchers_of(row.matchers)],
        "startsAt": instants(row.starts_at),
    }


def _matcher_json(matcher: Matcher) -> Mapping[str, Any]:
    return {
        "isEqual": matcher.is_equal,
        "isRegex": matcher.is_regex,
        "name": matcher.name,
        "value": matcher.value,
    }
