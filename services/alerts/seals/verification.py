"""Checking the whole record: every entry, every trail's end, every seal, and what was published of them.

Four streams of one snapshot are merged by alert, so memory stays flat however long the record is. What each check
would show: a changed byte (the entry's digest), a cut end (the alert's own length, a seal's leaf), a deleted alert
(its leaf), a chain hashed anew (the leaf's head, the seal's signature), and seals made anew with a stolen key, or
the newest ones taken away (what was published on Kafka).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from asyncpg import Connection

from libs.common.contracts.trail import TrailSealedV1
from libs.common.security.digests import ALGORITHMS, zero
from services.alerts.seals import reading
from services.alerts.seals.domain.merkle import Leaf, leaf_hash, root_of
from services.alerts.seals.domain.seal import Fault, Seal
from services.alerts.seals.keys import is_signed_by, key_id_of
from services.alerts.seals.reading import EVERYTHING, Period, Row
from services.alerts.trail.domain.chain import entry_text, fits

_SEALS = """
    SELECT sequence, sealed_at, algorithm, previous, root, alerts, entries, entries_total, key_id, digest,
           signature
    FROM trail_seal ORDER BY sequence
"""
_LEAVES = "SELECT sequence, alert_id::text, length, head FROM trail_seal_leaf ORDER BY sequence, alert_id"
# What was read of Kafka before this snapshot may lack the newest: those still have their row in the outbox.
_UNDER_WAY = (
    "SELECT aggregate_version FROM outbox WHERE topic = $1 AND (published_at IS NULL OR aggregate_version > $2)"
)


@dataclass
class Report:
    """What was found; `keys` says which seals each key signed (first, last)."""

    alerts: int = 0
    entries: int = 0
    unsealed: int = 0
    seals: int = 0
    published: int | None = None
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Question:
    """What to check: a period or everything, by which keys, against what was published (None: not asked)."""

    period: Period = EVERYTHING
    trusted: frozenset[str] = frozenset()
    published: Sequence[TrailSealedV1] | None = None
    max_faults: int = 100


async def verify(connection: Connection, question: Question) -> Report:
    """Check the record in one snapshot; stops after `max_faults` faults. Alerts first, then seals."""
    report = Report()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _check_trails(connection, question, report)
        seals = await _check_seals(connection, question, report)
        if question.published is not None:
            await _check_published(connection, question, seals, report)
    del report.faults[question.max_faults :]
    return report


async def _check_trails(connection: Connection, question: Question, report: Report) -> None:
    period = question.period
    alerts, entries = reading.alerts(connection, period), reading.entries(connection, period)
    leaves, notes = reading.leaves(connection, period), reading.unsealed(connection, period)
    streams = (alerts, entries, leaves, notes)
    while len(report.faults) < question.max_faults:
        waiting = [alert_id for stream in streams if (alert_id := await stream.peek()) is not None]
        if not waiting:
            return
        alert_id = min(waiting)
        rows = [await stream.take(alert_id) for stream in streams]
        report.alerts += 1
        report.entries += len(rows[1])
        report.unsealed += len(rows[3])
        report.faults += _faults_of(alert_id, *rows)


def _faults_of(
    alert_id: str, alert: list[Row], entries: list[Row], leaves: list[Row], notes: list[Row]
) -> Iterable[Fault]:
    number = alert[0][1] if alert else None

    def fault(reason: str, seq: int | None = None, seal: int | None = None) -> Fault:
        return Fault(reason, alert_id, number, seq, seal)

    if not alert:
        yield fault("the alert was deleted; entries, seals or notes of it are left", 1)
    digests = [zero(alert[0][3].partition(":")[0] if alert else "sha256")]
    if entries:
        digests = [zero(entries[0][6].partition(":")[0])]
    for place, (_, seq, kind, instant, actor, facts, previous, digest) in enumerate(entries, start=1):
        if seq != place:
            yield fault("the entry is missing", place)
            return
        if previous != digests[-1]:
            yield fault("does not continue the entry before it", seq)
            return
        if not fits(digest, entry_text(alert_id, seq, kind, instant, actor, facts, previous)):
            yield fault("was changed: its digest is another", seq)
            return
        digests.append(digest)
    length = len(digests) - 1
    sealed = 0
    for _, leaf_length, head, sequence in leaves:
        sealed = max(sealed, leaf_length)
        if leaf_length > length:
            yield fault(f"was sealed in seal {sequence} and is missing", length + 1, sequence)
            return
        if digests[leaf_length] != head:
            yield fault(f"is not the entry that seal {sequence} covers: hashed anew", leaf_length, sequence)
            return
    if alert and (alert[0][2], alert[0][3]) != (length, digests[-1]):
        yield fault(f"the alert remembers {alert[0][2]} entries with another end", min(length, alert[0][2]) + 1)
        return
    noted = {seq for _, seq in notes}
    unnoted = next((seq for seq in range(sealed + 1, length + 1) if seq not in noted), None)
    if unnoted is not None:
        yield fault("is neither sealed nor waiting for a seal", unnoted)
    gone = next((seq for seq in sorted(noted) if seq > length), None)
    if gone is not None:
        yield fault("was noted for the next seal and is missing", gone)


async def _check_seals(connection: Connection, question: Question, report: Report) -> dict[int, Seal]:
    keys = dict(await connection.fetch("SELECT key_id, public_key FROM trail_key"))
    roots = _Roots(connection)
    seals: dict[int, Seal] = {}
    previous: Seal | None = None
    async for chunk in reading.rows_of(connection, _SEALS):
        for row in chunk:
            seal = Seal(*row)
            expected = 1 if previous is None else previous.sequence + 1
            if seal.sequence != expected:
                report.faults.append(Fault("is missing", seal=expected))
            report.faults += [
                Fault(reason, seal=seal.sequence)
                for reason in await _wrong_with(seal, previous, keys, question, roots)
            ]
            first, _ = report.keys.get(seal.key_id, (seal.sequence, 0))
            report.keys[seal.key_id] = (first, seal.sequence)
            seals[seal.sequence] = previous = seal
            report.seals += 1
            if len(report.faults) >= question.max_faults:
                return seals
    if (stray := await roots.sequence_left()) is not None:
        report.faults.append(Fault("is missing, leaves of it are left", seal=stray))
    return seals


async def _wrong_with(
    seal: Seal, previous: Seal | None, keys: Mapping[str, str], question: Question, roots: _Roots
) -> list[str]:
    wrong = []
    if previous is not None and seal.previous != previous.digest:
        wrong.append("does not continue the seal before it")
    if previous is not None and seal.entries_total != previous.entries_total + seal.entries:
        wrong.append("does not count on from the seal before it")
    if previous is None and seal.previous != zero(seal.algorithm):
        wrong.append("is not the first that was made")
    if seal.digest != seal.computed_digest():
        wrong.append("was changed: its digest is another")
    # The root of every seal is computed: the leaves have to be walked through in any case.
    count, root = await roots.of(seal.sequence, seal.algorithm)
    if (count, root) != (seal.alerts, seal.root):
        wrong.append("its leaves were changed: they have another root")
    if question.period.holds(seal.sealed_at):
        wrong += _wrong_signature(seal.key_id, seal.digest, seal.signature, keys, question)
    return wrong


def _wrong_signature(
    key_id: str, digest: str, signature: str, keys: Mapping[str, str], question: Question
) -> list[str]:
    public_key = keys.get(key_id)
    if public_key is None or key_id_of(public_key) != key_id:
        return [f"the key {key_id} is unknown or is not the one it calls itself"]
    if question.trusted and public_key not in question.trusted:
        return [f"is signed with the key {key_id}, which is not trusted"]
    return [] if is_signed_by(public_key, digest, signature) else ["its signature does not fit"]


class _Roots:
    """Counts and roots of the seals' leaves, asked for in ascending order of the seals."""

    def __init__(self, connection: Connection) -> None:
        self._groups = self._grouped(connection)
        self._next: tuple[int, list[Leaf]] | None = None
        self._begun = False

    async def of(self, sequence: int, algorithm: str) -> tuple[int, str]:
        await self._begin()
        while self._next is not None and self._next[0] < sequence:
            # Leaves of a seal that is not there: the gap in the numbers tells of it.
            self._next = await anext(self._groups, None)
        if self._next is None or self._next[0] != sequence or algorithm not in ALGORITHMS:
            return 0, ""
        leaves = self._next[1]
        self._next = await anext(self._groups, None)
        return len(
            leaves
        ), f"{algorithm}:{root_of(algorithm, [leaf_hash(algorithm, leaf) for leaf in leaves]).hex()}"

    async def sequence_left(self) -> int | None:
        """The seal of the first leaf behind the last seal asked for."""
        await self._begin()
        return None if self._next is None else self._next[0]

    async def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._next = await anext(self._groups, None)

    async def _grouped(self, connection: Connection) -> AsyncIterator[tuple[int, list[Leaf]]]:
        held: tuple[int, list[Leaf]] | None = None
        async for chunk in reading.rows_of(connection, _LEAVES):
            for sequence, rows in groupby(chunk, lambda row: int(row[0])):
                leaves = [Leaf(alert_id, length, head) for _, alert_id, length, head in rows]
                if held is not None and held[0] == sequence:
                    held[1].extend(leaves)
                    continue
                if held is not None:
                    yield held
                held = (sequence, leaves)
        if held is not None:
            yield held


async def _check_published(
    connection: Connection, question: Question, seals: Mapping[int, Seal], report: Report
) -> None:
    assert question.published is not None
    published: dict[int, TrailSealedV1] = {}
    for event in question.published:
        earlier = published.setdefault(event.sequence, event)
        if earlier.digest != event.digest:
            report.faults.append(Fault("was published twice, each time another", seal=event.sequence))
    report.published = len(published)
    keys = {event.key_id: event.public_key for event in published.values()}
    for sequence, event in sorted(published.items()):
        wrong = _wrong_signature(event.key_id, event.digest, event.signature, keys, question)
        report.faults += [Fault(f"as published: {reason}", seal=sequence) for reason in wrong]
        if sequence not in seals:
            report.faults.append(Fault("was published and is gone", seal=sequence))
        elif seals[sequence].digest != event.digest:
            report.faults.append(Fault("is not the one that was published: made anew", seal=sequence))
    rows = await connection.fetch(_UNDER_WAY, TrailSealedV1.topic.name, max(published, default=0))
    under_way = {version for (version,) in rows}
    never = [sequence for sequence in seals if sequence not in published and sequence not in under_way]
    report.faults += [Fault("was never published", seal=sequence) for sequence in never]
