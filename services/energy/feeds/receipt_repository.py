"""SQL of receipts at the door: one statement a step, each its own transaction (0006-ingest-receipts.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from services.energy.feeds.tables import ReceiptRow

_FIND: Final = """
SELECT d.first_at, d.receipt_id, r.status FROM body_digest AS d LEFT JOIN receipt AS r ON r.id = d.receipt_id
WHERE d.digest = $1 AND d.first_at > $2
"""

_COLUMNS: Final = tuple(ReceiptRow.model_fields)
_NUMBERS: Final = ", ".join(f"${number}" for number in range(3, 3 + len(_COLUMNS)))

# An earlier receipt of the same body that was not acknowledged yet is marked, and its rows in quarantine go: they
# are among those of this attempt. The receipt stays: its parts may be on their way, and they are counted in it.
_NOTE: Final = f"""
WITH replaced AS (
    UPDATE receipt SET status = 'replaced' WHERE status IN ('pending', 'abandoned')
        AND id = (SELECT receipt_id FROM body_digest WHERE digest = $1) RETURNING id
), cleared AS (
    DELETE FROM quarantine WHERE status = 'kept' AND receipt_id IN (SELECT id FROM replaced)
), digested AS (
    INSERT INTO body_digest (digest, receipt_id, first_at) VALUES ($1, ${3 + _COLUMNS.index("id")}, $2)
    ON CONFLICT (digest) DO UPDATE SET receipt_id = excluded.receipt_id, first_at = excluded.first_at
)
INSERT INTO receipt ({", ".join(_COLUMNS)}) VALUES ({_NUMBERS})
"""  # noqa: S608 - names of our own columns

# Should this commit be lost with the server, the same body is produced again, and nothing is stored twice.
_ACKNOWLEDGE: Final = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS setting)
UPDATE receipt SET status = 'acknowledged' FROM quick
WHERE id = $1 AND status IN ('pending', 'replaced', 'abandoned') AND setting = 'off'
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last attempt with the same body: when the first came, and its receipt if that still stands."""

    first_at: datetime
    receipt_id: UUID
    status: str | None

    @property
    def is_answered(self) -> bool:
        return self.status not in {None, "pending", "replaced", "abandoned"}


async def find_seen(connection: asyncpg.Connection, digest: bytes, since: datetime) -> Seen | None:
    row = await connection.fetchrow(_FIND, digest, since)
    return None if row is None else Seen(row[0], row[1], row[2])


async def note_receipt(
    connection: asyncpg.Connection, receipt: ReceiptRow, digest: bytes, first_at: datetime
) -> None:
    """Write a receipt that is not acknowledged yet."""
    values = {name: getattr(receipt, name) for name in _COLUMNS}
    values["rejections"] = msgspec.json.encode(receipt.rejections).decode()
    await connection.execute(_NOTE, digest, first_at, *values.values())


async def acknowledge_receipt(connection: asyncpg.Connection, receipt_id: UUID) -> None:
    """The broker has every part. What is merged already stays so."""
    await connection.execute(_ACKNOWLEDGE, receipt_id)
