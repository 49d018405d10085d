"""The console's application: the page, its settings, and the way to the services."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from libs.common.clock import Clock
from libs.common.security.relying_party import RelyingParty
from libs.common.web.body_limit import BodyLimit
from libs.common.web.catalogue import Catalogue
from libs.common.web.envelope import Envelope
from libs.common.web.probes import Probes
from libs.common.web.problem_responses import register_problems
from libs.common.web.problems import NotFound
from libs.common.web.proxies import believed_proxies
from services.console import signing_in
from services.console.files import Site
from services.console.passing import METHODS, Passage

SERVICE = "console"
MESSAGES = Path(__file__).parent / "messages"
# The services' own limits are lower; documents are the longest that people send from a page.
_BODY_LIMIT = 64 * 2**20
_COMPRESS_ABOVE = 1_024
_COMPRESS_LEVEL = 5


def build_api(
    site: Site,
    client: httpx.AsyncClient,
    addresses: dict[str, str],
    clock: Clock,
    *,
    trusted_proxies: Sequence[str] = (),
    party: RelyingParty | None = None,
    oidc_scope: str = "openid",
) -> FastAPI:
    """The application; ``client`` is closed with it. ``party`` is our side of the site's own issuer, if any."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with client:
            yield

    app = FastAPI(
        title="console",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            *believed_proxies(trusted_proxies),
            Middleware(Envelope),
            # Lists are long and phones are slow; streams of events pass as they are.
            Middleware(GZipMiddleware, minimum_size=_COMPRESS_ABOVE, compresslevel=_COMPRESS_LEVEL),
            Middleware(BodyLimit, limit=_BODY_LIMIT),
        ],
    )
    app.state.stopping = asyncio.Event()
    app.state.catalogue = Catalogue((MESSAGES,))
    register_problems(app)
    app.router.routes.extend(Probes().routes())
    passage = Passage(client, addresses)

    @app.api_route("/api/{service}/{path:path}", methods=list(METHODS))
    async def pass_on(request: Request, service: str) -> Response:
        """Anything of a service's ``/v1``."""
        return await passage.pass_on(request, service)

    app.include_router(signing_in.routes(party, scope=oidc_scope))

    @app.get("/clock.json")
    async def read_clock() -> Response:
        """The stack's time: a demo lives in another year than the browser's clock."""
        body: dict[str, Any] = {"now": clock.now().isoformat()}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    @app.api_route("/{path:path}", methods=["GET", "HEAD"])
    async def read_file(request: Request, path: str) -> Response:
        """A file of the page, or the page itself."""
        answer = site.answer(path, request.headers)
        if answer is None:
            raise NotFound
        return answer

    return app
