"""Misses (追究事项) as the trail of an alert shows them (S28).

Accounted is who was responsible then: those whom the trail names as told (a stand-in or a duty officer who was
told instead stands there by name), and whoever gave the promise. What happens while an alert is muted is nobody's
miss. Every miss names two entries: the one that shows it, and the one that made its person responsible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MissKind(StrEnum):
    """What was missed."""

    # 未按时签收: told, and not taken up before the next rung had to be told.
    ACKNOWLEDGEMENT = "missed_acknowledgement"
    # 承诺逾期: the promised date passed with the alert still open.
    PROMISE = "broken_promise"
    # 被上级督办: the chase went beyond somebody who had been told, or who had promised.
    ESCALATION = "escalated_beyond"
    # 逾期销号: the verified end came after what was first promised.
    CLOSING = "late_closing"
    VACANCY = "vacant_post"  # 岗位空缺: a rung had nobody who could be told; it falls on the unit
    TARGET = "missed_target"  # 目标未完成: shown by a settlement and no trail, see target_misses


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An entry of a trail, its facts read."""

    seq: int
    kind: str
    at: datetime
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """Who is accounted: a person of the registry, else a name; neither for a post, which falls on the unit."""

    person_id: str | None = None
    name: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """`seq` shows the miss, `basis_seq` made the party responsible; `late_minutes` is how long it was overdue, or
    how long the party had known, as the kind asks."""

    kind: MissKind
    party: Party
    seq: int
    basis_seq: int
    at: datetime
    late_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class _Told:
    party: Party
    seq: int
    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Promise:
    party: Party
    seq: int
    until: datetime | None


@dataclass
class _Reading:
    """Where the reading of a trail stands."""

    told: list[_Told] = field(default_factory=list)
    counted: set[Party] = field(default_factory=set)
    # Whom the storm kept it from, with their steps, until a digest tells them.
    held: list[tuple[Party, int]] = field(default_factory=list)
    is_muted: bool = False
    promise: _Promise | None = None
    # Since the alert opened, or opened again: what a closing is measured by.
    first_promise: _Promise | None = None
    resolved: tuple[int, datetime] | None = None
    misses: list[Miss] = field(default_factory=list)


def misses_of(entries: Sequence[TrailEntry]) -> list[Miss]:
    """All misses of an alert, in the order of their entries; pure, so a longer trail only adds to them."""
    reading = _Reading()
    for entry in entries:
        handle = _HANDLERS.get(entry.kind)
        if handle is not None:
            handle(reading, entry)
    return reading.misses


def _on_notified(reading: _Reading, entry: TrailEntry) -> None:
    reason = entry.facts.get("reason")
    if reason == "resolved":
        return
    if reason == "reminded":
        # Nobody is above; those who were told have let the reminder come.
        _count_unanswered(reading, entry, beyond=False)
    step = entry.facts.get("step")
    if step is None:
        return
    known = {(told.party, told.step) for told in reading.told}
    for party in _parties(entry.facts.get("recipients", ())):
        if (party, step) not in known:
            reading.told.append(_Told(party, entry.seq, int(step), entry.at))


def _on_held(reading: _Reading, entry: TrailEntry) -> None:
    step = entry.facts.get("step")
    for recipient in entry.facts.get("recipients", ()):
        if step is not None and recipient.get("person_id"):
            reading.held.append((Party(recipient["person_id"], None, recipient.get("post")), int(step)))


def _on_told_in_digest(reading: _Reading, entry: TrailEntry) -> None:
    """From the digest on they knew."""
    person_id, known = entry.facts.get("person_id"), {(told.party, told.step) for told in reading.told}
    if not entry.facts.get("ways"):
        return
    told = dict.fromkeys(each for each in reading.held if each[0].person_id == person_id and each not in known)
    reading.told += [_Told(party, entry.seq, step, entry.at) for party, step in told]
    reading.held = [each for each in reading.held if each[0].person_id != person_id]


def _on_escalated(reading: _Reading, entry: TrailEntry) -> None:
    promise = reading.promise
    if entry.facts.get("reason") == "promise_broken" and promise is not None:
        reading.misses.append(Miss(MissKind.ESCALATION, promise.party, entry.seq, promise.seq, entry.at))
        reading.promise = None
        return
    _count_unanswered(reading, entry, beyond=True)


def _count_unanswered(reading: _Reading, entry: TrailEntry, *, beyond: bool) -> None:
    if reading.is_muted:
        return
    for told in reading.told:
        if told.party not in reading.counted:
            reading.counted.add(told.party)
            minutes = _minutes(told.at, entry.at)
            reading.misses.append(
                Miss(MissKind.ACKNOWLEDGEMENT, told.party, entry.seq, told.seq, entry.at, minutes)
            )
    if beyond:
        parties = {told.party: told for told in reversed(reading.told)}
        reading.misses += [
            Miss(MissKind.ESCALATION, party, entry.seq, told.seq, entry.at) for party, told in parties.items()
        ]


def _on_acknowledged(reading: _Reading, entry: TrailEntry) -> None:
    _forget_told(reading)
    party = party_of(entry.actor)
    # Whoever took it up was told by name, if anybody was.
    reading.promise = _Promise(party, entry.seq, _instant(entry.facts.get("promised_at")))
    reading.first_promise = reading.first_promise or reading.promise


def _on_promise_broken(reading: _Reading, entry: TrailEntry) -> None:
    promise = reading.promise
    if promise is None:
        return
    if not reading.is_muted:
        minutes = None if promise.until is None else _minutes(promise.until, entry.at)
        reading.misses.append(Miss(MissKind.PROMISE, promise.party, entry.seq, promise.seq, entry.at, minutes))
    else:
        reading.promise = None


def _on_nobody(reading: _Reading, entry: TrailEntry) -> None:
    party = Party(post=entry.facts.get("post"))
    reading.misses.append(Miss(MissKind.VACANCY, party, entry.seq, entry.seq, entry.at))


def _on_resolved(reading: _Reading, entry: TrailEntry) -> None:
    ended = _instant(entry.facts.get("ended_at")) or entry.at
    reading.resolved = (entry.seq, ended)
    if entry.actor == "system":
        # The condition has ended: the figures verify it.
        _judge_closing(reading, entry)


def _on_verified(reading: _Reading, entry: TrailEntry) -> None:
    # By when it was done, not by how long the verification took.
    _judge_closing(reading, entry)


def _judge_closing(reading: _Reading, entry: TrailEntry) -> None:
    promise, resolved = reading.first_promise, reading.resolved
    if promise is not None and promise.until is not None and resolved is not None:
        _, ended = resolved
        if ended > promise.until:
            minutes = _minutes(promise.until, ended)
            reading.misses.append(Miss(MissKind.CLOSING, promise.party, entry.seq, promise.seq, entry.at, minutes))
    _open_again(reading, entry)


def _open_again(reading: _Reading, _entry: TrailEntry) -> None:
    _forget_told(reading)
    # What begins anew says anew whether it is muted.
    reading.is_muted = False
    reading.promise = reading.first_promise = reading.resolved = None


def _on_rejected(reading: _Reading, _entry: TrailEntry) -> None:
    # What was promised first still counts: it is not done yet.
    _forget_told(reading)
    reading.is_muted = False
    reading.promise = reading.resolved = None


def _on_raised(reading: _Reading, entry: TrailEntry) -> None:
    if "from_severity" in entry.facts:
        # An acknowledgement was given for less than this.
        _forget_told(reading)
        reading.promise = None


def _on_muted(reading: _Reading, _entry: TrailEntry) -> None:
    reading.is_muted = True


def _on_unmuted(reading: _Reading, entry: TrailEntry) -> None:
    reading.is_muted = False
    # The chase goes on with a fresh clock, so everybody's time begins anew.
    reading.told = [_Told(told.party, told.seq, told.step, entry.at) for told in reading.told]


def _on_unreachable(reading: _Reading, entry: TrailEntry) -> None:
    """Who could not be reached by any way has missed nothing; the stand-in is told by name."""
    person_id = entry.facts.get("person_id")
    reading.told = [told for told in reading.told if told.party.person_id != person_id]


def _forget_told(reading: _Reading) -> None:
    reading.told.clear()
    reading.held.clear()
    reading.counted.clear()


_HANDLERS = {
    "notified": _on_notified,
    "held_for_digest": _on_held,
    "told_in_digest": _on_told_in_digest,
    "escalated": _on_escalated,
    "acknowledged": _on_acknowledged,
    "promise_broken": _on_promise_broken,
    "nobody_to_notify": _on_nobody,
    "nobody_on_duty": _on_nobody,
    "unreachable": _on_unreachable,
    "resolved": _on_resolved,
    "verified": _on_verified,
    "rejected": _on_rejected,
    "reopened": _open_again,
    "amended": _on_raised,
    "severity_changed": _on_raised,
    "muted": _on_muted,
    "unmuted": _on_unmuted,
    "chase_held": _on_muted,
    "chase_resumed": _on_unmuted,
}


def party_of(actor: str) -> Party:
    """Who an actor of the trail is: ``person:<id>``, else an account known by its name alone."""
    kind, _, identity = actor.partition(":")
    return Party(person_id=identity) if kind == "person" and identity else Party(name=actor)


def _parties(recipients: Iterable[Mapping[str, Any]]) -> list[Party]:
    """The persons among those told who could be reached; where only a post's own channel was, the post."""
    reached = [recipient for recipient in recipients if recipient.get("ways")]
    persons = [
        Party(person_id=recipient["person_id"], post=recipient.get("post"))
        for recipient in reached
        if recipient.get("person_id")
    ]
    return persons or list(dict.fromkeys(Party(post=recipient.get("post")) for recipient in reached))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds() // 60))
