"""The route tree (路由树): which alert goes to whom, when, and how many at a time.

As in the Alertmanager an alert walks down from the root: the first child that matches takes it, further ones too
where it says `continues`; what no child takes stays where it is. A route passes on to its children what they leave
open. A receiver names people by post or by id, channels, addresses of systems, and the escalation policy that
chases the alert. The defaults wait seconds: a single grave alert has to reach somebody at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.workdays import WorkCalendar
from services.alerts.routing.domain.matchers import Matcher, all_match
from services.alerts.routing.domain.specs import (
    DEFAULT_GROUP_INTERVAL,
    DEFAULT_GROUP_WAIT,
    DEFAULT_REPEAT_INTERVAL,
    EVERY_LABEL,
    RouteSpec,
    TreeSpec,
)


@dataclass(frozen=True, slots=True)
class Traveller:
    """An alert as a route sees it."""

    labels: Mapping[str, str]
    region_code: str
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A node with what it has from its parents. `key` names its place and stays as long as the tree's shape."""

    key: str
    receiver: str
    matchers: tuple[Matcher, ...]
    region_prefix: str | None
    unit_id: UUID | None
    continues: bool
    group_by: frozenset[str]
    group_wait: float
    group_interval: float
    repeat_interval: float
    active_intervals: tuple[str, ...]
    mute_intervals: tuple[str, ...]
    children: tuple[Route, ...]

    def match(self, traveller: Traveller) -> list[Route]:
        """The routes that take the alert; empty when this one does not even let it in."""
        if not self._lets_in(traveller):
            return []
        taken: list[Route] = []
        for child in self.children:
            found = child.match(traveller)
            taken += found
            if found and not child.continues:
                break
        return taken or [self]

    def group_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels that tell the alert's group from others."""
        if EVERY_LABEL in self.group_by:
            return dict(labels)
        return {name: labels[name] for name in sorted(self.group_by) if name in labels}

    def _lets_in(self, traveller: Traveller) -> bool:
        if self.region_prefix is not None and not traveller.region_code.startswith(self.region_prefix):
            return False
        if self.unit_id is not None and self.unit_id != traveller.unit_id:
            return False
        return all_match(self.matchers, traveller.labels)

    @property
    def has_intervals(self) -> bool:
        return bool(self.active_intervals or self.mute_intervals)

    def walk(self) -> Iterator[Route]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree ready for use."""

    region_code: str
    revision: int
    spec: TreeSpec
    root: Route

    def match(self, traveller: Traveller) -> list[Route]:
        return self.root.match(traveller)

    def route(self, key: str) -> Route | None:
        return next((route for route in self.root.walk() if route.key == key), None)

    def resting(self, route: Route, at: datetime, calendar: WorkCalendar) -> list[str]:
        """The names of the intervals for which the route is quiet now.

        What the calendar cannot tell mutes nothing.
        """
        known = {interval.name: interval for interval in self.spec.intervals}
        muted = [name for name in route.mute_intervals if known[name].holds(at, calendar)]
        if muted or not route.active_intervals:
            return muted
        is_active = any(known[name].holds(at, calendar) is not False for name in route.active_intervals)
        return [] if is_active else list(route.active_intervals)


def build(region_code: str, revision: int, spec: TreeSpec, prefix_of: Mapping[str, str]) -> Tree:
    """`prefix_of` maps the region codes of the routes to the prefixes of their subtrees."""
    defaults = RouteSpec(
        receiver=spec.root.receiver,
        group_by=(),
        group_wait_seconds=DEFAULT_GROUP_WAIT,
        group_interval_seconds=DEFAULT_GROUP_INTERVAL,
        repeat_interval_seconds=DEFAULT_REPEAT_INTERVAL,
    )
    return Tree(region_code, revision, spec, _built(spec.root, defaults, "", prefix_of))


def _built(spec: RouteSpec, above: RouteSpec, key: str, prefix_of: Mapping[str, str]) -> Route:
    matchers = tuple(one.matcher() for one in spec.matchers)
    narrowing = [str(one) for one in sorted(matchers, key=str)]
    if spec.region_code is not None:
        narrowing.append(f"@{spec.region_code}")
    if spec.unit_id is not None:
        narrowing.append(f"@{spec.unit_id}")
    own_key = f"{key}/{{{','.join(narrowing)}}}" if key else f"{{{','.join(narrowing)}}}"
    full = spec.model_copy(
        update={
            name: getattr(above, name)
            for name in (
                "receiver",
                "group_by",
                "group_wait_seconds",
                "group_interval_seconds",
                "repeat_interval_seconds",
            )
            if getattr(spec, name) is None
        }
    )
    return Route(
        key=own_key,
        receiver=full.receiver or "",
        matchers=matchers,
        region_prefix=None if spec.region_code is None else prefix_of[spec.region_code],
        unit_id=spec.unit_id,
        continues=spec.continues,
        group_by=frozenset(full.group_by or ()),
        group_wait=full.group_wait_seconds or 0.0,
        group_interval=full.group_interval_seconds or DEFAULT_GROUP_INTERVAL,
        repeat_interval=full.repeat_interval_seconds or DEFAULT_REPEAT_INTERVAL,
        active_intervals=spec.active_intervals,
        mute_intervals=spec.mute_intervals,
        children=tuple(
            _built(child, full, f"{own_key}/{place}", prefix_of) for place, child in enumerate(spec.routes)
        ),
    )


def regions_of(spec: TreeSpec) -> Sequence[str]:
    return sorted({route.region_code for route, _ in spec.root.walk() if route.region_code is not None})
