"""Serve an application inside a running event loop, beside the other roles of a process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any

import uvicorn
from starlette.applications import Starlette

_GRACE_SECONDS = 8
_BACKLOG = 2048


class CannotServe(RuntimeError):
    """The address is taken, or the application failed to start; the message says which."""


class _Server(uvicorn.Server):
    # Signals belong to the process, which may have other roles to end as well.
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            # An exit inside a task would tear the loop down around the other roles.
            raise CannotServe("the application failed to start; its log says why") from error


def bind(host: str, port: int) -> socket.socket:
    """A listening socket's address, taken now. Raises CannotServe with a message for people."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotServe(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


async def serve(app: Starlette, host: str, port: int, *, listener: socket.socket | None = None) -> None:
    """Answer requests until cancelled; then finish those under way (8 s at most) and end.

    Sets ``app.state.stopping`` first, so that ``/readyz`` turns and streams can end. Raises CannotServe.
    """
    listener = listener or bind(host, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        # The application knows which proxies to believe; uvicorn would believe every process of this machine.
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="on",
    )
    server = _Server(config)
    running: asyncio.Task[Any] = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        app.state.stopping.set()
        server.should_exit = True
        await running
        raise
    finally:
        listener.close()
