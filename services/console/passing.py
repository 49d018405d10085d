"""Passes ``/api/<service>/v1/…`` on to the service and its answer back, both as streams.

One address is enough for a browser then, and no service needs to allow foreign pages. Nothing is judged, kept or
changed here: credentials, languages, versions and problems are between the page and the service.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

import httpx
from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from libs.common.web.client_cert import HEADER as CLIENT_CERTIFICATE
from libs.common.web.problems import NotFound
from services.console.errors import ServiceSilent, ServiceUnreachable

_DOTS = frozenset({b".", b".."})
_READING = frozenset({"GET", "HEAD"})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Of one connection, not of the message (RFC 9110, 7.6.1); Host and the length are the client's to set anew.
_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"})
# Services that trust the console's address would believe a certificate that any browser can write into a header.
_NOT_ASKED = _HOP_BY_HOP | _FORWARDED | {"host", "cookie", CLIENT_CERTIFICATE}
_NOT_ANSWERED = _HOP_BY_HOP | {"set-cookie"}
_CONNECT_SECONDS = 3.0
_WRITE_SECONDS = 30.0
_POOL_SECONDS = 5.0
# Streams hold a connection for as long as a page is open.
_CONNECTIONS = 2_000
_IDLE_CONNECTIONS = 50


def open_client(silence_seconds: float) -> httpx.AsyncClient:
    """The client of all services. Redirects and problems are the caller's to see, so none is followed."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(silence_seconds, connect=_CONNECT_SECONDS, write=_WRITE_SECONDS, pool=_POOL_SECONDS),
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_IDLE_CONNECTIONS),
        follow_redirects=False,
        # A proxy of the machine's environment has no part in what runs beside us.
        trust_env=False,
    )


class Passage:
    """The way to the services; ``addresses`` gives the base address of each by its name."""

    def __init__(self, client: httpx.AsyncClient, addresses: Mapping[str, str]) -> None:
        self._client = client
        self._addresses = {name: httpx.URL(address) for name, address in addresses.items()}

    async def pass_on(self, request: Request, service: str) -> Response:
        """The service's answer. Raises NotFound, ServiceUnreachable, ServiceSilent."""
        base = self._addresses.get(service)
        if base is None:
            raise NotFound
        onward = self._client.build_request(
            request.method,
            base.copy_with(raw_path=_target(request, service)),
            headers=_asked(request),
            content=request.stream() if _has_body(request) else None,
        )
        try:
            answer = await self._send(onward)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ServiceUnreachable(service=service, headers={"Retry-After": "2"}) from error
        except httpx.TransportError as error:
            raise ServiceSilent(service=service) from error
        return _answered(answer)

    async def _send(self, onward: httpx.Request) -> httpx.Response:
        try:
            return await self._client.send(onward, stream=True)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # A kept connection whose other end restarted meanwhile; what only reads may simply be asked again.
            if onward.method not in _READING:
                raise
            return await self._client.send(onward, stream=True)


def _target(request: Request, service: str) -> bytes:
    """The path behind the prefix, as it was sent: what is encoded in it stays so."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.partition(b"?")[0].removeprefix(f"/api/{service}".encode())
    # Probes and measures of the services are not for browsers, and no dots lead out of what is.
    if not path.startswith(b"/v1/") or _DOTS.intersection(unquote_to_bytes(path).split(b"/")):
        raise NotFound
    query: bytes = request.scope["query_string"]
    return path + b"?" + query if query else path


def _asked(request: Request) -> list[tuple[str, str]]:
    dropped = _NOT_ASKED | _named(request.headers.getlist("connection"))
    kept = [(name, value) for name, value in request.headers.items() if name not in dropped]
    if request.client is not None:
        kept.append(("x-forwarded-for", _address(request.client.host)))
    kept.append(("x-forwarded-proto", request.url.scheme))
    return kept


def _address(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return "unknown"


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def _answered(answer: httpx.Response) -> Response:
    dropped = _NOT_ANSWERED | _named(answer.headers.get_list("connection"))
    response = StreamingResponse(_body(answer), status_code=answer.status_code)
    # As they came, repeated ones too; compressed bodies stay compressed.
    came = ((name.lower(), value) for name, value in answer.headers.raw)
    response.raw_headers = [(name, value) for name, value in came if name.decode("latin-1") not in dropped]
    return response


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.TransportError:
        # A stream of events may end at any moment, and the page takes it up again; half a document is no document.
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            raise
    finally:
        # Also when the browser went away in the middle: the service is told at once.
        await answer.aclose()


def _named(connection: Iterable[str]) -> frozenset[str]:
    return frozenset(part.strip().lower() for value in connection for part in value.split(","))
