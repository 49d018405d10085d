"""Asks a process over HTTP whether it is ready, without a client library: it is asked several times a second."""

import asyncio
from collections.abc import Awaitable, Callable


def http_ready(port: int, path: str) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return await status_of(port, path) == 200

    return ready


async def status_of(port: int, path: str, seconds: float = 10) -> int | None:
    """The HTTP status of GET `path` on the loopback address, None when nobody answers in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
                writer.write(request.encode())
                await writer.drain()
                status_line = await reader.readline()
            finally:
                writer.close()
        return int(status_line.split()[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        return None
