"""What the Alertmanager's clients read: alerts, groups, silences, status; built by the thousand, so by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from libs.common.context import Context
from services.alerts.alertmanager import repository
from services.alerts.alertmanager.domain import adoption
from services.alerts.muting import repository as mute_rows
from services.alerts.muting import service as muting
from services.alerts.muting.domain.mutes import InhibitionIndex, MuteState, Subject, state_at
from services.alerts.muting.tables import SilenceRow
from services.alerts.notifications.alertmanager import annotations_of
from services.alerts.routing import trees
from services.alerts.routing.domain.fingerprints import fingerprint
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.tree import Traveller, Tree
from services.alerts.trail.labels import labels_of

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


@dataclass(slots=True)
class Shown:
    """One alert of the list on its way out; `labels` are read only where somebody asks for them."""

    fingerprint: str
    region_code: str
    labels_json: str
    annotations_json: str
    generator_url: str
    starts_at: datetime
    ends_at: datetime
    updated_at: datetime
    severity: str = ""
    key: str = ""
    object_type: str = ""
    object_id: str = ""
    receivers: list[dict[str, str]] = field(default_factory=list)
    silenced_by: list[str] = field(default_factory=list)
    inhibited_by: list[str] = field(default_factory=list)
    muted_by: list[str] = field(default_factory=list)
    _labels: dict[str, str] | None = None

    @property
    def labels(self) -> dict[str, str]:
        if self._labels is None:
            self._labels = orjson.loads(self.labels_json)
        return self._labels or {}

    @property
    def subject(self) -> Subject:
        severity = self.severity or adoption.severity_of(self.labels).value
        return Subject(
            self.key or f"{self.region_code}/{self.fingerprint}",
            self.labels,
            self.region_code,
            severity,
            self.object_type or adoption.OBJECT_TYPE,
            self.object_id,
        )


async def alerts(ctx: Context, query: AlertQuery) -> list[Shown]:
    """Alerts that last and pass the query, by fingerprint, with receivers and what keeps them quiet."""
    everything = await _lasting(ctx)
    chosen = [shown for shown in everything if _passes(query.matchers, shown)]
    forest = await trees.forest_of(ctx)
    chosen = [shown for shown in chosen if _route(forest, shown, query, ctx.now)]
    await _mute(ctx, chosen, everything)
    chosen = [shown for shown in chosen if _is_wanted(query, shown)]
    chosen.sort(key=lambda shown: shown.fingerprint)
    return chosen


async def _lasting(ctx: Context) -> list[Shown]:
    found = [Shown(*row) for row in await repository.list_lasting(ctx.session, ctx.principal, ctx.now)]
    lasts_until: dict[str, datetime] = {}
    forest = await trees.forest_of(ctx)
    for alert in await repository.list_own(ctx.session, ctx.principal):
        labels = labels_of(alert)
        if alert.region_code not in lasts_until:
            spec = forest.tree_for(alert.region_code, ctx.now).spec
            lasts_until[alert.region_code] = ctx.now + timedelta(seconds=spec.resolve_timeout_seconds)
        found.append(
            Shown(
                fingerprint(labels),
                alert.region_code,
                orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode(),
                orjson.dumps(annotations_of(alert)).decode(),
                "",
                alert.occurred_at,
                lasts_until[alert.region_code],
                alert.updated_at,
                severity=alert.severity,
                key=str(alert.id),
                object_type=alert.object_type,
                object_id=alert.object_id,
                _labels=labels,
            )
        )
    return found


def _passes(matchers: Sequence[Matcher], shown: Shown) -> bool:
    """A filter for an empty value asks whether the label is there at all."""
    for matcher in matchers:
        is_there = matcher.name in shown.labels
        if not matcher.value and is_there != matcher.is_equal:
            continue
        if not matcher.accepts(shown.labels.get(matcher.name, "")):
            return False
    return True


def _route(forest: trees.Forest, shown: Shown, query: AlertQuery, now: datetime) -> bool:
    tree = forest.tree_for(shown.region_code, now)
    names = _receivers(tree, shown)
    if query.receiver is not None and not any(query.receiver.fullmatch(name) for name in names):
        return False
    shown.receivers = [{"name": name} for name in names]
    return True


def _receivers(tree: Tree, shown: Shown) -> list[str]:
    if not tree.root.children:
        return [tree.root.receiver]
    return [route.receiver for route in tree.match(Traveller(shown.labels, shown.region_code))]


async def _mute(ctx: Context, chosen: Sequence[Shown], everything: Sequence[Shown]) -> None:
    book = await muting.book_of(ctx)
    if book.is_empty:
        return
    calendar = await muting.calendar_of(ctx, book)
    by_key = {shown.subject.key: shown for shown in everything} if book.inhibitions else {}
    index = InhibitionIndex(book.inhibitions, (shown.subject for shown in by_key.values()), ctx.now)
    for shown in chosen:
        subject = shown.subject
        for mute in book.by_time(subject, ctx.now, calendar):
            # Maintenance is a silence to clients that know no other word.
            shown.silenced_by.append(str(mute.source_id))
        shown.inhibited_by = sorted({by_key[source.key].fingerprint for _, source in index.inhibitors(subject)})


def _is_wanted(query: AlertQuery, shown: Shown) -> bool:
    is_quiet = bool(shown.silenced_by or shown.inhibited_by)
    if not query.active and not is_quiet:
        return False
    if not query.silenced and shown.silenced_by:
        return False
    return query.inhibited or not shown.inhibited_by


class Instants:
    """Instants as text; a list has few different ones."""

    def __init__(self) -> None:
        self._known: dict[datetime, str] = {}

    def __call__(self, at: datetime) -> str:
        text = self._known.get(at)
        if text is None:
            text = self._known[at] = at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        return text


def as_json(shown: Iterable[Shown], instants: Instants) -> list[dict[str, Any]]:
    return [
        {
            "annotations": orjson.Fragment(one.annotations_json),
            "endsAt": instants(one.ends_at),
            "fingerprint": one.fingerprint,
            "receivers": one.receivers,
            "startsAt": instants(one.starts_at),
            "status": {
                "inhibitedBy": one.inhibited_by,
                "mutedBy": one.muted_by,
                "silencedBy": one.silenced_by,
                "state": "suppressed" if one.silenced_by or one.inhibited_by or one.muted_by else "active",
            },
            "updatedAt": instants(one.updated_at),
            "generatorURL": one.generator_url,
            "labels": orjson.Fragment(one.labels_json),
        }
        for one in shown
    ]


async def groups(ctx: Context, query: AlertQuery) -> list[dict[str, Any]]:
    """The alerts as their routes group them, by group labels and receiver."""
    forest = await trees.forest_of(ctx)
    instants = Instants()
    found: dict[tuple[str, str], tuple[dict[str, str], list[Shown]]] = {}
    for shown in await alerts(
        ctx, AlertQuery(query.matchers, None, query.active, query.silenced, query.inhibited)
    ):
        tree = forest.tree_for(shown.region_code, ctx.now)
        for route in tree.match(Traveller(shown.labels, shown.region_code)):
            if query.receiver is not None and not query.receiver.fullmatch(route.receiver):
                continue
            labels = route.group_labels(shown.labels)
            key = (orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode(), route.receiver + "\x00" + route.key)
            found.setdefault(key, (labels, []))[1].append(shown)
    return [
        {
            "alerts": as_json(members, instants),
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
