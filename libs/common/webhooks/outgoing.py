"""One HTTP call out of the house: to an allowed host, at the address that was checked, short in every way."""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress, Target

MAX_ANSWER = 64 * 1024
_USER_AGENT = "Duban-Webhook/1"
_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is inflated and holds no more than 64 kB, `is_cut` says that there was more."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_cut: bool = False

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400

    def retry_after(self, real_now: datetime) -> float | None:
        """Seconds the receiver asks us to wait (RFC 9110, 10.2.3: a number, or a date); None if it does not."""
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            until = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError):
            return None
        aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        return max(0.0, (aware - real_now).total_seconds())


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses a host's name leads to; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def outgoing_client(timeout_seconds: float) -> httpx.AsyncClient:
    """The client for calls out. The environment's proxies are not asked: the address's check would be theirs."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
    return httpx.AsyncClient(timeout=timeout_seconds, limits=limits, trust_env=False)


class GuardedClient:
    """Calls allowed hosts only.

    The name is resolved here, checked, and the connection made to that very address: a name that changes its mind
    between the check and the call gains nothing. Redirects are not followed. `deadline_seconds` holds for the
    whole call, so a receiver that sends a byte now and then holds nobody up; of the answer 64 kB are read.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        allowed: AllowedHosts,
        *,
        resolver: Resolver = resolve,
        deadline_seconds: float = 20.0,
    ) -> None:
        self._client = client
        self._allowed = allowed
        self._resolve = resolver
        self._deadline_seconds = deadline_seconds

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        """Raises RefusedAddress, TimeoutError, httpx.HTTPError, and OSError when the name cannot be resolved."""
        async with asyncio.timeout(self._deadline_seconds):
            place = self._allowed.check_url(url)
            address = self._allowed.check_addresses(place.host, await self._resolve(place.host, place.port))
            parts = _parsed(url)
            async with self._client.stream(
                method,
                parts.copy_with(host=address),
                content=content,
                headers=_headers(place, parts, headers or {}),
                # The certificate is checked against the name, although the connection goes to its address.
                extensions={"sni_hostname": place.host},
                follow_redirects=False,
            ) as response:
                body, is_cut = await _read(response)
                named = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, named, body, is_cut)


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL:
        raise RefusedAddress("malformed") from None


def _headers(place: Target, url: httpx.URL, given: Mapping[str, str]) -> dict[str, str]:
    headers = {
        "user-agent": _USER_AGENT,
        "accept-encoding": "identity",
        **{name.lower(): value for name, value in given.items()},
        "host": url.netloc.decode(),
    }
    if place.scheme == "https":
        # Kept connections are found by address: one to this address may have been made for another name.
        headers["connection"] = "close"
    return headers


async def _read(response: httpx.Response) -> tuple[bytes, bool]:
    """A short answer whole, so that the connection serves again; an endless one ends with it."""
    raw, is_cut = bytearray(), False
    async for part in response.aiter_raw():
        raw += part
        if len(raw) > MAX_ANSWER:
            is_cut = True
            break
    if response.headers.get("content-encoding", "").strip().lower() in _INFLATED:
        return _inflated(bytes(raw[:MAX_ANSWER]), is_cut)
    return bytes(raw[:MAX_ANSWER]), is_cut


def _inflated(raw: bytes, is_cut: bool) -> tuple[bytes, bool]:
    """Never more than 64 kB, however little of it came over the wire."""
    # 32 + 15: zlib or gzip, by the header.
    inflater = zlib.decompressobj(47)
    try:
        body = inflater.decompress(raw, MAX_ANSWER)
    except zlib.error:
        return raw, is_cut
    return body, is_cut or bool(inflater.unconsumed_tail)
