"""``Idempotency-Key``: a repeated POST gets the first answer, and its effect happens once.

The key is locked and its answer stored in the transaction of the effect, so neither exists without the other.
Only answers that were committed are kept: a refused request may be repeated with the same key.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from libs.common.web.problems import (
    FieldError,
    IdempotencyAnswerNotKept,
    IdempotencyConflict,
    IdempotencyInFlight,
    MalformedRequest,
)
from libs.common.web.spool import spooled_body
from libs.common.web.tables import IdempotencyRow

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEPT_FOR = timedelta(hours=24)

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Belong to one response, not to the answer.
_NOT_KEPT = frozenset({"content-length", "date", "set-cookie", "x-request-id", "server"})


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key: ``fingerprint`` says which, ``request_hash`` what it asked for."""

    subject: str
    method: str
    path: str
    fingerprint: bytes
    request_hash: bytes

    @classmethod
    async def of(cls, request: Request, subject: str, *, is_streamed: bool = False) -> Self | None:
        """None when the request carries no key; MalformedRequest for a key that is none.

        The body of a streamed route is compared by its digest and never held in memory.
        """
        key = request.headers.get(HEADER)
        if key is None:
            return None
        if not _KEY.fullmatch(key):
            raise MalformedRequest(errors=[FieldError("field.idempotency_key", parameter=HEADER)])
        method, path = request.method, request.url.path
        identity = "\n".join((subject, method, path, key))
        asked = hashlib.sha256(request.scope["query_string"])
        asked.update(b"\n")
        asked.update((await spooled_body(request)).sha256.encode() if is_streamed else await request.body())
        return cls(subject, method, path, hashlib.sha256(identity.encode()).digest(), asked.digest())

    async def earlier_answer(self, session: AsyncSession) -> Response | None:
        """Take the key for this transaction; the kept answer if the request was carried out before.

        Raises IdempotencyInFlight, IdempotencyConflict (other body), IdempotencyAnswerNotKept.
        """
        number = int.from_bytes(self.fingerprint[:8], "big", signed=True)
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise IdempotencyInFlight
        # A statement of its own: its snapshot is younger than the lock, so it sees what the last holder committed.
        row = await session.scalar(
            select(IdempotencyRow).where(
                col(IdempotencyRow.fingerprint) == self.fingerprint,
                col(IdempotencyRow.kept_at) > _real_now() - KEPT_FOR,
            )
        )
        if row is None:
            return None
        if row.request_hash != self.request_hash:
            raise IdempotencyConflict
        if row.body is None:
            raise IdempotencyAnswerNotKept
        response = Response(row.body, status_code=row.status)
        response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in row.headers]
        response.headers["Content-Length"] = str(len(row.body))
        response.headers[REPLAYED_HEADER] = "true"
        return response

    async def keep(self, session: AsyncSession, response: Response) -> None:
        """Store the answer in the transaction of the effect."""
        values = {
            "request_hash": self.request_hash,
            "subject": self.subject,
            "method": self.method,
            "path": self.path,
            "status": response.status_code,
            "headers": [
                [name.decode("latin-1"), value.decode("latin-1")]
                for name, value in response.raw_headers
                if name.decode("latin-1").lower() not in _NOT_KEPT
            ],
            "body": _body_to_keep(response),
            "kept_at": _real_now(),
        }
        statement = insert(IdempotencyRow).values(fingerprint=self.fingerprint, **values)
        # Only an expired answer can stand in the way: a live one was replayed.
        await session.execute(statement.on_conflict_do_update(index_elements=["fingerprint"], set_=values))


def _body_to_keep(response: Response) -> bytes | None:
    # A key or token shown once must not lie in a table in clear; a stream has no body to keep.
    if "no-store" in response.headers.get("cache-control", "") or not hasattr(response, "body"):
        return None
    return bytes(response.body)


def _real_now() -> datetime:
    # Retries follow the network's time, not the stack's: at 60 times the speed a day would last 24 minutes.
    return datetime.now(UTC)


async def forget_expired(session: AsyncSession) -> int:
    """Delete answers older than 24 hours and return how many; run it daily."""
    result = await session.execute(
        delete(IdempotencyRow).where(col(IdempotencyRow.kept_at) <= _real_now() - KEPT_FOR)
    )
    return int(getattr(result, "rowcount", 0))
