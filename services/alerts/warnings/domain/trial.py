"""Trying a rule on events that were: what it would have opened, changed and closed, and when.

The same judgement, templates and clocks as for what happens; people and their acts are left out, so an alert
stands until its condition ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from libs.common.contracts.alerts import Severity
from libs.common.contracts.base import Event
from services.alerts.trail.domain.life import gravest, outranks
from services.alerts.warnings.domain import expressions
from services.alerts.warnings.domain.fields import facts_of
from services.alerts.warnings.domain.judging import Judgement, Unanswered, judge
from services.alerts.warnings.domain.rules import RuleInForce
from services.alerts.warnings.domain.writing import Named, Words, named, texts


@dataclass(frozen=True, slots=True)
class Came:
    """A kept event, when it was received, and the name of its region."""

    event: Event[Any]
    received_at: datetime
    condition_id: str
    region_code: str
    region_name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that would have happened; texts stand with what says something new."""

    at: datetime
    effect: str
    severity: Severity
    event_id: str | None = None
    reason: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TriedAlert:
    """An alert that would have been."""

    about: Named
    region_code: str
    occurred_at: datetime
    severity: Severity
    steps: list[Step] = field(default_factory=list)
    holders: dict[str, Severity] = field(default_factory=dict)
    ended: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """An event for which a rule had no answer."""

    event_id: str
    at: datetime
    unanswered: Unanswered


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a trial found; `passed` waited to open and ended before, `waiting` still does."""

    alerts: Sequence[TriedAlert]
    unanswered: Sequence[NoAnswer]
    effects: Mapping[str, int]
    decided_by_others: Mapping[str, int]
    events: int


@dataclass(slots=True)
class _Condition:
    version: int = 0
    since: datetime | None = None
    alert: TriedAlert | None = None
    opens_at: datetime | None = None
    clears_at: datetime | None = None
    waiting: tuple[Came, Judgement] | None = None


class _Trial:
    def __init__(self, code: str, rules: Sequence[RuleInForce], zh: Words, en: Words) -> None:
        self.code, self.rules, self.zh, self.en = code, rules, zh, en
        self.rule = next(known.rule for known in rules if known.code == code)
        self.conditions: dict[str, _Condition] = {}
        self.live: dict[str, TriedAlert] = {}
        self.alerts: list[TriedAlert] = []
        self.unanswered: list[NoAnswer] = []
        self.effects: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.timers: list[tuple[datetime, str]] = []

    def take(self, came: Came) -> None:
        event = came.event
        key = f"{event.source}/{came.condition_id}"
        condition = self.conditions.setdefault(key, _Condition())
        if event.aggregate_version <= condition.version:
            self.effects["out_of_date"] += 1
            return
        condition.version = event.aggregate_version
        if event.type != self.rule.opened_type:
            self._end(key, condition, str(getattr(event.payload, "reason", "")), came.received_at)
            return
        if condition.since is None:
            condition.since = event.time
        self._state(key, condition, came)

    def fire(self, until: datetime) -> None:
        """Let every timer that is due by then happen, in the order of their times."""
        while self.timers and self.timers[0][0] <= until:
            at, key = heappop(self.timers)
            condition = self.conditions[key]
            # A timer that was put off or taken back meanwhile stands there no longer.
            if condition.clears_at == at:
                self._end(key, condition, "timed_out", at)
            elif condition.opens_at == at and condition.waiting is not None:
                came, judged = condition.waiting
                condition.opens_at = condition.waiting = None
                self._open(key, condition, came, judged, at)

    def _set_timers(self, key: str, *times: datetime | None) -> None:
        for at in times:
            if at is not None:
                heappush(self.timers, (at, key))

    def _state(self, key: str, condition: _Condition, came: Came) -> None:
        event, alert = came.event, condition.alert
        facts = facts_of(event, region_code=came.region_code, region_name=came.region_name)
        payload = type(event.payload)
        if alert is not None and not alert.ended and not self._lasts(payload, facts):
            self._end(key, condition, "no_longer_holds", came.received_at)
            return
        judged, tripped = judge(self.rules, payload, facts, came.region_code)
        self.unanswered += [
            NoAnswer(str(event.id), event.time, one) for one in tripped if one.rule_code == self.code
        ]
        if judged is None or judged.known.code != self.code:
            if judged is not None:
                self.others[judged.known.code] += 1
            else:
                self.effects["unmatched"] += 1
            condition.opens_at = condition.waiting = None
            return
        if alert is not None and not alert.ended:
            self._restate(key, condition, came, judged)
            return
        rule, since = judged.known.rule, condition.since or event.time
        silent_at = rule.clears_at(came.received_at)
        if rule.is_too_old(event.time, came.received_at):
            self.effects["too_old"] += 1
            return
        condition.clears_at = silent_at
        if (opens_at := rule.opens_at(since)) > came.received_at:
            condition.opens_at, condition.waiting = opens_at, (came, judged)
            self._set_timers(key, opens_at, silent_at)
            return
        self._set_timers(key, silent_at)
        self._open(key, condition, came, judged, came.received_at)

    def _lasts(self, payload: Any, facts: Mapping[str, object]) -> bool:
        try:
            return self.rule.still_holds(payload, facts)
        except (expressions.Unanswerable, expressions.BadExpression):
            return True

    def _open(self, key: str, condition: _Condition, came: Came, judged: Judgement, at: datetime) -> None:
        about = named(judged)
        known = self.live.get(about.dedup_key)
        if known is not None:
            condition.alert = known
            self._restate(key, condition, came, judged, joins=True)
            return
        alert = TriedAlert(about, judged.region_code, condition.since or came.event.time, judged.severity)
        alert.holders[key] = judged.severity
        condition.alert = self.live[about.dedup_key] = alert
        self.alerts.append(alert)
        self._step(alert, at, "opened", came, judged)

    def _restate(
        self, key: str, condition: _Condition, came: Came, judged: Judgement, *, joins: bool = False
    ) -> None:
        alert = condition.alert
        assert alert is not None
        condition.clears_at = judged.known.rule.clears_at(came.received_at)
        self._set_timers(key, condition.clears_at)
        alert.holders[key] = judged.severity
        before, alert.severity = alert.severity, gravest(alert.holders.values()) or judged.severity
        if outranks(alert.severity, before):
            effect = "amended"
        elif joins:
            effect = "joined"
        else:
            effect = "revised"
        self._step(alert, came.received_at, effect, came, judged)

    def _end(self, key: str, condition: _Condition, reason: str, at: datetime) -> None:
        alert, waited = condition.alert, condition.waiting is not None
        condition.alert = condition.since = condition.opens_at = condition.clears_at = condition.waiting = None
        if waited:
            self.effects["passed"] += 1
        if alert is None or alert.ended:
            return
        alert.holders.pop(key, None)
        if alert.holders or self.rule.cleared_type is None:
            alert.severity = gravest(alert.holders.values()) or alert.severity
            alert.steps.append(Step(at, "condition_cleared", alert.severity, reason=reason))
            return
        alert.ended = True
        del self.live[alert.about.dedup_key]
        self.effects["cleared"] += 1
        alert.steps.append(Step(at, "cleared", alert.severity, reason=reason))

    def _step(self, alert: TriedAlert, at: datetime, effect: str, came: Came, judged: Judgement) -> None:
        self.effects[effect] += 1
        said = texts(judged, self.zh, self.en)
        alert.steps.append(Step(at, effect, alert.severity, event_id=str(came.event.id), texts=said))


def try_rule(
    draft: RuleInForce,
    others: Iterable[RuleInForce],
    events: Iterable[Came],
    until: datetime,
    zh: Words,
    en: Words,
) -> Outcome:
    """What `draft` would have done with the events, in order of receipt, beside the other rules in force."""
    rules = [draft, *(known for known in others if known.code != draft.code)]
    trial = _Trial(draft.code, rules, zh, en)
    seen = 0
    for came in events:
        trial.fire(came.received_at)
        trial.take(came)
        seen += 1
    trial.fire(until)
    effects = {**trial.effects, "waiting": sum(it.waiting is not None for it in trial.conditions.values())}
    return Outcome(trial.alerts, trial.unanswered, effects, trial.others, seen)
