"""Structured logs: one JSON object (or one console line) an event, with request and trace ids, without secrets.

Everything that logs ends here, uvicorn and aiokafka included, so a deployment collects one stream.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from typing import Any, TextIO

import orjson
import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

_HIDDEN = "***"
_SECRET_NAME = re.compile(
    r"passw|secret|token(?!_type)|authorization|api[_-]?key|cookie|credential|private[_-]?key|dsn$", re.IGNORECASE
)
_SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 " + _HIDDEN),
    # The password of an address such as postgresql://user:password@host.
    (re.compile(r"(\w+://[^\s:/@]*):[^\s@/]+@"), r"\1:" + _HIDDEN + "@"),
    (re.compile(r"\b(dk|whsec)_[A-Za-z0-9+/=_-]{8,}"), r"\1_" + _HIDDEN),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), _HIDDEN),
)
_MAX_DEPTH = 6

# Libraries that tell at INFO what only their authors need.
_QUIET = ("aiokafka", "sqlalchemy", "httpx", "httpcore", "opentelemetry", "alembic", "asyncio")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blank what is secret by its name, and what looks like a credential inside any text."""
    return {name: _redacted(name, value, 0) for name, value in event.items()}


def _redacted(name: str, value: Any, depth: int) -> Any:
    if value is not None and not isinstance(value, bool) and _SECRET_NAME.search(name):
        return _HIDDEN
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
        return value
    if depth < _MAX_DEPTH:
        if isinstance(value, dict):
            return {key: _redacted(str(key), item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [_redacted("", item, depth + 1) for item in value]
    return value


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Bind the current span's ids, so that a log line leads to its trace and back."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = format(span.trace_id, "032x")
        event["span_id"] = format(span.span_id, "016x")
    return event


def _json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


def configure_logging(
    *,
    service: str,
    role: str = "",
    level: str = "INFO",
    console: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Send structlog and the standard library's logging to ``stream`` (standard output) in one form.

    ``console`` writes lines for people, else JSON. ``service`` and ``role`` stand in every line.
    """

    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        # uvicorn repeats its text with terminal colours.
        event.pop("color_message", None)
        if role:
            event["role"] = role
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        add_trace,
    ]
    # No local variables in tracebacks: they hold passwords and people's data.
    final: Sequence[Processor] = (
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        name_process,
        redact,
        structlog.dev.ConsoleRenderer(colors=False) if console else structlog.processors.JSONRenderer(_json),
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()], processors=list(final)
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Requests are logged by the application itself, with route and trace.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.captureWarnings(True)
