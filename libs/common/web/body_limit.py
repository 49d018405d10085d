"""A limit on the bytes of a body, whether its length is announced or it comes in chunks."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.common.web.failures import BodyTooLargeSignal

DEFAULT_BODY_LIMIT = 1024 * 1024


class BodyLimit:
    """Refuses to hand on more than ``limit`` bytes; ``by_path`` sets others.

    A key ``/v1/readings`` is for the path and all below it, ``POST /v1/documents`` for this method of this very
    path and goes first.

    The refusal is raised where the body is read, inside the route: it is answered as a problem in the caller's
    language, after authentication, and never buffers what is too long. (The framework's own limit answers an
    announced length with plain text.)
    """

    def __init__(
        self, app: ASGIApp, *, limit: int = DEFAULT_BODY_LIMIT, by_path: Mapping[str, int] | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        given = (by_path or {}).items()
        self.of_routes = {key: limit for key, limit in given if " " in key}
        # The longest prefix first, so that the most particular one decides.
        self.by_path = sorted((item for item in given if " " not in item[0]), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope["path"], scope["method"])
        announced = Headers(scope=scope).get("content-length", "")
        is_too_long = announced.isdigit() and int(announced) > limit
        received = 0

        async def limited_receive() -> Message:
            nonlocal received
            if is_too_long:
                raise BodyTooLargeSignal(limit)
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise BodyTooLargeSignal(limit)
            return message

        await self.app(scope, limited_receive, send)

    def limit_of(self, path: str, method: str = "") -> int:
        own = self.of_routes.get(f"{method} {path}")
        if own is not None:
            return own
        for prefix, limit in self.by_path:
            if path == prefix or path.startswith(prefix + "/"):
                return limit
        return self.limit
