"""Exports: a table of what the caller may see, filtered and sorted like its list, in one of four formats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.database import Database
from libs.common.security.principal import Principal
from libs.common.sheets.writing import XLSX_MOST_ROWS
from libs.common.web.listing import ListQuery
from services.projects.exchange.domain.columns import Column
from services.projects.exchange.entities.export_base import ExportEntity
from services.projects.exchange.errors import ExportTooLarge
from services.projects.exchange.sheets.writing import (
    CsvText,
    NdjsonText,
    ParquetFile,
    TableWriter,
    XlsxFile,
    shown_as,
)
from services.projects.exchange.wording import Words
from services.projects.registry.contacts import sees_phones
from services.projects.registry.domain.records import mask_phone

# A batch is made into text between two turns of the event loop: a few milliseconds.
_BATCH = 200
_FILE_BATCH = 2_000


class Format(StrEnum):
    """CSV and NDJSON are sent while they are read; XLSX and Parquet are finished first."""

    XLSX = "xlsx"
    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Export:
    """One export: what, for whom, in which words."""

    entity: ExportEntity
    principal: Principal
    query: ListQuery
    words: Words
    language: str
    max_rows: int

    @property
    def columns(self) -> list[Column]:
        """The chosen columns in their order."""
        wanted = self.query.fields
        return [column for column in self.entity.columns if wanted is None or column.field in wanted]

    def statement(self) -> Select[Any]:
        order = [key.order() for key in self.query.keys]
        narrowed = self.entity.statement(self.principal, self.columns).where(*self.query.conditions)
        return narrowed.order_by(*order, *self.entity.last)

    def headings(self) -> list[str]:
        return [self.words.heading(self.entity.name, column, self.language) for column in self.columns]

    def shown(self) -> list[Any]:
        yes, no = self.words.text("answer.yes", self.language), self.words.text("answer.no", self.language)
        return [
            shown_as(column, lambda value: self.words.term(value, self.language), yes, no)
            for column in self.columns
        ]


async def count_rows(session: AsyncSession, export: Export, form: Format) -> int:
    """How many rows there will be. Raises ExportTooLarge."""
    limit = min(export.max_rows, XLSX_MOST_ROWS) if form is Format.XLSX else export.max_rows
    bounded = export.statement().order_by(None).limit(limit + 1).subquery()
    rows = await session.scalar(select(func.count()).select_from(bounded)) or 0
    if rows > limit:
        raise ExportTooLarge(limit=limit, rows=rows)
    return rows


async def text_of(database: Database, export: Export, form: Format) -> AsyncIterator[bytes]:
    """The export as CSV or NDJSON, while it is read."""
    text = CsvText(export.headings(), export.shown()) if form is Format.CSV else NdjsonText(export.columns)
    yield text.head()
    async for rows in _rows(database, export, _BATCH):
        yield text.rows(rows)


async def file_of(database: Database, export: Export, form: Format, path: Path) -> int:
    """Write the export as XLSX or Parquet to ``path``; returns how many rows it has."""
    writer: TableWriter
    if form is Format.XLSX:
        sheet = export.words.text(f"entity.{export.entity.name}", export.language)
        writer = XlsxFile(path, sheet, export.headings(), export.columns, export.shown())
    else:
        writer = ParquetFile(path, export.columns)
    written = 0
    async for rows in _rows(database, export, _FILE_BATCH):
        written += len(rows)
        await asyncio.to_thread(writer.add, rows)
    await asyncio.to_thread(writer.close)
    return written


async def _rows(database: Database, export: Export, size: int) -> AsyncIterator[Sequence[Any]]:
    """Batches of rows from a cursor on the server."""
    phone = _phone_index(export)
    async with database.session() as session:
        result = await session.stream(export.statement().execution_options(yield_per=size))
        async for batch in result.partitions(size):
            if phone is None:
                yield batch
            else:
                yield [(*row[:phone], mask_phone(row[phone]), *row[phone + 1 :]) for row in batch]


def _phone_index(export: Export) -> int | None:
    """Where numbers stand that the caller may not read in full."""
    names = [column.field for column in export.columns]
    if "phone" not in names or sees_phones(export.principal.role):
        return None
    return names.index("phone")
