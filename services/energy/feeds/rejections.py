"""What a body held that was not taken, by line: the first thousand on the receipt, the rest in chunks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from services.energy.feeds.domain.body import Fault
from services.energy.feeds.domain.excerpts import excerpts
from services.energy.feeds.tables import RejectionChunkRow

# On the receipt, and in a chunk.
CHUNK: Final = 1000

Told = dict[str, Any]


def tell(faults: Iterable[Fault], body: bytes = b"", format_name: str = "") -> list[Told]:
    """The faults by line, each with its line's text where the body is text."""
    ordered = sorted(faults, key=lambda fault: fault.line)
    texts = excerpts(body, format_name, [fault.line for fault in ordered]) if ordered and format_name else {}
    told = []
    for fault in ordered:
        item = {"line": fault.line, "pointer": fault.pointer, "code": fault.code, "params": dict(fault.params)}
        item = storable(item)
        if fault.line in texts:
            item["text"] = texts[fault.line]
        told.append(item)
    return told


def storable(value: Any) -> Any:
    """The same without zeros in its texts, which senders may put there and PostgreSQL cannot hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {name: storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def chunks(receipt_id: UUID, told: Sequence[Told]) -> list[RejectionChunkRow]:
    """Rows for all rejections beyond those that stand on the receipt."""
    return [
        RejectionChunkRow(
            receipt_id=receipt_id,
            first=first,
            content=zlib.compress(msgspec.json.encode(told[first : first + CHUNK]), 3),
        )
        for first in range(CHUNK, len(told), CHUNK)
    ]


def read_chunk(row: RejectionChunkRow) -> list[Told]:
    found: list[Told] = msgspec.json.decode(zlib.decompress(row.content))
    return found
