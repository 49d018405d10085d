"""Alerts of a list on their way out, ten thousand at a time: labels are read only where somebody asks for them.

Labels and annotations are JSON as they rest; what many alerts have alike (receivers, instants, the state) is made
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from services.alerts.alertmanager.domain import adoption
from services.alerts.muting.domain.mutes import Subject
from services.alerts.routing import trees
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.tree import Traveller, Tree


@dataclass(slots=True)
class Shown:
    """One alert of the list; `receivers` are JSON."""

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
    receivers: str = "[]"
    silenced_by: Sequence[str] = ()
    inhibited_by: Sequence[str] = ()
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

    @property
    def is_quiet(self) -> bool:
        return bool(self.silenced_by or self.inhibited_by)


def passing(matchers: Sequence[Matcher], everything: Sequence[Shown]) -> list[Shown]:
    """Those of the alerts that every matcher lets pass."""
    chosen = list(everything)
    for matcher in matchers:
        lets_pass = _test_of(matcher)
        chosen = [shown for shown in chosen if lets_pass(shown)]
    return chosen


def _test_of(matcher: Matcher) -> Callable[[Shown], bool]:
    if matcher.is_regex or not matcher.value:
        return lambda shown: _accepts(matcher, shown.labels)
    # A name begins after a brace or a comma and ends before a colon; within a text quotes are escaped.
    text = f"{_dumped(matcher.name)}:{_dumped(matcher.value)}"
    first, later = "{" + text, "," + text

    def is_there(shown: Shown) -> bool:
        return later in shown.labels_json or shown.labels_json.startswith(first)

    return is_there if matcher.is_equal else lambda shown: not is_there(shown)


def _accepts(matcher: Matcher, labels: Mapping[str, str]) -> bool:
    """A filter for an empty value asks whether the label is there at all."""
    if not matcher.value and (matcher.name in labels) != matcher.is_equal:
        return True
    return matcher.accepts(labels.get(matcher.name, ""))


class Receivers:
    """The receivers of alerts by the trees in force; what no matcher of a tree tells apart is matched once."""

    def __init__(self, forest: trees.Forest, now: datetime) -> None:
        self._forest = forest
        self._now = now
        self._trees: dict[str, tuple[Tree, tuple[str, ...]]] = {}
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, shown: Shown) -> tuple[str, ...]:
        """Their names, in the order of the routes."""
        tree, asked = self._tree_of(shown.region_code)
        labels = shown.labels if asked else {}
        key = (shown.region_code, *(labels.get(name, "") for name in asked))
        found = self._known.get(key)
        if found is None:
            routes = tree.match(Traveller(shown.labels, shown.region_code))
            found = self._known[key] = tuple(route.receiver for route in routes)
        return found

    def _tree_of(self, region_code: str) -> tuple[Tree, tuple[str, ...]]:
        if region_code not in self._trees:
            tree = self._forest.tree_for(region_code, self._now)
            names = {matcher.name for route in tree.root.walk() for matcher in route.matchers}
            self._trees[region_code] = (tree, tuple(sorted(names)))
        return self._trees[region_code]


def route(everything: Sequence[Shown], receivers: Receivers, wanted: Any) -> list[Shown]:
    """The alerts with their receivers; `wanted` is a compiled pattern of which one receiver's name has to be."""
    chosen = []
    written: dict[tuple[str, ...], str] = {}
    for shown in everything:
        names = receivers.of(shown)
        if wanted is not None and not any(wanted.fullmatch(name) for name in names):
            continue
        if names not in written:
            written[names] = _dumped([{"name": name} for name in names])
        shown.receivers = written[names]
        chosen.append(shown)
    return chosen


class Instants:
    """Instants as text; a list has few different ones."""

    def __init__(self) -> None:
        self._known: dict[datetime, str] = {}

    def __call__(self, at: datetime) -> str:
        text = self._known.get(at)
        if text is None:
            text = self._known[at] = at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        return text


_ACTIVE = '{"inhibitedBy":[],"mutedBy":[],"silencedBy":[],"state":"active"}'


def written(shown: Iterable[Shown], instants: Instants) -> list[str]:
    """Each alert as JSON."""
    return [
        f'{{"annotations":{one.annotations_json},"endsAt":"{instants(one.ends_at)}",'
        f'"fingerprint":"{one.fingerprint}","receivers":{one.receivers},"startsAt":"{instants(one.starts_at)}",'
        f'"status":{_status(one) if one.is_quiet else _ACTIVE},"updatedAt":"{instants(one.updated_at)}",'
        f'"generatorURL":{_dumped(one.generator_url) if one.generator_url else _EMPTY},'
        f'"labels":{one.labels_json}}}'
        for one in shown
    ]


def as_list(texts: Iterable[str]) -> str:
    return f"[{','.join(texts)}]"


_EMPTY = '""'


def _status(one: Shown) -> str:
    return _dumped(
        {"inhibitedBy": one.inhibited_by, "mutedBy": [], "silencedBy": one.silenced_by, "state": "suppressed"}
    )


def _dumped(value: object) -> str:
    return orjson.dumps(value).decode()
