"""Requests in the names of the stack's logins."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from deploy.demo.stack import Stack
from deploy.demo.transport import Transport


@asynccontextmanager
async def signed_in(stack: Stack, usernames: Sequence[str]) -> AsyncIterator[dict[str, Transport]]:
    """A transport for each of the stack's logins of these names."""
    logins = {login.username: login for login in stack.logins() if login.username in usernames}
    transports = {
        name: Transport(stack.urls(), username=name, password=login.password) for name, login in logins.items()
    }
    try:
        yield transports
    finally:
        for transport in transports.values():
            await transport.close()
