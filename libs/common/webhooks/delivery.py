"""One attempt to deliver a message: POST, signed, to an allowed host, redirects refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.signing import signed_headers

_USER_AGENT = "Duban-Webhook/1"
KEPT_OF_ERRORS = 300
_MAX_ANSWER = 64 * 1024

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `is_final` failures are not tried again; `gone` asks never to be called again."""

    delivered: bool
    status_code: int | None = None
    error: str | None = None
    is_final: bool = False
    gone: bool = False
    wait_seconds: float | None = None


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses a host's name leads to; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def outgoing_client(timeout_seconds: float) -> httpx.AsyncClient:
    """The client for webhooks. The environment's proxies are not asked: the address's check would be theirs."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
    return httpx.AsyncClient(timeout=timeout_seconds, limits=limits, trust_env=False)


class WebhookClient:
    """POST with Standard Webhooks signing, to allowed hosts only.

    The name is resolved here, checked, and the connection made to that very address: a name that changes its
    mind between the check and the call gains nothing.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        allowed: AllowedHosts,
        *,
        resolver: Resolver = resolve,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._allowed = allowed
        self._resolve = resolver
        self._real_now = real_now

    async def post(self, target: str, secrets: Sequence[str], message_id: str, body: str) -> Outcome:
        """Send ``body``, signed with each of the secrets (several while one is being replaced)."""
        try:
            place = self._allowed.check_url(target)
            address = self._allowed.check_addresses(place.host, await self._resolve(place.host, place.port))
        except RefusedAddress as error:
            return Outcome(False, error=f"refused: {error.reason}", is_final=error.reason != "unknown_host")
        except OSError as error:
            return Outcome(False, error=f"cannot resolve {place.host}: {error}"[:KEPT_OF_ERRORS])
        url = httpx.URL(target)
        headers = {
            **signed_headers(secrets, message_id, self._real_now(), body),
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            "host": url.netloc.decode(),
        }
        try:
            async with self._client.stream(
                "POST",
                url.copy_with(host=address),
                content=body.encode(),
                headers=headers,
                # The certificate is checked against the name, although the connection goes to its address.
                extensions={"sni_hostname": place.host},
                follow_redirects=False,
            ) as response:
                await _drain(response)
                return _judged(response)
        except httpx.HTTPError as error:
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:KEPT_OF_ERRORS])


async def _drain(response: httpx.Response) -> None:
    """Read a short answer, so that the connection serves again; an endless one ends with it."""
    read = 0
    async for part in response.aiter_raw():
        read += len(part)
        if read > _MAX_ANSWER:
            return


def _judged(response: httpx.Response) -> Outcome:
    code = response.status_code
    if response.is_success:
        return Outcome(True, status_code=code)
    if response.is_redirect or 300 <= code < 400:
        return Outcome(False, status_code=code, error="redirects are not followed", is_final=True)
    return Outcome(
        False,
        status_code=code,
        error=f"answered {code}",
        is_final=code == httpx.codes.GONE,
        gone=code == httpx.codes.GONE,
        wait_seconds=_retry_after(response),
    )


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
