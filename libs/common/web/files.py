"""Bytes of a file in a request's body, shown to the scanner before anything is done with them.

A route whose body is a file that people hand in says ``@takes_file`` under the router's line and reads its body by
:func:`file_body` or :func:`file_spool`; a test holds that every operation that takes a file does. Where the site
has no scanner both answer the body as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, TypeVar

import structlog
from starlette.requests import Request

from libs.common.scanner import Scanner, ScannerAway, TooLargeToScan
from libs.common.security.principal import Principal
from libs.common.web.problems import DomainError, Unavailable
from libs.common.web.spool import PIECE_BYTES, SpooledBody, spooled_body

log = structlog.get_logger(__name__)

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])
BodyT = TypeVar("BodyT", bytes, SpooledBody)

# What callers may name a file by; an import of the registry says file_name.
_NAMES: Final = ("name", "file_name")


class MalwareFound(DomainError):
    """The scanner found something in the file; nothing of it was kept."""

    code = "file.malware_found"
    status = 422


class FileNotScannable(DomainError):
    """The file is larger than the scanner takes, so nobody knows what is in it; nothing of it was kept."""

    code = "file.not_scannable"
    status = 422


class ScannerUnavailable(Unavailable):
    """The scanner does not answer; no file is taken until it does, and nothing was done."""

    code = "file.scanner_unavailable"


FILE_PROBLEMS: Final = (MalwareFound, FileNotScannable, ScannerUnavailable)


def takes_file(endpoint: EndpointT) -> EndpointT:
    """Mark an endpoint whose body is a file; its entry tells how one is refused."""
    endpoint.__dict__["duban_takes_file"] = True
    return endpoint


async def file_body(request: Request) -> bytes:
    """The whole body, clean. Raises MalwareFound, FileNotScannable, ScannerUnavailable, BodyTooLarge."""
    return await _clean(request, await request.body())


async def file_spool(request: Request) -> SpooledBody:
    """As :func:`file_body` for a streamed route: the body lies in a temporary file."""
    return await _clean(request, await spooled_body(request))


async def _clean(request: Request, body: BodyT) -> BodyT:
    scanner: Scanner | None = getattr(request.app.state, "scanner", None)
    if scanner is not None:
        await demand_clean(scanner, body, name=_name_of(request), subject=_subject_of(request))
    return body


async def demand_clean(scanner: Scanner, body: bytes | SpooledBody, *, name: str, subject: str | None) -> None:
    """Ask about a file of ``subject``'s. Raises MalwareFound, FileNotScannable, ScannerUnavailable."""
    pieces, size = (_pieces(body), len(body)) if isinstance(body, bytes) else (body.pieces(), body.size)
    try:
        found = await scanner.find(pieces, size)
    except ScannerAway as error:
        log.warning("scanner.away", cause=str(error))
        raise ScannerUnavailable(headers={"Retry-After": "30"}) from error
    except TooLargeToScan as error:
        raise FileNotScannable(name=name, size_bytes=size) from error
    if found is not None:
        log.warning("file.malware_found", finding=found, file=name, size=size, subject=subject)
        raise MalwareFound(name=name, finding=found)


def _subject_of(request: Request) -> str | None:
    principal: Principal | None = getattr(request.state, "principal", None)
    return None if principal is None else principal.subject


def _name_of(request: Request) -> str:
    """What the caller calls the file; where it has no name, the end of the address it was sent to."""
    for parameter in _NAMES:
        if name := request.query_params.get(parameter):
            return name[:255]
    return request.url.path.removeprefix("/v1/")


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), PIECE_BYTES):
        yield body[begin : begin + PIECE_BYTES]
