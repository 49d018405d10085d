"""Scanners for tests: a small server that speaks clamd's protocol, and the real clamd where a machine has it."""

from __future__ import annotations

import asyncio
import shutil
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from tests.support.ports import reserve_ports

# What both of them find: the sign that scanners agree on for tests, and one of our own that fits into any text.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"DUBAN-MALWARE-MARKER"
FOUND = "Duban.Test.Marker"


@dataclass
class SmallScanner:
    """clamd's INSTREAM and PING; ``mood`` makes it silent, torn or wordless. ``seen``: the bodies it was shown."""

    port: int = 0
    max_bytes: int = 2**20
    mood: str = "well"
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = (await reader.readuntil(b"\0"))[:-1]
            answer = b"PONG" if command == b"zPING" else await self._scanned(reader)
            if self.mood == "silent":
                await reader.read()
            elif self.mood == "wordless":
                answer = b"stream: what do you mean? ERROR"
            if self.mood not in {"silent", "torn"}:
                writer.write(answer + b"\0")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _scanned(self, reader: asyncio.StreamReader) -> bytes:
        body = bytearray()
        while length := struct.unpack("!I", await reader.readexactly(4))[0]:
            body += await reader.readexactly(length)
            if len(body) > self.max_bytes:
                return b"INSTREAM size limit exceeded. ERROR"
        self.seen.append(bytes(body))
        if MARKER in body:
            return f"stream: {FOUND} FOUND".encode()
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in body else b"stream: OK"


@asynccontextmanager
async def small_scanner(port: int = 0) -> AsyncIterator[SmallScanner]:
    scanner = SmallScanner()
    server = await asyncio.start_server(scanner.serve, "127.0.0.1", port)
    scanner.port = server.sockets[0].getsockname()[1]
    try:
        yield scanner
    finally:
        server.close()


@asynccontextmanager
async def real_clamd(directory: Path) -> AsyncIterator[int]:
    """The real one with two signatures of our own, at the port that is answered. Skips where there is none."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin") or shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (package clamav-daemon): its protocol is tested by the small server")
    port = reserve_ports(1)
    signatures = directory / "signatures"
    signatures.mkdir()
    (signatures / "own.ndb").write_text(f"{FOUND}:0:*:{MARKER.hex()}\n", encoding="ascii")
    (signatures / "own.hdb").write_text(
        "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n", encoding="ascii"
    )
    settings = directory / "clamd.conf"
    settings.write_text(
        f"Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {signatures}\n"
        f"StreamMaxLength 1M\nLogFile {directory / 'clamd.log'}\n",
        encoding="utf-8",
    )
    with (directory / "out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(program, "-c", str(settings), stdout=out, stderr=out)
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert process.returncode is None, (directory / "out").read_text(encoding="utf-8")
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        yield port
    finally:
        process.terminate()
        await process.wait()


def file_routes(routers: Iterable[APIRouter]) -> set[str]:
    """The addresses of operations that say they take a file."""
    routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    return {route.path for route in routes if getattr(route.endpoint, "duban_takes_file", False)}
