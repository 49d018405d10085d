"""What can go wrong, as exceptions that carry a stable code and a status.

Pure on purpose: slices derive their ``errors.py`` from here and ``domain`` imports those, so nothing of FastAPI
may come along. ``problem_responses`` turns an error into the RFC 9457 document in the caller's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

PROBLEM_MEDIA_TYPE = "application/problem+json"
_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in what was sent.

    ``pointer`` is a JSON pointer into the body ("" is the body itself); for a fault outside of the body
    ``parameter`` names the query parameter, header or path part. ``code`` has an entry in the catalogues.
    """

    code: str
    pointer: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    parameter: str | None = None


class DomainError(Exception):
    """Base of every error a caller can cause. Keyword arguments are the parameters of the message."""

    code: ClassVar[str]
    status: ClassVar[int] = 409
    # True commits what the request did although it is refused: a failed sign-in must be counted.
    keeps_changes: ClassVar[bool] = False

    def __init__(
        self,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(params)
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{getattr(self, 'code', type(self).__name__)}({facts})"


class NotFound(DomainError):
    """Nothing under this address that the caller may see."""

    code = "not_found"
    status = 404


class Unauthenticated(DomainError):
    """No credential, or one that is not accepted (any more)."""

    code = "unauthenticated"
    status = 401

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.headers.setdefault("WWW-Authenticate", "Bearer")


class Forbidden(DomainError):
    """The caller is known, but may not do this."""

    code = "forbidden"
    status = 403


class MalformedRequest(DomainError):
    """What was sent does not have the required form; ``errors`` names each fault."""

    code = "request.malformed"
    status = 422


class UnstorableValue(DomainError):
    """A value has the right form but cannot be kept (a NUL character, a number out of range)."""

    code = "request.unstorable"
    status = 422


class MethodNotAllowed(DomainError):
    """The address exists, the method does not."""

    code = "request.method_not_allowed"
    status = 405


class NotAcceptable(DomainError):
    """No representation that the caller accepts."""

    code = "request.not_acceptable"
    status = 406


class BodyTooLarge(DomainError):
    """The body is longer than this address takes; ``limit_bytes`` says how long it may be."""

    code = "request.too_large"
    status = 413


class UnsupportedMediaType(DomainError):
    """The body's media type is not one that this address reads."""

    code = "request.unsupported_media_type"
    status = 415


class RefusedRequest(DomainError):
    """Any other refusal by the HTTP layer itself; ``status_code`` is the one answered."""

    code = "request.refused"
    status = 400


class PreconditionRequired(DomainError):
    """A change needs ``If-Match`` with the ``ETag`` of what the caller saw."""

    code = "precondition.required"
    status = 428


class PreconditionFailed(DomainError):
    """Somebody changed the object since the caller read it."""

    code = "precondition.failed"
    status = 412


class ChangesForgotten(DomainError):
    """A change feed is asked to go on where its history no longer reaches: read the things anew, then the feed."""

    code = "changes.forgotten"
    status = 410


class Duplicate(DomainError):
    """Something with the same unique key exists already."""

    code = "conflict.duplicate"
    status = 409


class ConcurrentChange(DomainError):
    """Another transaction changed the same rows at the same moment; the request may be repeated."""

    code = "conflict.concurrent"
    status = 409


class IdempotencyInFlight(DomainError):
    """A request with the same Idempotency-Key is being carried out right now."""

    code = "idempotency.in_flight"
    status = 409

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.headers.setdefault("Retry-After", "1")


class IdempotencyConflict(DomainError):
    """The Idempotency-Key was used before for another request."""

    code = "idempotency.key_reused"
    status = 422


class IdempotencyAnswerNotKept(DomainError):
    """The request was carried out before; its answer held a secret and was not kept."""

    code = "idempotency.answer_not_kept"
    status = 409


class TooManyRequests(DomainError):
    """The caller is faster than allowed, or the service cannot take more now."""

    code = "too_many_requests"
    status = 429

    def __init__(self, *, retry_after_seconds: int = 1, **params: Any) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, **params)
        self.headers.setdefault("Retry-After", str(retry_after_seconds))


class Unavailable(DomainError):
    """Something the service needs does not answer; nothing was changed."""

    code = "unavailable"
    status = 503

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self.headers.setdefault("Retry-After", "1")


class InternalError(DomainError):
    """A fault of ours. The document says no more than that; the log holds the rest under the trace id."""

    code = "internal"
    status = 500


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that may answer with these errors.

    Errors of one status share an entry; each code is an example, and its description is the class's docstring.
    """
    by_status: dict[int | str, list[type[DomainError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {status: _response(group) for status, group in sorted(by_status.items(), key=lambda it: str(it[0]))}


def _response(errors: Sequence[type[DomainError]]) -> dict[str, Any]:
    lines = [(error.code, (error.__doc__ or error.__name__).strip().splitlines()[0]) for error in errors]
    return {
        "description": "\n".join(f"`{code}`: {line}" for code, line in lines),
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": dict(_PROBLEM_SCHEMA),
                "examples": {
                    error.code: {"summary": line, "value": _example(error, line)}
                    for error, (_, line) in zip(errors, lines, strict=True)
                },
            }
        },
    }


def _example(error: type[DomainError], title: str) -> dict[str, Any]:
    return {"type": problem_type(error.code), "title": title, "status": error.status, "code": error.code}


def problem_type(code: str) -> str:
    """The URI that names a kind of problem; it is an identifier, not an address."""
    return f"urn:duban:problem:{code}"
