"""Which faults a run has: the same for the same seed, number and abilities of the machine."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass

SERVICES = (
    "energy-api",
    "energy-worker",
    "energy-relay",
    "energy-scheduler",
    "alerts-worker",
    "alerts-api",
    "projects",
)
RECEIVERS = ("slow", "refusing", "hanging")
CUTS = ("postgres", "kafka", "projects", "energy", "alerts")
DISKS = ("postgres", "kafka")

# A kind, its share of a hundred faults, what it may hit, and for how many seconds (of the clock: minutes).
_KINDS: tuple[tuple[str, int, tuple[str, ...], tuple[float, float]], ...] = (
    ("kill", 26, SERVICES, (0, 0)),
    ("freeze", 22, (*SERVICES, "kafka"), (2, 14)),
    ("broker restart", 6, ("kafka",), (0, 0)),
    ("broker kill", 6, ("kafka",), (0, 0)),
    ("database restart", 6, ("postgres",), (0, 0)),
    ("database kill", 6, ("postgres",), (0, 0)),
    ("full disk", 8, DISKS, (3, 8)),
    ("receiver", 8, RECEIVERS, (2, 6)),
    ("clock forward", 2, ("clock",), (20, 60)),
    ("clock back", 2, ("clock",), (1, 3)),
    ("network cut", 8, CUTS, (2, 12)),
)
NEEDS_ROOT = frozenset({"full disk", "network cut"})


@dataclass(frozen=True)
class Fault:
    """``size``: seconds that it lasts, of the clock's kinds the minutes of its step, 0 where it is a blow.

    ``rest``: seconds of peace before it.
    """

    number: int
    kind: str
    target: str
    size: float
    rest: float

    def __str__(self) -> str:
        unit = " min" if self.kind.startswith("clock") else " s"
        size = f" {self.size:.1f}{unit}" if self.size else ""
        return f"#{self.number} {self.kind} of {self.target}{size}"


def planned(seed: int, number: int, without: Collection[str] = ()) -> list[Fault]:
    """``number`` faults in the kinds' shares, each kind at least once where there is room, in random order.

    ``without``: kinds that this machine cannot do; their share goes to the others.
    """
    chance = random.Random(seed)
    possible = [kind for kind in _KINDS if kind[0] not in without]
    names = possible[:number]
    weights = [kind[1] for kind in possible]
    names += chance.choices(possible, weights, k=number - len(names))
    chance.shuffle(names)
    # Every target of a kind gets its turn.
    turns = {kind[0]: chance.sample(kind[2], len(kind[2])) for kind in possible}
    faults = []
    for place, (name, _, _, (least, most)) in enumerate(names, start=1):
        turns[name].append(target := turns[name].pop(0))
        size = round(chance.uniform(least, most), 1)
        faults.append(Fault(place, name, target, size, round(chance.uniform(0.3, 1.5), 1)))
    return faults
