"""The hash chain of a trail: each entry carries the digest of the one before it (S28).

The database refuses to change or delete entries; should somebody do it all the same, by hand and as its owner,
the chain no longer fits. The alert itself keeps the length and the last digest, so a cut-off end shows as well;
what the whole chain hashed anew would hide is shown by the seals (:mod:`services.alerts.seals`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from uuid import UUID

from libs.common.security.digests import ALGORITHMS, SHA256, algorithm_of, digest, zero

BEGINNING = zero(SHA256)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored; `facts` is canonical JSON text, kept byte for byte."""

    alert_id: UUID
    seq: int
    kind: str
    at: datetime
    actor: str
    facts: str
    previous: str
    digest: str


def canonical(facts: Mapping[str, object]) -> str:
    """JSON with sorted keys and no spaces; values that JSON lacks (ids, instants) become text."""
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_as_text)


def link(
    *, alert_id: UUID, seq: int, kind: str, at: datetime, actor: str, facts: Mapping[str, object], previous: str
) -> Entry:
    """The next entry of a chain whose last digest is `previous`, by the algorithm that one names."""
    body = canonical(facts)
    text = entry_text(str(alert_id), seq, kind, instant_text(at), actor, body, previous)
    return Entry(alert_id, seq, kind, at, actor, body, previous, digest(algorithm_of(previous), text.encode()))


def first_break(entries: Sequence[Entry], length: int, head: str) -> int | None:
    """The number of the first entry that does not fit, or None when the chain is whole.

    `length` and `head` are what the alert itself remembers; a missing end is a break at the first missing entry.
    """
    previous = BEGINNING
    for place, entry in enumerate(entries, start=1):
        instant = instant_text(entry.at)
        text = entry_text(
            str(entry.alert_id), place, entry.kind, instant, entry.actor, entry.facts, entry.previous
        )
        if entry.seq != place or entry.previous != previous or not fits(entry.digest, text):
            return place
        previous = entry.digest
    if len(entries) != length:
        return min(len(entries), length) + 1
    return None if previous == head else max(length, 1)


def entry_text(alert_id: str, seq: int, kind: str, instant: str, actor: str, facts: str, previous: str) -> str:
    """The text a digest covers: a JSON array as ``json.dumps(…, ensure_ascii=False)`` writes it."""
    return (
        f'["{alert_id}", {seq}, {quoted(kind)}, "{instant}", {quoted(actor)}, {quoted(facts)}, {quoted(previous)}]'
    )


def instant_text(at: datetime) -> str:
    """UTC with microseconds: the one form in which an instant is digested."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def fits(stored: str, text: str) -> bool:
    """Whether a digest is that of the text, by the algorithm it names; an unknown one fits nothing."""
    algorithm = algorithm_of(stored)
    return algorithm in ALGORITHMS and digest(algorithm, text.encode()) == stored


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
