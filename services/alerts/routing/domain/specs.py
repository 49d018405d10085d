"""The route tree as people write it and as it is kept: receivers, intervals, routes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, check
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
