"""``/healthz`` (the process lives), ``/readyz`` (it can do its work), ``/metrics`` (Prometheus)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_log = structlog.get_logger(__name__)

# Probes of several watchers share an answer, so that asking often does not load what is asked about.
_REUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """One thing the process needs. ``check`` raises or returns False when it is missing.

    What does not ``gate`` is told and keeps nobody away: others do their work without it.
    """

    name: str
    check: Callable[[], Awaitable[object]]
    timeout_seconds: float = 2.0
    gates: bool = True


class Probes:
    """The three addresses for one process."""

    def __init__(self, checks: Sequence[ReadinessCheck] = ()) -> None:
        self._checks = tuple(checks)
        self._lock = asyncio.Lock()
        self._known: tuple[float, dict[str, str]] | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health, methods=["GET"], include_in_schema=False),
            Route("/readyz", self.ready, methods=["GET"], include_in_schema=False),
            Route("/metrics", self.metrics, methods=["GET"], include_in_schema=False),
        ]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """200 when every check that gates passes, else 503; both say which did."""
        if is_stopping(request):
            return JSONResponse({"status": "stopping", "checks": {}}, status_code=503)
        results = await self._results()
        if all(results[check.name] == "ok" for check in self._checks if check.gates):
            return JSONResponse({"status": "ready", "checks": results})
        return JSONResponse({"status": "not ready", "checks": results}, status_code=503)

    async def metrics(self, _request: Request) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _results(self) -> dict[str, str]:
        async with self._lock:
            if self._known is None or monotonic() - self._known[0] > _REUSE_SECONDS:
                answers = await asyncio.gather(*(_run(check) for check in self._checks))
                results = {check.name: answer for check, answer in zip(self._checks, answers, strict=True)}
                self._known = (monotonic(), results)
            return self._known[1]


async def _run(check: ReadinessCheck) -> str:
    try:
        async with asyncio.timeout(check.timeout_seconds):
            answer = await check.check()
    except TimeoutError:
        return "timed out"
    except Exception as failure:
        # The probe is open to all: the kind of failure is told there, its text in the log only.
        _log.warning("not_ready", check=check.name, cause=str(failure))
        return f"failed: {type(failure).__name__}"
    return "failed" if answer is False else "ok"


def is_stopping(request: Request) -> bool:
    """True once the process was told to end; streams look at it to end by themselves."""
    stopping = getattr(request.app.state, "stopping", None)
    return stopping is not None and stopping.is_set()


def create_probe_app(checks: Sequence[ReadinessCheck] = ()) -> Starlette:
    """The application of a process that serves no API: health, readiness and metrics only."""
    app = Starlette(routes=Probes(checks).routes())
    app.state.stopping = asyncio.Event()
    return app
