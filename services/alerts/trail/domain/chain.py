"""The hash chain of a trail: each entry carries the digest of the one before it (S28).

The database refuses to change or delete entries; should somebody do it all the same, by hand and as its owner,
the chain no longer fits. The alert itself keeps the length and the last digest, so a cut-off end shows as well.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

# The digest names its algorithm, so that another one can follow in the same chain.
_ALGORITHM = "sha256"
BEGINNING = f"{_ALGORITHM}:{'0' * 64}"


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
    """The next entry of a chain whose last digest is `previous`."""
    body = canonical(facts)
    return Entry(
        alert_id, seq, kind, at, actor, body, previous, _digest(alert_id, seq, kind, at, actor, body, previous)
    )


def first_break(entries: Sequence[Entry], length: int, head: str) -> int | None:
    """The number of the first entry that does not fit, or None when the chain is whole.

    `length` and `head` are what the alert itself remembers; a missing end is a break at the first missing entry.
    """
    previous = BEGINNING
    for place, entry in enumerate(entries, start=1):
        expected = _digest(entry.alert_id, place, entry.kind, entry.at, entry.actor, entry.facts, entry.previous)
        if entry.seq != place or entry.previous != previous or entry.digest != expected:
            return place
        previous = entry.digest
    if len(entries) != length:
        return min(len(entries), length) + 1
    return None if previous == head else max(length, 1)


def _digest(alert_id: UUID, seq: int, kind: str, at: datetime, actor: str, facts: str, previous: str) -> str:
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([str(alert_id), seq, kind, instant, actor, facts, previous], ensure_ascii=False)
    return f"{_ALGORITHM}:{hashlib.sha256(text.encode()).hexdigest()}"


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
