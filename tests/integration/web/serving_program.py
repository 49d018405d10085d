"""A process as the services' are, for the test beside it: ``serving_program.py PORT``."""

import asyncio
import sys
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from libs.common.logs import configure_logging
from libs.common.process import run, run_roles
from libs.common.web.dependencies import ContextDep
from libs.common.web.probes import is_stopping
from libs.common.web.routes import TransactionalRoute
from libs.common.web.serving import serve
from tests.support.web import build_app

router = APIRouter(prefix="/v1", route_class=TransactionalRoute)


begun: list[str] = []


@router.get("/begun")
async def how_many_have_begun(ctx: ContextDep) -> int:
    return len(begun)


@router.get("/slow")
async def slow(ctx: ContextDep, request: Request) -> dict[str, str]:
    begun.append("slow")
    while not is_stopping(request):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    return {"answer": "complete"}


@router.get("/stream")
async def stream(ctx: ContextDep, request: Request) -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        begun.append("stream")
        while not is_stopping(request):
            yield b": heartbeat\n\n"
            await asyncio.sleep(0.05)
        yield b"event: end\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream")


async def main() -> int:
    port = int(sys.argv[1])
    app = build_app([router])
    return await run_roles({"api": lambda: serve(app, "127.0.0.1", port), "idle": lambda: asyncio.sleep(3600)})


if __name__ == "__main__":
    configure_logging(service="test")
    sys.exit(run(main))
