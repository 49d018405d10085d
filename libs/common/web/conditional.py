"""Conditional requests (RFC 9110, 13): nobody overwrites unseen changes, nobody fetches the same thing twice."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from libs.common.web.problems import PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag_of(version: int | str) -> str:
    """The strong ETag of an object's version: ``"7"``."""
    return f'"{version}"'


def check_if_match(request: Request, version: int | str) -> None:
    """Raises PreconditionRequired without If-Match, PreconditionFailed when it names another version.

    Weak tags never match; ``*`` matches everything that exists.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired
    check_version(header, version)


def honour_if_match(request: Request, version: int | str) -> None:
    """Where If-Match is welcome but not demanded, as on a POST that changes what exists.

    Raises PreconditionFailed when it names another version.
    """
    header = request.headers.get("if-match")
    if header is not None:
        check_version(header, version)


def check_version(if_match: str, version: int | str) -> None:
    """Raises PreconditionFailed unless ``if_match``, the header's value, names ``version``."""
    current = etag_of(version)
    if if_match.strip() == "*":
        return
    strong = {f'"{tag}"' for weak, tag in _TAG.findall(if_match) if not weak}
    if current not in strong:
        raise PreconditionFailed(headers={"ETag": current}, current=current)


def check_if_none_match(request: Request, version: int | str | None) -> None:
    """For ``PUT`` with ``If-None-Match: *``: raises PreconditionFailed when the object exists already."""
    if version is not None and request.headers.get("if-none-match", "").strip() == "*":
        raise PreconditionFailed(current=etag_of(version))


def not_modified(request: Request, etag: str) -> Response | None:
    """The 304 to answer with when ``If-None-Match`` names ``etag``, else None. Return it from the endpoint."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    known = {f'"{tag}"' for _, tag in _TAG.findall(header)}
    if header.strip() != "*" and etag.removeprefix("W/") not in known:
        return None
    return Response(status_code=304, headers={"ETag": etag})
