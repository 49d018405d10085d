"""``GET /v1/alerts/stream``: Server-Sent Events."""

import asyncio
from typing import Annotated, Any, cast

import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from libs.common.web.dependencies import DatabaseDep, PrincipalDep
from libs.common.web.probes import is_stopping
from libs.common.web.problems import FieldError, MalformedRequest
from libs.common.web.routes import TransactionalRoute
from libs.common.web.runtime import runtime_of
from services.alerts.streams.domain.filters import FIELDS, LABEL, StreamFilter, parse
from services.alerts.streams.hub import DROPPED, AlertHub
from services.alerts.streams.service import AlertStream

log = structlog.get_logger(__name__)
router = APIRouter(route_class=TransactionalRoute, tags=["alerts"])

# A reader that takes nothing for so long is cut off; it resumes by its last id.
_PATIENCE_SECONDS = 30.0


class _WantedEvents:
    """The dependency that reads the stream's filters."""

    def __call__(
        self,
        request: Request,
        own: Annotated[
            bool, Query(description="Only alerts the caller or the caller's unit is responsible for.")
        ] = False,
    ) -> StreamFilter:
        wanted, faults = parse(request.query_params.multi_items(), own=own)
        if faults:
            raise MalformedRequest(
                errors=[FieldError(it.code, parameter=it.parameter, params=it.params) for it in faults]
            )
        return wanted

    def openapi_parameters(self) -> list[dict[str, Any]]:
        return [
            {
                "name": f"filter[{field}][{operator}]",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
            }
            for field in (*FIELDS, f"{LABEL}NAME")
            for operator in (("eq", "ne", "in", "within") if field == "region_code" else ("eq", "ne", "in"))
        ]


class EventStreamResponse(StreamingResponse):
    """A stream that cuts off a reader who takes nothing: its connection must not hold memory for ever."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def timed(message: Message) -> None:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await send(message)

        try:
            await super().__call__(scope, receive, timed)
        except TimeoutError:
            DROPPED.inc()
            log.info("stream.reader_cut_off", waited_seconds=_PATIENCE_SECONDS)


@router.get(
    "/v1/alerts/stream",
    response_class=EventStreamResponse,
    responses={
        200: {
            "description": "`ready` first, then an event a change, named by its type, its data the event's body; "
            "`gap` when what followed the last id is no longer kept (read the list anew, the stream goes on "
            "from the gap's own id); `dropped` or `expired` before the stream is ended from here.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def stream_alerts(
    request: Request,
    principal: PrincipalDep,
    database: DatabaseDep,
    wanted: Annotated[StreamFilter, Depends(_WantedEvents())],
    last_event_id: Annotated[
        int | None,
        Header(ge=0, description="Id of the last event seen: the stream goes on after it, without a gap."),
    ] = None,
) -> EventStreamResponse:
    """Changes of alerts in the caller's region and enterprise as they happen, with a heartbeat every 15 s."""
    authenticator = runtime_of(request).authenticator
    stream = AlertStream(
        database,
        cast(AlertHub, request.app.state.alert_hub),
        principal,
        wanted,
        authenticate=lambda: authenticator.authenticate(request.headers),
        is_stopping=lambda: is_stopping(request),
    )
    return EventStreamResponse(stream.chunks(last_event_id), headers={"X-Accel-Buffering": "no"})
