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
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, all_match, check
from services.alerts.routing.domain.windows import Window, latest_end

DEFAULT_GROUP_WAIT = 2.0
DEFAULT_GROUP_INTERVAL = 300.0
DEFAULT_REPEAT_INTERVAL = 14_400.0
# In the place of label names: every label tells groups apart.
EVERY_LABEL = "..."
_LONGEST = 366 * 86_400.0

Seconds = Annotated[float, Field(ge=0, le=_LONGEST)]
Post = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class MatcherSpec(BaseModel):
    """A matcher as it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=1000)
    is_regex: bool = False
    is_equal: bool = True

    def matcher(self) -> Matcher:
        return Matcher(self.name, self.value, self.is_regex, self.is_equal)


class WebhookTarget(BaseModel):
    """A system that is told in the Alertmanager's webhook format, unsigned, as its receivers expect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(min_length=1, max_length=2000)
    send_resolved: bool = True
    max_alerts: int = Field(default=0, ge=0)
    timeout_seconds: float | None = Field(default=None, gt=0, le=60)


class Receiver(BaseModel):
    """Who is told. `posts` are looked up in the alert's region, `channels` are ids of `/v1/channels`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    labels: dict[str, str] = Field(default_factory=dict)
    policy_code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    posts: tuple[Post, ...] = Field(default=(), max_length=20)
    person_ids: tuple[UUID, ...] = Field(default=(), max_length=100)
    channel_ids: tuple[UUID, ...] = Field(default=(), max_length=100)
    webhooks: tuple[WebhookTarget, ...] = Field(default=(), max_length=50)

    @property
    def tells(self) -> bool:
        """Whether groups of alerts are sent to anybody, beside the chase by the policy."""
        return bool(self.posts or self.person_ids or self.channel_ids or self.webhooks)


class Interval(BaseModel):
    """A named set of windows of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    windows: tuple[Window, ...] = Field(max_length=50)

    def holds(self, at: datetime, calendar: WorkCalendar) -> bool | None:
        """None where the calendar does not know."""
        try:
            return latest_end(self.windows, at, calendar) is not None
        except UnknownCalendarYear:
            return None


class RouteSpec(BaseModel):
    """One node; what is left out is the parent's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    receiver: str | None = None
    matchers: tuple[MatcherSpec, ...] = Field(default=(), max_length=50)
    region_code: str | None = Field(default=None, pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")
    unit_id: UUID | None = None
    continues: bool = False
    group_by: tuple[str, ...] | None = Field(default=None, max_length=50)
    group_wait_seconds: Seconds | None = None
    group_interval_seconds: Annotated[float, Field(gt=0, le=_LONGEST)] | None = None
    repeat_interval_seconds: Annotated[float, Field(gt=0, le=_LONGEST)] | None = None
    active_intervals: tuple[str, ...] = Field(default=(), max_length=50)
    mute_intervals: tuple[str, ...] = Field(default=(), max_length=50)
    routes: tuple[RouteSpec, ...] = Field(default=(), max_length=500)

    @field_validator("matchers")
    @classmethod
    def _work(cls, value: tuple[MatcherSpec, ...]) -> tuple[MatcherSpec, ...]:
        try:
            check([one.matcher() for one in value], needs_one=False)
        except BadMatcher as error:
            raise ValueError(error.reason) from error
        return value

    def walk(self, depth: int = 0) -> Iterator[tuple[RouteSpec, int]]:
        yield self, depth
        for child in self.routes:
            yield from child.walk(depth + 1)


class TreeSpec(BaseModel):
    """A whole tree with everything it names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: RouteSpec
    receivers: tuple[Receiver, ...] = Field(min_length=1, max_length=1000)
    intervals: tuple[Interval, ...] = Field(default=(), max_length=200)
    resolve_timeout_seconds: float = Field(default=300.0, gt=0, le=_LONGEST)

    @model_validator(mode="after")
    def _names_what_exists(self) -> Self:
        receivers = [receiver.name for receiver in self.receivers]
        intervals = {interval.name for interval in self.intervals}
        if len(set(receivers)) != len(receivers):
            raise ValueError("two receivers have the same name")
        if self.root.receiver is None:
            raise ValueError("the root needs a receiver")
        if self.root.matchers or self.root.region_code or self.root.unit_id:
            raise ValueError("the root takes every alert")
        for route, depth in self.root.walk():
            if depth > 20:
                raise ValueError("deeper than 20 routes")
            if route.receiver is not None and route.receiver not in receivers:
                raise ValueError(f"undefined receiver {route.receiver!r}")
            unknown = {*route.active_intervals, *route.mute_intervals} - intervals
            if unknown:
                raise ValueError(f"undefined time interval {min(unknown)!r}")
        return self

    def receiver(self, name: str) -> Receiver:
        return next(receiver for receiver in self.receivers if receiver.name == name)


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
