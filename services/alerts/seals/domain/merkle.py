"""A Merkle tree over the heads of trails, shaped as in RFC 6962: leaves and nodes are hashed apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from libs.common.security.digests import raw_digest

_LEAF, _NODE = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class Leaf:
    """The head of one alert's trail: the digest of entry number `length`."""

    alert_id: str
    length: int
    head: str

    def text(self) -> str:
        return f"{self.alert_id}|{self.length}|{self.head}"


@dataclass(frozen=True, slots=True)
class Step:
    """A neighbour on the way from a leaf to the root, and the side on which it stands."""

    side: Literal["left", "right"]
    hash: str


def leaf_hash(algorithm: str, leaf: Leaf) -> bytes:
    return raw_digest(algorithm, _LEAF + leaf.text().encode())


def root_of(algorithm: str, hashes: Sequence[bytes]) -> bytes:
    """The root over the leaves' hashes in their order; of none the digest of nothing."""
    level = list(hashes)
    if not level:
        return raw_digest(algorithm, b"")
    while len(level) > 1:
        level = _above(algorithm, level)
    return level[0]


def path_of(algorithm: str, hashes: Sequence[bytes], place: int) -> list[Step]:
    """The neighbours that lead from the leaf at `place` (from 0) to the root, nearest first."""
    steps: list[Step] = []
    level = list(hashes)
    while len(level) > 1:
        neighbour = place ^ 1
        if neighbour < len(level):
            steps.append(Step("left" if neighbour < place else "right", level[neighbour].hex()))
        level = _above(algorithm, level)
        place //= 2
    return steps


def climb(algorithm: str, start: bytes, steps: Sequence[Step]) -> bytes:
    """The root that a leaf's hash and its path lead to."""
    found = start
    for step in steps:
        other = bytes.fromhex(step.hash)
        pair = other + found if step.side == "left" else found + other
        found = raw_digest(algorithm, _NODE + pair)
    return found


def _above(algorithm: str, level: Sequence[bytes]) -> list[bytes]:
    pairs = [
        raw_digest(algorithm, _NODE + level[place] + level[place + 1]) for place in range(0, len(level) - 1, 2)
    ]
    # What has no neighbour goes up as it is.
    return pairs + list(level[len(pairs) * 2 :])
