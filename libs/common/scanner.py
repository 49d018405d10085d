"""A client of clamd, ClamAV's daemon: bytes go to it as they are, its finding comes back (INSTREAM).

Its own protocol rather than a library's: a command, pieces with their length before them, an empty piece, one line
of answer (clamd(8)). The scanner stands on the inside; who asks waits no longer than the deadline.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Self

from prometheus_client import Counter, Histogram
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

SCANS = Counter(
    "duban_scans_total", "Files the scanner was asked about: clean, found, too_large, failed", ["result"]
)
SCAN_SECONDS = Histogram(
    "duban_scan_seconds", "Real time of one question to the scanner", buckets=(0.01, 0.05, 0.2, 1, 5, 20, 60, 120)
)

_CONNECT_SECONDS: Final = 5.0
# One line: a name and what was found. Longer is no answer of clamd's.
_LONGEST_ANSWER: Final = 4_096
_PIECE: Final = 256 * 1024
# clamd works on ten at once by default and serves all our processes.
_AT_ONCE: Final = 4


class ScannerOptions(BaseSettings):
    """Settings of a service that takes files."""

    # host:port of clamd, which is asked about every file that people hand in; empty: nobody is asked.
    clamav: str | None = None
    clamav_timeout_seconds: float = Field(default=60.0, gt=0, le=600)
    # clamd's StreamMaxLength: what is longer it does not look at, and we do not take.
    clamav_max_bytes: int = Field(default=100 * 2**20, ge=2**10)

    @model_validator(mode="after")
    def _refuse_half_an_address(self) -> Self:
        if self.clamav:
            address_of(self.clamav)
        return self

    def scanner(self) -> Scanner | None:
        """Who is asked about files; None: nobody."""
        if not self.clamav:
            return None
        host, port = address_of(self.clamav)
        return Scanner(host, port, self.clamav_timeout_seconds, self.clamav_max_bytes)


class ScannerAway(OSError):
    """The scanner did not answer, not in time, or not in words that are known."""


class TooLargeToScan(Exception):
    """The file is longer than the scanner takes (StreamMaxLength)."""


@dataclass(slots=True)
class Scanner:
    """clamd at ``host`` and ``port``; ``timeout_seconds`` of real time for all of a question, waiting included."""

    host: str
    port: int
    timeout_seconds: float = 60.0
    max_bytes: int = 100 * 2**20
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def find(self, pieces: AsyncIterator[bytes], size: int) -> str | None:
        """The name of what was found in so many bytes; None where they are clean.

        Raises ScannerAway, TooLargeToScan.
        """
        begun, result = time.monotonic(), "failed"
        try:
            if size > self.max_bytes:
                raise TooLargeToScan
            async with self._limits(), self._room, self._asking("zINSTREAM") as (reader, writer):
                found = _finding(await _told(reader, writer, pieces))
            result = "clean" if found is None else "found"
            return found
        except TooLargeToScan:
            result = "too_large"
            raise
        finally:
            SCANS.labels(result).inc()
            SCAN_SECONDS.observe(time.monotonic() - begun)

    async def answers(self) -> bool:
        """Whether it is there. Raises ScannerAway."""
        async with self._limits(), self._asking("zPING") as (reader, _):
            return await _answer(reader) == "PONG"

    @asynccontextmanager
    async def _asking(self, command: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        async with asyncio.timeout(_CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(self.host, self.port, limit=_LONGEST_ANSWER)
        try:
            writer.write(command.encode() + b"\0")
            yield reader, writer
        finally:
            writer.close()

    @asynccontextmanager
    async def _limits(self) -> AsyncIterator[None]:
        """The deadline; whatever goes wrong with the connection is told as one thing."""
        try:
            async with asyncio.timeout(self.timeout_seconds):
                yield
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            if isinstance(error, ScannerAway):
                raise
            raise ScannerAway(
                f"clamd at {self.host}:{self.port}: {type(error).__name__} {error}".strip()
            ) from error


async def _told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: AsyncIterator[bytes]) -> str:
    """The answer to all of the pieces, or the one that came before their end: clamd has had enough and goes."""
    # Read meanwhile: what stands unread is lost when the sending fails.
    answering = asyncio.create_task(_answer(reader))
    try:
        with suppress(ConnectionError):
            async for piece in pieces:
                await _send(writer, piece)
                if answering.done():
                    break
            writer.write(struct.pack("!I", 0))
            await writer.drain()
        return await answering
    finally:
        answering.cancel()


async def _send(writer: asyncio.StreamWriter, piece: bytes) -> None:
    for begin in range(0, len(piece), _PIECE):
        part = piece[begin : begin + _PIECE]
        writer.write(struct.pack("!I", len(part)))
        writer.write(part)
        await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()


def _finding(answer: str) -> str | None:
    """``stream: OK``, ``stream: NAME FOUND``, or an error. Raises ScannerAway, TooLargeToScan."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return None
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    if "size limit exceeded" in said:
        raise TooLargeToScan
    raise ScannerAway(f"clamd said {said[:200]!r}")


def address_of(text: str) -> tuple[str, int]:
    """``host:port``, an address of IPv6 in brackets. Raises ValueError."""
    host, _, port = text.strip().rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an address of IPv6 stands in brackets: [::1]:3310")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise ValueError("host:port, e.g. clamav:3310")
    return host, int(port)
