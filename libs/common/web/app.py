"""An API application: all services are assembled here in the same way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import TracerProvider
from starlette.middleware import Middleware

from libs.common.clock import Clock
from libs.common.database import Database
from libs.common.ids import IdFactory, new_id
from libs.common.scanner import ScannerOptions
from libs.common.settings import CommonSettings
from libs.common.web.body_limit import DEFAULT_BODY_LIMIT, BodyLimit
from libs.common.web.catalogue import Catalogue
from libs.common.web.client_cert import ClientCertificates
from libs.common.web.envelope import PROBE_PATHS, Envelope
from libs.common.web.openapi import publish_openapi
from libs.common.web.probes import Probes, ReadinessCheck
from libs.common.web.problem_responses import register_problems
from libs.common.web.proxies import believed_proxies
from libs.common.web.rates import Buckets, CallerRates
from libs.common.web.runtime import RequestAuthenticator, Runtime

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

API_VERSION = "1.0.0"


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


def create_app(
    *,
    title: str,
    settings: CommonSettings,
    database: Database,
    clock: Clock,
    authenticator: RequestAuthenticator,
    routers: Sequence[APIRouter],
    messages: Sequence[Path] = (),
    readiness: Sequence[ReadinessCheck] = (),
    lifespan: Lifespan | None = None,
    body_limits: Mapping[str, int] | None = None,
    default_body_limit: int = DEFAULT_BODY_LIMIT,
    tracer_provider: TracerProvider | None = None,
    id_factory: IdFactory = new_id,
    description: str = "",
) -> FastAPI:
    """The service's FastAPI application.

    ``messages`` are directories with ``zh-CN.json`` and ``en.json``; ``body_limits`` gives paths another limit in
    bytes, ``{"/v1/readings": 64 * 2**20, "POST /v1/documents": …}`` (see ``BodyLimit``); ``tracer_provider``
    defaults to the process's own. The database is checked for readiness besides ``readiness``. Who builds the
    parts closes them, in ``lifespan`` or around it.
    """
    app = FastAPI(
        title=title,
        version=API_VERSION,
        description=description,
        lifespan=lifespan or _nothing,
        docs_url=None,
        redoc_url=None,
        middleware=[
            # First: the next one puts the caller's address in the proxy's place.
            Middleware(ClientCertificates, trusted=settings.trusted_proxies),
            *believed_proxies(settings.trusted_proxies),
            Middleware(Envelope),
            Middleware(BodyLimit, limit=default_body_limit, by_path=body_limits),
        ],
        telemetry=_telemetry(tracer_provider),
        # "/v1/projects/" is another address than "/v1/projects"; a redirect would lose the body of a POST.
        redirect_slashes=False,
    )
    app.state.stopping = asyncio.Event()
    app.state.catalogue = _catalogue(tuple(messages))
    app.state.runtime = Runtime(settings, database, clock, authenticator, id_factory, _rates(settings))
    register_problems(app)
    checks = [ReadinessCheck("database", database.ping), *readiness]
    options: object = settings
    scanner = options.scanner() if isinstance(options, ScannerOptions) else None
    if scanner is not None:
        app.state.scanner = scanner
        # Nobody is kept away for it: what brings no file works without.
        checks.append(ReadinessCheck("scanner", scanner.answers, gates=False))
    app.router.routes.extend(Probes(checks).routes())
    for router in routers:
        # Their routes as they are: "including" a router would make each of them once more for this application, at
        # its first request, and look through all of them twice with every request.
        app.router.routes.extend(router.routes)
    publish_openapi(app)
    return app


@cache
def _catalogue(directories: tuple[Path, ...]) -> Catalogue:
    """Of this code, which does not change while it runs."""
    return Catalogue(directories)


def _rates(settings: CommonSettings) -> CallerRates | None:
    per_second = settings.caller_rate()
    return None if per_second is None else CallerRates(Buckets(per_second, settings.request_rate_burst))


def _telemetry(provider: TracerProvider | None) -> TelemetryConfig:
    config: TelemetryConfig = {
        # Prometheus measures and structlog tells; spans alone are OpenTelemetry's.
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "exclude": lambda scope: scope.get("path") in PROBE_PATHS,
    }
    if provider is not None:
        config["tracer_provider"] = provider
    return config
