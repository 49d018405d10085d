"""What the routes of lists, support and honours share: who may what, and workbooks."""

from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from libs.common.security.principal import Role
from libs.common.sheets.writing import Row, xlsx_of
from libs.common.web.catalogue import negotiate
from libs.common.web.dependencies import require
from libs.common.web.routes import TransactionalRoute
from libs.common.web.workbooks import WORKBOOK, XLSX

__all__ = [
    "DECIDERS",
    "OFFICES",
    "READERS",
    "REPORTERS",
    "WORKBOOK",
    "WRITERS",
    "language_of",
    "new_router",
    "workbook",
]

WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
REPORTERS = (*WRITERS, Role.ENTERPRISE)
DECIDERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
READERS = (*REPORTERS, Role.AUDITOR, Role.VIEWER)
OFFICES = (*WRITERS, Role.AUDITOR, Role.VIEWER)


def new_router(tag: str) -> APIRouter:
    return APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=[tag], dependencies=[require(*READERS)])


def language_of(request: Request) -> str:
    return negotiate(request.headers.get("accept-language"))


def workbook(name: str, headings: Sequence[str], rows: Sequence[Row]) -> StreamingResponse:
    """Rows that the transaction has read, as a file to be saved."""

    async def batches() -> AsyncIterator[Sequence[Row]]:
        yield rows

    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return StreamingResponse(xlsx_of(name, headings, batches()), media_type=XLSX, headers=headers)
