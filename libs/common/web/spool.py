"""A body too long to hold in memory: received whole into a temporary file before anything else happens.

A route marked with :func:`libs.common.web.routes.streamed` reads its body so. Nothing of the database is touched
until the last byte is here: a caller with a slow line holds a file, not a connection.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import cast

from starlette.requests import Request

# What is shorter stays in memory; what is longer goes to disk in pieces of this size.
PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class SpooledBody:
    """The bytes that arrived; ``sha256`` is their digest in hex. ``file`` is closed when the request ends."""

    file: SpooledTemporaryFile[bytes]
    size: int
    sha256: str

    async def pieces(self, size: int = PIECE_BYTES) -> AsyncIterator[bytes]:
        """The bytes from the beginning, a piece at a time."""
        await asyncio.to_thread(self.file.seek, 0)
        while piece := await asyncio.to_thread(self.file.read, size):
            yield piece


async def spooled_body(request: Request) -> SpooledBody:
    """The request's body; asked again, the same. Raises what reading a body raises (too large, gone away)."""
    known = getattr(request.state, "spooled_body", None)
    if known is not None:
        return cast(SpooledBody, known)
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=PIECE_BYTES)  # noqa: SIM115 - see close
    request.state.spool_file = file
    digest, size = hashlib.sha256(), 0
    waiting = bytearray()
    async for part in request.stream():
        digest.update(part)
        size += len(part)
        waiting += part
        if len(waiting) >= PIECE_BYTES:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))
    body = SpooledBody(file, size, digest.hexdigest())
    request.state.spooled_body = body
    return body


def close_spool(request: Request) -> None:
    """Delete the temporary file, if there is one."""
    file = getattr(request.state, "spool_file", None)
    if file is not None:
        file.close()
