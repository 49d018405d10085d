"""What keeps an alert quiet: silences (静默), inhibition (抑制) and maintenance windows (维护窗口), each distinct.

A silence is somebody's, for a time, by labels. A maintenance window recurs on the calendar, for an object or
labels. An inhibition rule lets a live alert of one kind keep those quiet that follow from it: a substation's its
enterprises'. Safety: a red alert is never inhibited, for nobody foresaw that the graver one would follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.common import regions
from libs.common.workdays import UnknownCalendarYear, WorkCalendar
from services.alerts.routing.domain.matchers import Matcher, all_match
from services.alerts.routing.domain.windows import Window, latest_end

Labels = Mapping[str, str]


class MuteKind(StrEnum):
    SILENCE = "silence"
    INHIBITION = "inhibition"
    MAINTENANCE = "maintenance"


class MuteState(StrEnum):
    """Where something with a beginning and an end stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


def state_at(starts_at: datetime, ends_at: datetime | None, at: datetime) -> MuteState:
    if at < starts_at:
        return MuteState.PENDING
    return MuteState.ACTIVE if ends_at is None or at < ends_at else MuteState.EXPIRED


@dataclass(frozen=True, slots=True)
class Muting:
    """Why an alert is quiet, and until when as far as that is known."""

    kind: MuteKind
    source_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of an alert when one asks whether it is muted; `key` tells it from others."""

    key: str
    labels: Labels
    region_code: str
    severity: str
    object_type: str = ""
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Mute:
    """What all kinds share: who it reaches and when. `region_code` None is everywhere."""

    id: UUID
    region_code: str | None
    starts_at: datetime
    ends_at: datetime | None

    def may_reach(self, subject: Subject, at: datetime) -> bool:
        if state_at(self.starts_at, self.ends_at, at) is not MuteState.ACTIVE:
            return False
        return self.region_code is None or _contains(self.region_code, subject.region_code)


@dataclass(frozen=True, slots=True)
class Silence(Mute):
    matchers: tuple[Matcher, ...] = ()

    def muting(self, subject: Subject, at: datetime) -> Muting | None:
        if not self.may_reach(subject, at) or not all_match(self.matchers, subject.labels):
            return None
        return Muting(MuteKind.SILENCE, self.id, self.ends_at)


@dataclass(frozen=True, slots=True)
class Maintenance(Mute):
    """Windows of time for one object or for labels; without windows the whole span counts."""

    matchers: tuple[Matcher, ...] = ()
    object_type: str | None = None
    object_id: str | None = None
    windows: tuple[Window, ...] = ()

    def muting(self, subject: Subject, at: datetime, calendar: WorkCalendar) -> Muting | None:
        """Days of a year that nobody has announced are not held for days of maintenance.

        Telling is the safe way.
        """
        if not self.may_reach(subject, at) or not self._concerns(subject):
            return None
        if not self.windows:
            return Muting(MuteKind.MAINTENANCE, self.id, self.ends_at)
        try:
            until = latest_end(self.windows, at, calendar)
        except UnknownCalendarYear:
            return None
        if until is None:
            return None
        return Muting(MuteKind.MAINTENANCE, self.id, until if self.ends_at is None else min(until, self.ends_at))

    def _concerns(self, subject: Subject) -> bool:
        if self.object_type is not None and self.object_type != subject.object_type:
            return False
        if self.object_id is not None and self.object_id != subject.object_id:
            return False
        return all_match(self.matchers, subject.labels)


@dataclass(frozen=True, slots=True)
class Inhibition(Mute):
    """Live alerts that match `source` keep those quiet that match `target` and share the values of `equal`."""

    source: tuple[Matcher, ...] = ()
    target: tuple[Matcher, ...] = ()
    equal: tuple[str, ...] = ()

    def inhibits(self, source: Subject, target: Subject, at: datetime) -> bool:
        """Whether `source`, being live, keeps `target` quiet.

        An alert that is both source and target is not inhibited by another such: they would silence each other.
        """
        if source.key == target.key or not self.may_be_target(target, at):
            return False
        if not all_match(self.source, source.labels) or not self.may_reach(source, at):
            return False
        if any(source.labels.get(name, "") != target.labels.get(name, "") for name in self.equal):
            return False
        return not (all_match(self.source, target.labels) and all_match(self.target, source.labels))

    def may_be_target(self, subject: Subject, at: datetime) -> bool:
        return subject.severity != "red" and self.may_reach(subject, at) and all_match(self.target, subject.labels)

    def group_of(self, subject: Subject) -> tuple[str, ...]:
        return tuple(subject.labels.get(name, "") for name in self.equal)


@dataclass(frozen=True, slots=True)
class MuteBook:
    """Everything that may keep an alert quiet, as it was read at one moment."""

    silences: tuple[Silence, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.silences or self.inhibitions or self.maintenances)

    def by_time(self, subject: Subject, at: datetime, calendar: WorkCalendar) -> list[Muting]:
        """Silences and maintenance windows that hold the alert now."""
        found = [muting for silence in self.silences if (muting := silence.muting(subject, at)) is not None]
        for maintenance in self.maintenances:
            muting = maintenance.muting(subject, at, calendar)
            if muting is not None:
                found.append(muting)
        return found

    def aimed_at(self, subject: Subject, at: datetime) -> list[Inhibition]:
        """Inhibition rules whose target the alert is."""
        return [rule for rule in self.inhibitions if rule.may_be_target(subject, at)]


class InhibitionIndex:
    """The live sources of each rule by the values that have to be equal, to ask for many targets at once."""

    def __init__(self, rules: Iterable[Inhibition], live: Iterable[Subject], at: datetime) -> None:
        self._at = at
        self._rules = list(rules)
        self._sources: list[dict[tuple[str, ...], list[Subject]]] = [{} for _ in self._rules]
        if not self._rules:
            return
        for subject in live:
            for rule, sources in zip(self._rules, self._sources, strict=True):
                if rule.may_reach(subject, at) and all_match(rule.source, subject.labels):
                    sources.setdefault(rule.group_of(subject), []).append(subject)

    def inhibitors(self, target: Subject) -> list[tuple[Inhibition, Subject]]:
        """Each rule that holds the target, with one live source."""
        found = []
        for rule, sources in zip(self._rules, self._sources, strict=True):
            if not sources:
                continue
            source = next(
                (one for one in sources.get(rule.group_of(target), ()) if rule.inhibits(one, target, self._at)),
                None,
            )
            if source is not None:
                found.append((rule, source))
        return found


def longest(found: Iterable[Muting]) -> Muting | None:
    """The mute that lasts longest, by time before open-ended ones: it says when there is something to look at."""

    def order(muting: Muting) -> tuple[bool, float]:
        return (muting.until is not None, muting.until.timestamp() if muting.until else 0.0)

    return max(found, key=order, default=None)


def _contains(scope: str, code: str) -> bool:
    try:
        return regions.contains(scope, code)
    except regions.InvalidRegionCode:
        return False
