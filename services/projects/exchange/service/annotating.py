"""The faults of an import as a workbook: the faulty rows as they were sent, each fault beside its cell."""

from __future__ import annotations

import asyncio
import io
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlsxwriter

from libs.common.context import Context
from libs.common.sheets.model import FileFault, Limits, Sheet, column_index
from libs.common.sheets.reading import read_book
from services.projects.exchange import repository
from services.projects.exchange.domain.cells import shown
from services.projects.exchange.service.running import import_file
from services.projects.exchange.tables import ImportFaultRow, ImportRow
from services.projects.exchange.wording import CHINESE, Words

_LIST = ("sheet", "row", "column", "heading", "value", "code", "message")
_MAX_COMMENT = 1_000


async def annotated_workbook(ctx: Context, row: ImportRow, words: Words, limits: Limits, language: str) -> bytes:
    """The workbook's bytes. Without the file, which is not kept for ever, it has the list alone."""
    faults = await repository.all_faults(ctx.session, row.id)
    if not await repository.has_content(ctx.session, row.content_id):
        return _build(faults, None, words, limits, language)
    async with import_file(ctx, row) as path:
        # The whole file is read again; the API goes on meanwhile.
        return await asyncio.to_thread(_build, faults, path, words, limits, language)


def _build(
    faults: Sequence[ImportFaultRow], path: Path | None, words: Words, limits: Limits, language: str
) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        bad = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        _write_list(book.add_worksheet(words.text("annotated.list", language)), faults, words, language, head)
        if path is not None:
            # A file that cannot be read as a whole has no rows to show; the list says what is wrong with it.
            with suppress(FileFault):
                for sheet in read_book(path, limits).sheets:
                    _write_rows(book, sheet, faults, words, language, (head, bad))
    return target.getvalue()


def _message(fault: ImportFaultRow, language: str) -> str:
    return fault.message_zh if language == CHINESE else fault.message_en


def _write_list(sheet: Any, faults: Sequence[ImportFaultRow], words: Words, language: str, head: Any) -> None:
    for index, name in enumerate(_LIST):
        sheet.write_string(0, index, words.text(f"annotated.{name}", language), head)
    for number, fault in enumerate(faults, 1):
        cells = (
            fault.sheet,
            "" if fault.row is None else str(fault.row),
            fault.column or "",
            fault.heading,
            fault.value,
            fault.code,
            _message(fault, language),
        )
        for index, text in enumerate(cells):
            sheet.write_string(number, index, text)
    sheet.set_column(0, len(_LIST) - 1, 18)
    sheet.freeze_panes(1, 0)


def _write_rows(
    book: xlsxwriter.Workbook,
    source: Sheet,
    faults: Sequence[ImportFaultRow],
    words: Words,
    language: str,
    formats: tuple[Any, Any],
) -> None:
    """The rows of one sheet that have faults, below a row of headings, with the row's own number before them."""
    head, bad = formats
    by_row: dict[int, list[ImportFaultRow]] = defaultdict(list)
    for fault in faults:
        if fault.sheet == source.name and fault.row is not None:
            by_row[fault.row].append(fault)
    if not by_row or source.hidden:
        return
    target = book.add_worksheet(source.name[:25])
    target.write_string(0, 0, words.text("annotated.row", language), head)
    for fault in faults:
        if fault.sheet == source.name and fault.column and fault.heading:
            target.write_string(0, column_index(fault.column) + 1, fault.heading, head)
    written = 0
    for row in source.rows():
        found = by_row.get(row.number)
        if found is None:
            continue
        written += 1
        target.write_number(written, 0, row.number)
        for index, cell in enumerate(row.cells):
            target.write_string(written, index + 1, shown(cell))
        whole = [_message(fault, language) for fault in found if fault.column is None]
        if whole:
            target.write_comment(written, 0, "\n".join(whole)[:_MAX_COMMENT])
        for column in {fault.column for fault in found if fault.column is not None}:
            index = column_index(column)
            text = "\n".join(_message(fault, language) for fault in found if fault.column == column)
            cell = row.cells[index] if index < len(row.cells) else None
            target.write_string(written, index + 1, shown(cell) or " ", bad)
            target.write_comment(written, index + 1, text[:_MAX_COMMENT])
    target.freeze_panes(1, 1)
