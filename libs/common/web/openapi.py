"""What every operation's OpenAPI entry says beyond its own signature."""

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from libs.common.web.files import FILE_PROBLEMS
from libs.common.web.openapi_sharing import share_components
from libs.common.web.problems import (
    BodyTooLarge,
    DomainError,
    Forbidden,
    IdempotencyConflict,
    IdempotencyInFlight,
    InternalError,
    MalformedRequest,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
    Unavailable,
    UnstorableValue,
    UnsupportedMediaType,
    problems,
)
from libs.common.web.rates import CallerTooFast
from libs.common.web.schemas import problem_components

_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"apiKey": []}]
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeating a request with the same key within 24 hours returns its first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "ETag of what the caller saw. Without it the answer is 428, with an old one 412.",
    "schema": {"type": "string"},
}
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "zh-CN or en; the language of titles, details and messages.",
    "schema": {"type": "string"},
}


def describe_route(
    options: dict[str, Any],
    endpoint: Callable[..., Any],
    *,
    methods: frozenset[str],
    is_public: bool,
    takes_file: bool = False,
) -> None:
    """Add security, common headers and common problems to the options of a route; its own entries win."""
    extra: dict[str, Any] = dict(options.get("openapi_extra") or {})
    parameters = [*extra.get("parameters", ()), *_parameters_of(endpoint)]
    if "POST" in methods and not is_public:
        parameters.append(_IDEMPOTENCY_KEY)
    if "PATCH" in methods:
        parameters.append(_IF_MATCH)
    if parameters:
        extra["parameters"] = parameters
    extra.setdefault("security", [] if is_public else _SECURITY)
    options["openapi_extra"] = extra
    common = _common_problems(methods, is_public=is_public, takes_file=takes_file)
    options["responses"] = _merged(common, options.get("responses") or {})


def _parameters_of(endpoint: Callable[..., Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for parameter in inspect.signature(endpoint).parameters.values():
        for marker in (*get_args(parameter.annotation)[1:], parameter.default):
            # A dependency that reads parameters FastAPI cannot see in its signature says so itself.
            describe = getattr(getattr(marker, "dependency", None), "openapi_parameters", None)
            if describe is not None:
                found += describe()
    return found


def _common_problems(
    methods: frozenset[str], *, is_public: bool, takes_file: bool
) -> dict[int | str, dict[str, Any]]:
    errors: list[type[DomainError]] = [NotFound, MalformedRequest, UnstorableValue, InternalError, Unavailable]
    errors.append(CallerTooFast)
    if not is_public:
        errors += [Unauthenticated, Forbidden]
    if methods & {"POST", "PUT", "PATCH"}:
        errors += [BodyTooLarge, UnsupportedMediaType]
    if "POST" in methods and not is_public:
        errors += [IdempotencyInFlight, IdempotencyConflict]
    if takes_file:
        errors += FILE_PROBLEMS
    if "PATCH" in methods:
        errors += [PreconditionRequired, PreconditionFailed]
    return problems(*errors)


def _merged(
    common: Mapping[int | str, dict[str, Any]], own: Mapping[int | str, dict[str, Any]]
) -> dict[int | str, dict[str, Any]]:
    merged = dict(common)
    for status, response in own.items():
        shared = common.get(status)
        merged[status] = response if shared is None else _joined(shared, response)
    return merged


def _joined(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    content = {**shared.get("content", {}), **own.get("content", {})}
    for media_type, described in shared.get("content", {}).items():
        theirs = own.get("content", {}).get(media_type)
        if theirs is not None:
            examples = {**described.get("examples", {}), **theirs.get("examples", {})}
            content[media_type] = {**described, **theirs, "examples": examples}
    lines = [line for part in (own, shared) if (line := part.get("description"))]
    return {**own, "description": "\n".join(lines), "content": content}


def publish_openapi(app: FastAPI) -> None:
    """Make ``app.openapi()`` complete: problem schemas, security schemes, the language header."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _build(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
    )
    # Parts of it are the routes' own, which serve other applications too.
    document: dict[str, Any] = deepcopy(described)
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(problem_components())
    components["parameters"] = {"AcceptLanguage": _LANGUAGE}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for path in document.get("paths", {}).values():
        path.setdefault("parameters", []).append({"$ref": "#/components/parameters/AcceptLanguage"})
    share_components(document)
    return document
