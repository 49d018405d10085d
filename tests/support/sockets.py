"""The energy application of a test behind a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from libs.common.web.serving import bind, serve
from tests.support.energy import Site


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[int]:
    """The application behind a socket."""
    listener = bind("127.0.0.1", 0)

    # Its lifespan runs already.
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        await site.app(scope, receive, send)

    app.state = site.app.state  # type: ignore[attr-defined] # serve() tells the application when it stops
    running = asyncio.create_task(serve(app, "127.0.0.1", 0, listener=listener))  # type: ignore[arg-type] # any ASGI
    port: int = listener.getsockname()[1]
    try:
        await _until_it_listens(port)
        yield port
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_it_listens(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return
