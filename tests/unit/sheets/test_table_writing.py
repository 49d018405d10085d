"""Tables for people: what a spreadsheet would compute is a text, whoever wrote it into a field."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from libs.common.sheets.model import Limits
from libs.common.sheets.reading import read_book
from libs.common.sheets.writing import Row, csv_of, write_xlsx
from services.projects.exchange.sheets.writing import guarded

COMPUTED = ["=HYPERLINK(1)", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1"]


async def _rows() -> AsyncIterator[Sequence[Row]]:
    yield [(text, -1.5) for text in COMPUTED]


async def test_text_is_marked_when_a_spreadsheet_would_compute_it() -> None:
    body = b"".join([part async for part in csv_of(["text", "number"], _rows())]).decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(body, newline=""))
    # A negative number stays one.
    assert rows == [["'" + text, "-1.5"] for text in COMPUTED]


async def test_workbook_holds_texts_and_no_formula_when_a_spreadsheet_would_compute_them(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    assert await write_xlsx(path, "table", ["text", "number"], _rows()) == len(COMPUTED)
    texts = [row.cells[0] for row in read_book(path, Limits()).sheets[0].rows()][1:]
    # A workbook writes a carriage return as "_x000D_".
    assert [str(text).replace("_x000D_", "\r") for text in texts] == COMPUTED


@pytest.mark.parametrize("text", COMPUTED)
def test_exported_text_is_marked_when_a_spreadsheet_would_compute_it(text: str) -> None:
    assert guarded(text) == "'" + text
    assert guarded("a" + text) == "a" + text
