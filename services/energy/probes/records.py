"""What marks a record of the readings' log as a probe: it holds no block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

_HEADER = "probe"


class Record(Protocol):
    """A record of the log."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def probe_headers(sequence: int) -> list[tuple[str, bytes]]:
    return [(_HEADER, str(sequence).encode())]


def probe_of(record: Record) -> int | None:
    """The probe's number; None for any other record."""
    text = dict(record.headers).get(_HEADER)
    return int(text) if text is not None and text.isdigit() else None


def newest_probe(records: Iterable[Record]) -> int | None:
    return max((number for number in map(probe_of, records) if number is not None), default=None)
