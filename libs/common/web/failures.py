"""From whatever was raised to the error that the caller is told: the one mapper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request

from libs.common.outages import is_database_outage
from libs.common.web.problems import (
    BodyTooLarge,
    ConcurrentChange,
    DomainError,
    Duplicate,
    FieldError,
    Forbidden,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    RefusedRequest,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnstorableValue,
    UnsupportedMediaType,
)

MAX_FAULTS = 100

_BODY_SHAPE = frozenset({"model_attributes_type", "model_type", "dict_type", "list_type"})
_SIMPLE: dict[int, type[DomainError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    406: NotAcceptable,
    409: ConcurrentChange,
    429: TooManyRequests,
    503: Unavailable,
}


class BodyTooLargeSignal(HTTPException):
    """Raised while a body is read; FastAPI lets an HTTPException pass where it hides any other one."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(status_code=413)
        self.limit_bytes = limit_bytes


def error_of(request: Request, failure: Exception) -> DomainError:
    """What the caller is told of ``failure``; InternalError when nobody planned for it."""
    match failure:
        case DomainError():
            return failure
        case RequestValidationError():
            return _malformed(request, failure)
        case HTTPException():
            return _refused(request, failure)
        case DBAPIError():
            return _database_error(failure)
        case PoolTimeout() | OSError() | asyncio.TimeoutError():
            return Unavailable()
        case _ if _is_unstorable(failure):
            return UnstorableValue()
        case _:
            # Of a driver's own connection, where no mapper stands between.
            return Unavailable() if is_database_outage(failure) else InternalError()


def _is_unstorable(failure: BaseException | None) -> bool:
    """A value that the driver could not even send."""
    if isinstance(failure, asyncpg.PostgresError):
        return str(failure.sqlstate or "")[:2] == "22"
    return isinstance(failure, ValueError) and isinstance(failure, asyncpg.InterfaceError)


def _refused(request: Request, failure: HTTPException) -> DomainError:
    headers = failure.headers
    match failure.status_code:
        case 400:
            # FastAPI says 400 when a body cannot be read at all; a malformed payload is 422 here.
            return MalformedRequest(errors=[FieldError("field.body_unreadable")])
        case 405:
            return MethodNotAllowed(headers=headers, method=request.method)
        case 413:
            return BodyTooLarge(limit_bytes=getattr(failure, "limit_bytes", 0))
        case 415:
            return UnsupportedMediaType(media_type=_media_type(request))
        case status if status in _SIMPLE:
            return _SIMPLE[status](headers=headers)
        case status:
            refused = RefusedRequest(headers=headers, status_code=status)
            # The layer that refused chose the status; ours keeps it.
            refused.status = status  # type: ignore[misc]
            return refused


def _database_error(failure: DBAPIError) -> DomainError:
    state = str(getattr(failure.orig, "sqlstate", None) or "")
    if state == "23505":
        return Duplicate()
    if state in {"40001", "40P01", "55P03"}:
        return ConcurrentChange(headers={"Retry-After": "1"})
    if state[:2] == "22" or _is_unstorable(getattr(failure.orig, "__cause__", None)):
        return UnstorableValue()
    return Unavailable() if is_database_outage(failure) else InternalError()


def _malformed(request: Request, failure: RequestValidationError) -> DomainError:
    faults: Sequence[Mapping[str, Any]] = failure.errors()
    if _is_unread_body(request, faults):
        return UnsupportedMediaType(media_type=_media_type(request))
    return MalformedRequest(errors=[_fault(fault) for fault in faults[:MAX_FAULTS]])


def _is_unread_body(request: Request, faults: Sequence[Mapping[str, Any]]) -> bool:
    # FastAPI hands a body of another media type to the model as bytes, which then "is no object".
    media_type = _media_type(request)
    is_json = media_type == "application/json" or media_type.endswith("+json")
    return not is_json and any(
        tuple(fault["loc"]) == ("body",) and fault["type"] in _BODY_SHAPE and isinstance(fault.get("input"), bytes)
        for fault in faults
    )


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() or "–"


def _fault(fault: Mapping[str, Any]) -> FieldError:
    where, *path = fault["loc"]
    params = {name: value for name, value in (fault.get("ctx") or {}).items() if name != "input"}
    # Pydantic's own message stands in where the catalogues know no text for the type.
    params["message"] = str(fault["msg"])
    code = str(fault["type"])
    if where == "body":
        # A JSON syntax error is located by its offset, which is no pointer.
        pointer = "" if code == "json_invalid" else json_pointer(path)
        return FieldError(code, pointer=pointer, params=params)
    return FieldError(code, parameter=".".join(str(part) for part in path) or str(where), params=params)


def json_pointer(path: Sequence[str | int]) -> str:
    """RFC 6901: ``["a", 0, "b/c"]`` is ``/a/0/b~1c``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
