"""Lists as workbooks: every row that a list's filters leave, of one moment, and never all of them in memory.

``routes.py``::

    MembersWhole = Annotated[ListQuery, Depends(WholeList(repository.MEMBERS))]

    @router.get("/list-members/export", responses=WORKBOOK)
    async def export_members(ctx: ContextDep, database: DatabaseDep, query: MembersWhole) -> StreamingResponse:
        return await list_as_workbook(ctx, database, query, repository.list_members, sheet)
"""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.database import Database
from libs.common.security.audit import audit
from libs.common.security.principal import Principal
from libs.common.sheets.writing import XLSX_MOST_ROWS, Row, sent, write_xlsx
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page, decode_cursor
from libs.common.web.problems import DomainError, problems

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows read and written between two turns of the event loop.
_PAGE: Final = 500

Reader = Callable[[AsyncSession, Principal, ListQuery], Awaitable[Page[Any]]]


class TableTooLong(DomainError):
    """A sheet of a workbook holds no more rows; the filters have to leave fewer."""

    code = "table.too_long"
    status = 409


WORKBOOK: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "A workbook."},
    **problems(TableTooLong),
}


class WholeList:
    """A list's filters and order as a dependency, without pages."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    async def __call__(
        self,
        request: Request,
        sort: Annotated[str | None, Query(description="Fields by comma; a minus sorts downwards.")] = None,
    ) -> ListQuery:
        return self._listing.read(request.query_params.multi_items(), _PAGE, sort=sort)

    def openapi_parameters(self) -> list[dict[str, Any]]:
        return self._listing.openapi_parameters()


@dataclass(frozen=True, slots=True)
class Sheet:
    """``line`` makes a row of the table from one of the list's."""

    name: str
    headings: Sequence[str]
    line: Callable[[Any], Row]
    # What the sheet is called where that is not its name.
    title: str = ""


async def list_as_workbook(
    ctx: Context, database: Database, query: ListQuery, read: Reader, sheet: Sheet
) -> StreamingResponse:
    """The whole list as a file, recorded with its number of rows. Raises TableTooLong.

    It is finished before the first byte leaves: a fault is told, and not a file that is cut off.
    """
    directory = tempfile.TemporaryDirectory(prefix="duban-table-")
    path = Path(directory.name) / "table.xlsx"
    try:
        lines = _lines(database, ctx.principal, query, read, sheet)
        rows = await write_xlsx(path, sheet.title or sheet.name, sheet.headings, lines)
        await audit(ctx, "export", sheet.name, "", {"rows": rows, "filters": query.salt})
    except BaseException:
        directory.cleanup()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{sheet.name}.xlsx"',
        "Content-Length": str(path.stat().st_size),
    }
    return StreamingResponse(sent(path, directory), media_type=XLSX, headers=headers)


async def _lines(
    database: Database, principal: Principal, query: ListQuery, read: Reader, sheet: Sheet
) -> AsyncIterator[Sequence[Row]]:
    rows = 0
    async for items in pages_of(database, principal, query, read):
        rows += len(items)
        if rows > XLSX_MOST_ROWS:
            raise TableTooLong(limit=XLSX_MOST_ROWS)
        yield [sheet.line(item) for item in items]


async def pages_of(
    database: Database, principal: Principal, query: ListQuery, read: Reader
) -> AsyncIterator[Sequence[Any]]:
    """The list's rows page by page, all as they were when the first was read."""
    async with database.session() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        while True:
            page = await read(session, principal, query)
            yield page.items
            if page.next_cursor is None:
                return
            place = decode_cursor(query.keys, page.next_cursor, query.salt)
            query = replace(query, place=tuple(place))
            session.expunge_all()
