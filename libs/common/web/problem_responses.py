"""The problem document: RFC 9457 in the caller's language."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from opentelemetry.trace import StatusCode
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from libs.common.security.principal import Principal
from libs.common.telemetry import UNEXPECTED_ERRORS
from libs.common.web.addresses import shown_path
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.failures import error_of
from libs.common.web.problems import PROBLEM_MEDIA_TYPE, DomainError, FieldError, InternalError, problem_type
from libs.common.web.refusals import COUNTED, Refusals
from libs.common.web.runtime import ANONYMOUS

_log = structlog.get_logger(__name__)

_BODILESS = frozenset({204, 304})


def register_problems(app: FastAPI) -> None:
    """Answer every planned failure of ``app`` with a problem; the outermost layer answers the rest."""
    for kind in (DomainError, HTTPException, RequestValidationError, DBAPIError, PoolTimeout, OSError):
        app.add_exception_handler(kind, respond)


async def respond(request: Request, failure: Exception) -> Response:
    """The response to ``failure``; faults of ours are logged under the trace id and say nothing outside."""
    if isinstance(failure, HTTPException) and failure.status_code in _BODILESS:
        return Response(status_code=failure.status_code, headers=failure.headers)
    error = error_of(request, failure)
    if isinstance(error, InternalError):
        UNEXPECTED_ERRORS.labels("http").inc()
        span = trace.get_current_span()
        span.record_exception(failure)
        span.set_status(StatusCode.ERROR)
        _log.error("request_failed", method=request.method, path=shown_path(request.scope), exc_info=failure)
    elif error.status >= 500:
        cause = f"{type(failure).__name__}: {failure}"
        _log.warning("request_unavailable", path=shown_path(request.scope), cause=cause)
    elif error.status in COUNTED:
        await _count(request)
    return problem_response(request, error)


async def _count(request: Request) -> None:
    """Remember who was refused, where an application counts that."""
    refusals: Refusals | None = getattr(request.app.state, "refusals", None)
    if refusals is None:
        return
    principal: Principal | None = getattr(request.state, "principal", None)
    callers = [] if principal is None or principal is ANONYMOUS else [principal.subject]
    if request.client is not None:
        callers.append(f"address {request.client.host}")
    await refusals.count(*callers)


def problem_response(request: Request, error: DomainError) -> Response:
    """The problem document for ``error`` in the language that the request prefers."""
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    headers = {**error.headers, "Content-Language": language, "Vary": "Accept-Language"}
    body = orjson.dumps(document(request, error, catalogue, language), default=str)
    return Response(body, status_code=error.status, headers=headers, media_type=PROBLEM_MEDIA_TYPE)


def document(request: Request, error: DomainError, catalogue: Catalogue, language: str) -> dict[str, Any]:
    """The members of the problem document."""
    body: dict[str, Any] = {
        "type": problem_type(error.code),
        "title": catalogue.title(error.code, language, error.params),
        "status": error.status,
        "code": error.code,
    }
    if detail := catalogue.detail(error.code, language, error.params):
        body["detail"] = detail
    body["instance"] = request.url.path
    if request_id := request.scope.get("duban.request_id"):
        body["request_id"] = request_id
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        body["trace_id"] = format(span.trace_id, "032x")
    if error.errors:
        body["errors"] = [_fault(fault, catalogue, language) for fault in error.errors]
    return body


def _fault(fault: FieldError, catalogue: Catalogue, language: str) -> dict[str, Any]:
    code, message = _fault_message(fault, catalogue, language)
    body: dict[str, Any] = {"code": code, "pointer": fault.pointer, "message": message}
    if fault.parameter is not None:
        body["parameter"] = fault.parameter
    return body


def _fault_message(fault: FieldError, catalogue: Catalogue, language: str) -> tuple[str, str]:
    # Slices name their own faults in full; what pydantic finds comes with pydantic's short type.
    for code in (fault.code, f"field.{fault.code}"):
        if catalogue.find(code, language) is not None:
            return code, catalogue.title(code, language, fault.params)
    text = catalogue.title("field.invalid", language)
    if language == "en" and "message" in fault.params:
        text = str(fault.params["message"])
    return f"field.{fault.code}" if "." not in fault.code else fault.code, text
