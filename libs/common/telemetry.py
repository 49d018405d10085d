"""Traces and metrics: W3C ``traceparent`` through HTTP and Kafka, Prometheus for numbers.

Ids are always made and passed on, so logs of several services can be joined; spans are recorded and exported
only where an OTLP endpoint is set, which keeps a request without a collector cheap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

KafkaHeaders = Sequence[tuple[str, bytes]]

_TRACE_HEADERS = frozenset({"traceparent", "tracestate"})
_propagator = TraceContextTextMapPropagator()

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

HTTP_SECONDS = Histogram(
    "duban_http_request_seconds",
    "Time from the request's first byte to the end of the response, by route template.",
    ("method", "route", "status"),
    buckets=LATENCY_BUCKETS,
)
HTTP_IN_PROGRESS = Gauge("duban_http_requests_in_progress", "Requests being answered now.")
UNEXPECTED_ERRORS = Counter(
    "duban_unexpected_errors_total", "Exceptions nobody planned for, by the part they came from.", ("part",)
)


def build_tracer_provider(
    *, service: str, role: str = "", version: str = "", otlp_endpoint: str | None = None
) -> TracerProvider:
    """A provider that names this process; it exports to ``otlp_endpoint`` (the collector's base URL) if given."""
    resource = Resource.create({"service.name": service, "service.role": role, "service.version": version})
    if otlp_endpoint is None:
        # A parent that is sampled elsewhere keeps its flag in what we pass on, but nothing is recorded here.
        return TracerProvider(resource=resource, sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider = TracerProvider(resource=resource, sampler=ParentBased(ALWAYS_ON), shutdown_on_exit=False)
    endpoint = otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    return provider


def configure_telemetry(
    *, service: str, role: str = "", version: str = "", otlp_endpoint: str | None = None
) -> TracerProvider:
    """Make one provider this process's own: incoming and outgoing HTTP, and PostgreSQL where spans are exported.

    Call once, from ``bootstrap``; call ``shutdown()`` on the result when the process ends, which flushes.
    """
    provider = build_tracer_provider(service=service, role=role, version=version, otlp_endpoint=otlp_endpoint)
    # Baggage of strangers is not passed on.
    propagate.set_global_textmap(_propagator)
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    if otlp_endpoint is not None:
        AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call]
    return provider


def current_traceparent() -> str | None:
    """The ``traceparent`` of the current span, for a row or a message that is worked on later."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def inject_headers(headers: KafkaHeaders = ()) -> list[tuple[str, bytes]]:
    """``headers`` for a Kafka record, with the current trace added in place of any other."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    kept = [(name, value) for name, value in headers if name not in _TRACE_HEADERS]
    return kept + [(name, value.encode("ascii")) for name, value in carrier.items()]


def extract_headers(headers: KafkaHeaders | Mapping[str, str]) -> otel_context.Context:
    """The trace that a Kafka record's (or any mapping's) headers carry; an empty context when they carry none."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    carrier: dict[str, str] = {}
    for name, value in pairs:
        if name in _TRACE_HEADERS:
            carrier[name] = value if isinstance(value, str) else value.decode("ascii", "replace")
    return _propagator.extract(carrier, otel_context.Context())


@contextmanager
def span(
    name: str,
    *,
    headers: KafkaHeaders | Mapping[str, str] = (),
    kind: SpanKind = SpanKind.CONSUMER,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Work under the trace that ``headers`` carry: a consumed record, an outbox row, a due job."""
    tracer = trace.get_tracer("duban")
    with tracer.start_as_current_span(
        name, context=extract_headers(headers), kind=kind, attributes=dict(attributes or {})
    ) as current:
        yield current
