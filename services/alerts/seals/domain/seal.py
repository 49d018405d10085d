"""A seal (封签): the heads of all trails that grew since the seal before, in one signed digest (S28).

The chain of one alert shows a change inside of it; the chain of seals fixes all of them against each other and in
time. What a seal covers is a Merkle root over the heads; each seal names the one before it; its digest is signed
with a key that does not lie in the database, and goes to Kafka, from where it is never taken back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from libs.common.security.digests import ALGORITHMS, digest
from services.alerts.trail.domain.chain import instant_text


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal; `alerts` trails grew by `entries` entries, `entries_total` have been sealed so far."""

    sequence: int
    sealed_at: datetime
    algorithm: str
    previous: str
    root: str
    alerts: int
    entries: int
    entries_total: int
    key_id: str
    digest: str = ""
    signature: str = ""

    def body(self) -> str:
        """The text that is digested: JSON with sorted keys and no spaces."""
        facts = {
            "alerts": self.alerts,
            "algorithm": self.algorithm,
            "entries": self.entries,
            "entries_total": self.entries_total,
            "key_id": self.key_id,
            "previous": self.previous,
            "root": self.root,
            "sealed_at": instant_text(self.sealed_at),
            "sequence": self.sequence,
        }
        return json.dumps(facts, sort_keys=True, separators=(",", ":"))

    def computed_digest(self) -> str:
        """Empty for an algorithm that is not known here: it fits nothing."""
        return digest(self.algorithm, self.body().encode()) if self.algorithm in ALGORITHMS else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit: in the trail of alert `number` at entry `seq`, or in seal `seal`."""

    reason: str
    alert_id: str | None = None
    number: int | None = None
    seq: int | None = None
    seal: int | None = None

    def __str__(self) -> str:
        if self.alert_id is not None:
            place = f"alert no. {self.number or '?'} ({self.alert_id})"
            place += "" if self.seq is None else f", entry {self.seq}"
        else:
            place = f"seal {self.seal}"
        return f"{place}: {self.reason}"
