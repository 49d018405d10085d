"""By which ways a person is told, in which order, by severity (通知方式); and what a person may choose within it.

A policy is data: stages, each some minutes after the message was first written, each with kinds of channels
that are used together. Red as it is shipped: everything personal and SMS at once, a voice call after minutes
without an acknowledgement, and then the stand-in (代理人). All figures are a choice of the installation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import Severity
from libs.common.workdays import SHANGHAI
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.domain.message import Language


class Stage(BaseModel):
    """Kinds used together, `after_minutes` of the stack's time; or `stand_in`, which passes the alert on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after_minutes: float = Field(ge=0, le=1440)
    kinds: tuple[ChannelKind, ...] = ()
    stand_in: bool = False

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if bool(self.kinds) == self.stand_in:
            raise ValueError("a stage has kinds of channels, or passes the alert on to the stand-in")
        return self


class WayPolicy(BaseModel):
    """`may_choose`: a person may leave out kinds, as long as one is left; `may_be_quiet`: quiet hours hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stages: tuple[Stage, ...] = Field(min_length=1, max_length=10)
    may_choose: bool = False
    may_be_quiet: bool = False

    @model_validator(mode="after")
    def _rises(self) -> Self:
        minutes = [stage.after_minutes for stage in self.stages]
        if minutes != sorted(set(minutes)):
            raise ValueError("stages follow one another, each with minutes of its own")
        if minutes[0] != 0 or self.stages[0].stand_in:
            raise ValueError("the first stage tells the person at once")
        if any(stage.stand_in for stage in self.stages[:-1]):
            raise ValueError("nothing comes after the stand-in")
        return self


# Where no policy is recorded: everything a person has but SMS and voice, at once.
FALLBACK = WayPolicy(
    stages=(
        Stage(
            after_minutes=0,
            kinds=tuple(kind for kind in ChannelKind if kind not in {ChannelKind.SMS, ChannelKind.VOICE}),
        ),
    ),
    may_choose=True,
    may_be_quiet=True,
)


class QuietHours(BaseModel):
    """From one hour of the local day to another, over midnight if it comes first; days count from Monday, 1.

    A stretch over midnight belongs to the day on which it begins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: time
    ends: time
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)

    @model_validator(mode="after")
    def _is_a_stretch(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("quiet hours begin and end at different times")
        if self.begins.tzinfo is not None or self.ends.tzinfo is not None:
            raise ValueError("quiet hours are local times")
        if not self.days or not set(self.days) <= set(range(1, 8)):
            raise ValueError("days are 1 (Monday) to 7")
        return self


class Preferences(BaseModel):
    """What a person wishes: a language for everything, kinds to leave out by severity, quiet hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language | None = None
    left_out: dict[Severity, tuple[ChannelKind, ...]] = Field(default_factory=dict)
    quiet_hours: tuple[QuietHours, ...] = Field(default=(), max_length=14)


class NotAllowed(ValueError):
    """A wish that the policy of a severity does not allow; the names say which."""

    def __init__(self, severity: Severity, kinds: Sequence[str] = ()) -> None:
        super().__init__(severity.value)
        self.severity = severity
        self.kinds = tuple(kinds)


def check_wishes(wishes: Preferences, policies: Mapping[Severity, WayPolicy]) -> None:
    """Raises NotAllowed for the first wish that goes beyond what policy allows."""
    for severity, left_out in wishes.left_out.items():
        policy = policies[severity]
        if left_out and not policy.may_choose:
            raise NotAllowed(severity, [kind.value for kind in left_out])
        if set(policy.stages[0].kinds) <= set(left_out):
            raise NotAllowed(severity, [kind.value for kind in policy.stages[0].kinds])


def kinds_now(
    policy: WayPolicy, stage: int, has: frozenset[ChannelKind], wishes: Preferences, severity: Severity
) -> tuple[frozenset[ChannelKind], int]:
    """The kinds to use at `stage`, and the stage they are of: one without a way for this person is passed over.

    A kind that no stage names (a webhook of one's own) goes with the first. Kinds the person left out count as
    long as the policy lets them choose and something else is left.
    """
    left_out = set(wishes.left_out.get(severity, ())) if policy.may_choose else set()
    named = {kind for each in policy.stages for kind in each.kinds}
    for number in range(stage, len(policy.stages)):
        found = has & set(policy.stages[number].kinds)
        if number == 0:
            found |= has - named - {ChannelKind.SMS, ChannelKind.VOICE}
        chosen = found - left_out or found
        if chosen:
            return frozenset(chosen), number
        if policy.stages[number].stand_in:
            break
    # Whoever has only what no stage names is told by it all the same; a call is the last resort.
    return frozenset(has - {ChannelKind.VOICE} or has), 0


def next_stage(policy: WayPolicy, stage: int, has: Collection[ChannelKind]) -> int | None:
    """The next stage that this person has a way for, or that passes the alert on; None when none is left."""
    for number in range(stage + 1, len(policy.stages)):
        if policy.stages[number].stand_in or set(has) & set(policy.stages[number].kinds):
            return number
    return None


def quiet_until(
    policy: WayPolicy, wishes: Preferences, severity: Severity, at: datetime, *, on_duty: bool
) -> datetime | None:
    """The end of the quiet hours that `at` lies in, None when it may be told now. Red and duty are never quiet."""
    if severity is Severity.RED or on_duty or not policy.may_be_quiet:
        return None
    end, local = at, at.astimezone(SHANGHAI)
    # Stretches may follow one another; a fortnight of them ends somewhere.
    for _ in range(len(wishes.quiet_hours) + 1):
        longer = max((_end_of(hours, local) for hours in wishes.quiet_hours), default=local)
        if longer <= local:
            break
        local = end = longer
    return end.astimezone(at.tzinfo) if end > at else None


def _end_of(hours: QuietHours, local: datetime) -> datetime:
    """The end of the stretch that `local` lies in, or `local` itself when it lies in none."""
    for days_ago in (0, 1):
        day = local.date() - timedelta(days=days_ago)
        if day.isoweekday() not in hours.days:
            continue
        begins = datetime.combine(day, hours.begins, tzinfo=local.tzinfo)
        last = day if hours.ends > hours.begins else day + timedelta(days=1)
        ends = datetime.combine(last, hours.ends, tzinfo=local.tzinfo)
        if begins <= local < ends:
            return ends
    return local
