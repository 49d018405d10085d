"""The fingerprint of a set of labels, as Prometheus and the Alertmanager compute it: FNV-1a, 64 bits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import orjson

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_MASK = (1 << 64) - 1


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hexadecimal digits over the names and values in order of the names, each ended by 0xff."""
    text = b"".join(name.encode() + b"\xff" + labels[name].encode() + b"\xff" for name in sorted(labels))
    digest = _OFFSET
    for byte in text:
        digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"


@lru_cache(maxsize=32_768)
def fingerprint_of_json(labels: str) -> str:
    """That of labels written as JSON: senders repeat theirs every minute."""
    return fingerprint(orjson.loads(labels))
