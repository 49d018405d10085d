import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import APIRouter
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from libs.common.logs import configure_logging
from libs.common.telemetry import build_tracer_provider, current_traceparent, extract_headers, inject_headers
from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute, public
from tests.support.web import build_app, client

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(service="energy", role="api", stream=stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_line_names_service_and_role_when_anything_is_logged(log: io.StringIO) -> None:
    structlog.get_logger("a").info("merged", rows=3)
    logging.getLogger("b").warning("late by %s", 5)

    ours, theirs = _lines(log)
    assert (ours["event"], ours["rows"], ours["service"], ours["role"]) == ("merged", 3, "energy", "api")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("late by 5", "warning", "b")
    assert ours["at"].endswith("Z")


def test_line_is_left_out_when_its_level_is_low(log: io.StringIO) -> None:
    structlog.get_logger("a").debug("noise")
    logging.getLogger("aiokafka.consumer").info("noise")

    assert log.getvalue() == ""


@pytest.mark.parametrize(
    "facts",
    [
        {"password": "hunter2"},
        {"Authorization": "Bearer hunter2"},
        {"headers": {"x-api-key": "hunter2", "cookie": "hunter2"}},
        {"nested": [{"client_secret": "hunter2"}]},
        {"database_dsn": "postgresql://u:hunter2@h/d"},
        {"cause": "cannot connect to postgresql://energy:hunter2@127.0.0.1/energy"},
        {"cause": "sent Authorization: Bearer hunter2hunter2"},
        {"cause": "key dk_hunter2hunter2 is unknown"},
        {"cause": "whsec_hunter2hunter2"},
        {"cause": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2"},
    ],
)
def test_secret_is_blanked_when_it_is_logged(log: io.StringIO, facts: dict[str, Any]) -> None:
    structlog.get_logger("a").info("told", **facts)

    assert "hunter2" not in log.getvalue()
    assert "***" in log.getvalue()


def test_harmless_facts_stay_when_their_names_resemble_secrets(log: io.StringIO) -> None:
    structlog.get_logger("a").info("told", token_type="Bearer", passed=True, key="meter-1")

    (line,) = _lines(log)
    assert (line["token_type"], line["passed"], line["key"]) == ("Bearer", True, "meter-1")


def test_local_variables_stay_out_when_an_exception_is_logged(log: io.StringIO) -> None:
    def fail() -> None:
        hidden = "hunter2"
        raise ValueError(len(hidden))

    try:
        fail()
    except ValueError:
        structlog.get_logger("a").exception("failed")

    (line,) = _lines(log)
    assert "ValueError: 7" in line["exception"]
    assert "hunter2" not in json.dumps(line).replace('hidden = \\"hunter2\\"', "")


def test_line_leads_to_its_trace_when_logged_inside_a_span(log: io.StringIO) -> None:
    context = SpanContext(int(TRACE_ID, 16), 1, is_remote=True, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(context)):
        structlog.get_logger("a").info("inside")

    (line,) = _lines(log)
    assert line["trace_id"] == TRACE_ID


def test_trace_survives_when_it_travels_in_kafka_headers() -> None:
    span = NonRecordingSpan(SpanContext(int(TRACE_ID, 16), 0xB7AD6B7169203331, True, TraceFlags(1)))
    with trace.use_span(span):
        headers = inject_headers([("ce_id", b"1"), ("traceparent", b"old")])
        assert current_traceparent() == TRACEPARENT

    assert headers == [("ce_id", b"1"), ("traceparent", TRACEPARENT.encode())]
    assert trace.get_current_span(extract_headers(headers)).get_span_context().trace_id == int(TRACE_ID, 16)


@pytest.mark.parametrize("headers", [[], [("traceparent", b"\xff\xfe")], {"traceparent": "nonsense"}])
def test_no_trace_is_found_when_headers_hold_none(headers: Any) -> None:
    assert not trace.get_current_span(extract_headers(headers)).get_span_context().is_valid
    assert current_traceparent() is None


async def test_trace_goes_through_when_a_service_calls_another() -> None:
    spans = InMemorySpanExporter()
    provider = build_tracer_provider(service="test")
    provider.sampler = ALWAYS_ON
    provider.add_span_processor(SimpleSpanProcessor(spans))
    router = APIRouter(prefix="/v1", route_class=TransactionalRoute)
    received: list[str] = []

    async def other_service(request: httpx.Request) -> httpx.Response:
        received.append(request.headers["traceparent"])
        return httpx.Response(200)

    @router.get("/things/{thing_id}")
    async def call_on(ctx: ContextDep, thing_id: int) -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(other_service)) as onward:
            HTTPXClientInstrumentor.instrument_client(onward, tracer_provider=provider)
            await onward.get("http://other/v1")

    propagator = propagate.get_global_textmap()
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    try:
        async with client(build_app([router], tracer_provider=provider)) as http:
            await http.get("/v1/things/5", headers={"traceparent": TRACEPARENT})
            await http.get("/healthz", headers={"traceparent": TRACEPARENT})
    finally:
        propagate.set_global_textmap(propagator)

    assert received[0].startswith(f"00-{TRACE_ID}-")
    assert received[0] != TRACEPARENT
    assert [span.name for span in spans.get_finished_spans()] == ["GET", "GET /v1/things/{thing_id}"]
    provider.shutdown()


async def test_credential_in_an_address_is_not_traced() -> None:
    spans = InMemorySpanExporter()
    provider = build_tracer_provider(service="test")
    provider.sampler = ALWAYS_ON
    provider.add_span_processor(SimpleSpanProcessor(spans))
    router = APIRouter(prefix="/v1", route_class=TransactionalRoute)

    @router.get("/links/{token}")
    @public
    async def open_link(token: str) -> None:
        """The token lets somebody in."""

    async with client(build_app([router], tracer_provider=provider), caller=None) as http:
        assert (await http.get("/v1/links/who-holds-this-may-enter")).status_code == 200

    (span,) = spans.get_finished_spans()
    assert "who-holds-this-may-enter" not in span.to_json()
    assert (span.attributes or {})["url.path"] == "/v1/links/…"
    provider.shutdown()


def test_nothing_is_recorded_when_no_collector_is_set() -> None:
    provider = build_tracer_provider(service="test")

    with provider.get_tracer("x").start_as_current_span("work") as span:
        assert not span.is_recording()
        assert span.get_span_context().is_valid
    assert set_span_in_context(span)
