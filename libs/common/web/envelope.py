"""Around every request: its id, security headers, latency by route, one log line, and the last catch.

Plain ASGI: a small GET costs microseconds here, and a stream passes through unbuffered.
"""

from __future__ import annotations

import re
from secrets import token_hex
from time import perf_counter

import structlog
from opentelemetry import trace
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.telemetry import HTTP_IN_PROGRESS, HTTP_SECONDS
from libs.common.web.addresses import shown_path
from libs.common.web.problem_responses import respond

REQUEST_ID_HEADER = "X-Request-Id"
PROBE_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

_log = structlog.get_logger("duban.http")

# A stranger's id goes into our logs, so it may hold nothing but these.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SLOW_SECONDS = 1.0
_CLIENT_GONE = 499

# Answers are data for programs: nothing in them is to be guessed at, framed, run, or kept by a shared cache.
_DEFAULT_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"private, no-cache"),
)
_TLS_HEADER = (b"strict-transport-security", b"max-age=31536000")


class Envelope:
    """See the module."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["duban.request_id"] = request_id
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _hide_credentials(scope)
                message["headers"] = _with_defaults(message.get("headers", []), request_id, scope)
            await send(message)

        started = perf_counter()
        HTTP_IN_PROGRESS.inc()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_headers)
            except ClientDisconnect:
                status = _CLIENT_GONE
            except Exception as failure:
                # With the first bytes gone nothing can be answered; the server closes the connection.
                response = await respond(Request(scope, receive), failure)
                if status:
                    raise
                await response(scope, receive, send_with_headers)
            finally:
                HTTP_IN_PROGRESS.dec()
                _observe(scope, status, perf_counter() - started)


def _hide_credentials(scope: Scope) -> None:
    """The span bears the path as it came, from before anybody knew what stands in it; it ends with the answer."""
    shown = shown_path(scope)
    if shown != scope["path"]:
        trace.get_current_span().set_attribute("url.path", shown)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get(REQUEST_ID_HEADER)
    return given if given is not None and _REQUEST_ID.fullmatch(given) else token_hex(16)


def _with_defaults(headers: list[tuple[bytes, bytes]], request_id: str, scope: Scope) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    added = [header for header in _DEFAULT_HEADERS if header[0] not in present]
    added.append((b"x-request-id", request_id.encode()))
    if scope.get("scheme") == "https":
        added.append(_TLS_HEADER)
    return [*headers, *added]


def route_template(scope: Scope) -> str:
    """``/v1/projects/{project_id}``, whatever prefixes its router was included with; "unmatched" for none."""
    included = scope.get("fastapi", {}).get("effective_route_context")
    route = included if included is not None else scope.get("route")
    return getattr(route, "path_format", None) or "unmatched"


def _observe(scope: Scope, status: int, seconds: float) -> None:
    path = scope["path"]
    if path in PROBE_PATHS:
        return
    route, method = route_template(scope), scope["method"]
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
    write = _log.info if method not in {"GET", "HEAD"} or status >= 500 or seconds > _SLOW_SECONDS else _log.debug
    shown = shown_path(scope)
    write("http_request", method=method, route=route, path=shown, status=status, seconds=round(seconds, 4))
