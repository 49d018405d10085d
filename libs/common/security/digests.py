"""Digests that say by which algorithm they were made: ``sha256:…``, ``sm3:…`` (GB/T 32905).

Evidence outlives algorithms. A chain goes on in the algorithm that its last digest names, and whoever checks a
digest recomputes it by the name it bears; a name that is not known here fits nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes

SHA256 = "sha256"
SM3 = "sm3"
ALGORITHMS = (SHA256, SM3)


def _sm3(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_RAW: dict[str, Callable[[bytes], bytes]] = {SHA256: _sha256, SM3: _sm3}


def raw_digest(algorithm: str, data: bytes) -> bytes:
    """32 bytes. Raises KeyError for an algorithm that is not known here."""
    return _RAW[algorithm](data)


def digest(algorithm: str, data: bytes) -> str:
    """``<algorithm>:<hex>``. Raises KeyError for an algorithm that is not known here."""
    return f"{algorithm}:{_RAW[algorithm](data).hex()}"


def algorithm_of(text: str) -> str:
    """The algorithm a digest names, whether it is known here or not."""
    return text.partition(":")[0]


def zero(algorithm: str) -> str:
    """What stands in the place of the digest before the first."""
    return f"{algorithm}:{'0' * 64}"
