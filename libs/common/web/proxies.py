"""Who really calls, when proxies of ours stand before us."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def believed_proxies(trusted: Sequence[str]) -> list[Middleware]:
    """Finds the caller behind our own proxies; nobody else's X-Forwarded-For is looked at."""
    return [Middleware(ProxyHeadersMiddleware, trusted_hosts=list(trusted))] if trusted else []
