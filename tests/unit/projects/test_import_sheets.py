"""Files as they come: workbooks of every kind, encodings, traps; each fault names its place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import services.projects.assembly
from libs.common.sheets.model import FileFault, Limits, column_index, column_name
from libs.common.sheets.reading import kind_of, read_book
from libs.common.sheets.styles import Style, style_of
from libs.common.web.catalogue import Catalogue
from services.projects.exchange.domain.faults import Fault
from services.projects.exchange.entities.base import Row
from services.projects.exchange.entities.catalogue import IMPORTABLE
from services.projects.exchange.parsing import Parser
from services.projects.exchange.service.templates import template
from services.projects.exchange.wording import Words
from tests.support.sheets import csv_text, repacked, write_sheet, xlsx

WORDS = Words(Catalogue(services.projects.assembly.MESSAGES))
HEAD = ["统一社会信用代码", "企业名称", "行政区划代码", "行业代码"]
ROW = ["91350100M000100Y43", "示例企业", "421224101", "3140"]


def parsed(path: Path, body: bytes, entity: str = "enterprises", **limits: Any) -> tuple[list[Any], Parser]:
    """Rows and faults, a fault of the file itself last."""
    file = path / "file"
    file.write_bytes(body)
    parser = Parser(IMPORTABLE[entity], WORDS, Limits(**limits))
    found: list[Any] = []
    try:
        found.extend(parser.read(read_book(file, Limits(**limits))))
    except FileFault as fault:
        found.append(parser.of_file(fault))
    return found, parser


def faults(found: Sequence[Row | Fault]) -> list[tuple[int | None, str | None, str]]:
    return [(item.row, item.column, item.code) for item in found if isinstance(item, Fault)]


def rows(found: Sequence[Row | Fault]) -> list[dict[str, Any]]:
    return [dict(item.values) for item in found if isinstance(item, Row)]


EXPECTED = [{"credit_code": ROW[0], "name": "示例企业", "region_code": "421224101", "sector_code": "3140"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_is_read_in_any_usual_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    body = csv_text([HEAD, ROW], delimiter).encode(encoding)
    assert rows(parsed(tmp_path, body)[0]) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_characters_are_whole_in_a_file_of_many_megabytes(tmp_path: Path, encoding: str) -> None:
    name = "企业" * 50
    table = [HEAD, *([f"x{number}", name, *ROW[2:]] for number in range(6_000))]
    body = csv_text(table).encode(encoding)
    assert len(body) > 1_300_000
    found = rows(parsed(tmp_path, body)[0])
    assert (len(found), {row["name"] for row in found}) == (6_000, {name})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff\xff\xfe" * 20, "import.encoding_unknown"),
        ("统一社会信用代码,企业名称\n1,2".encode("utf-16-le"), "import.encoding_unknown"),
        (b"abc\x00def,1\n", "import.encoding_unknown"),
        ("社會信用代碼,企業名稱\n".encode("big5"), "import.no_headings"),
        (csv_text([HEAD, ['"9', *ROW[1:]]]).encode(), "import.text_broken"),
        (b"PK\x03\x04 no archive", "import.not_a_workbook"),
        (b"%PDF-1.7 ...", "import.not_a_spreadsheet"),
        (b"\x89PNG\r\n", "import.not_a_spreadsheet"),
        (b" \r\n ", "import.file_empty"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "import.old_workbook"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 90_000 + "EncryptedPackage".encode("utf-16-le"),
            "import.password_protected",
        ),
        (csv_text([["这里", "什么"], ["都", "没有"]]).encode(), "import.no_headings"),
    ],
)
def test_what_is_no_table_is_said_so(tmp_path: Path, body: bytes, code: str) -> None:
    assert [item[2] for item in faults(parsed(tmp_path, body)[0])] == [code]


def test_titles_above_headings_and_empty_rows_do_not_matter(tmp_path: Path) -> None:
    table = [["通山县企业名录"], [], HEAD, [None] * 4, ROW, ["", " ", "", ""]]
    found, _ = parsed(tmp_path, xlsx(table))
    assert rows(found) == EXPECTED
    assert [item.number for item in found] == [5]


def test_merged_cells_are_named_unless_they_are_titles(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = write_sheet(book, "企业", [[None], HEAD, ROW, ROW])
        sheet.merge_range("A1:D1", "通山县企业名录")
        sheet.merge_range("C3:C4", "421224101")
    found, _ = parsed(tmp_path, target.getvalue())
    assert faults(found)[0] == (3, "C", "import.merged_cells")
    assert "C3:C4" in next(item.message_zh for item in found if isinstance(item, Fault))


def test_formulas_count_by_their_value_and_errors_are_named(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = write_sheet(book, "企业", [HEAD, ROW, ROW, ROW, ROW])
        sheet.write_formula("B2", '="示例"&"企业"', None, "示例企业")
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
        sheet.write_formula("B4", "=A1", None, "")
        sheet.write_formula("D5", "=3000+140", None, 3140)
    found, _ = parsed(tmp_path, target.getvalue())
    assert rows(found)[0] == EXPECTED[0]
    assert (3, "B", "import.cell_error") in faults(found)
    error = next(item for item in found if isinstance(item, Fault) and item.code == "import.cell_error")
    assert (error.value, error.heading, error.field) == ("#DIV/0!", "企业名称", "name")


def test_formula_that_nobody_computed_is_named(tmp_path: Path) -> None:
    body = xlsx([HEAD, ROW])
    part = "xl/worksheets/sheet1.xml"
    xml = zipfile.ZipFile(io.BytesIO(body)).read(part).decode()
    broken = xml.replace('<c r="B2" t="s"><v>5</v></c>', '<c r="B2"><f>A1</f></c>')
    assert broken != xml
    assert faults(parsed(tmp_path, repacked(body, {part: broken.encode()}))[0]) == [
        (2, "B", "import.formula_without_value")
    ]


def test_hidden_sheets_are_left_out_and_told(tmp_path: Path) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        write_sheet(book, "企业", [HEAD, ROW])
        write_sheet(book, "旧数据", [HEAD, ["x"]]).hide()
        write_sheet(book, "备注", [["随便写写"]])
        write_sheet(book, "空", [])
        write_sheet(book, "更多", [[*HEAD], ["91421224MA4900001A", *ROW[1:]], ROW])
    found, parser = parsed(tmp_path, target.getvalue())
    assert len(rows(found)) == 2
    assert [(notice.code, notice.params["sheet"]) for notice in parser.notices] == [
        ("import.hidden_sheet", "旧数据"),
        ("import.sheet_passed_over", "备注"),
    ]
    twice = next(item for item in found if isinstance(item, Fault))
    assert (twice.sheet, twice.row, twice.column, twice.code) == ("更多", 3, "A", "import.key_twice")
    assert twice.message_zh == "与工作表“企业”第 2 行重复。"


def test_wrong_headings_stop_the_sheet_and_cells_without_one_are_named(tmp_path: Path) -> None:
    found, _ = parsed(tmp_path, xlsx([[*HEAD, "备注", "企业名称"], [*ROW, "x", "y"]]))
    assert faults(found) == [(1, "E", "import.column_unknown"), (1, "F", "import.column_twice")]
    assert faults(parsed(tmp_path, xlsx([HEAD, [*ROW, "x"]]))[0]) == [(2, "E", "import.cell_without_heading")]
    found, _ = parsed(tmp_path, xlsx([HEAD[1:], ROW[1:]]))
    assert faults(found) == [(1, None, "import.column_missing")]
    assert "统一社会信用代码" in next(item.message_zh for item in found)


def test_days_money_and_1904_in_a_workbook(tmp_path: Path) -> None:
    head = ["项目代码", "总投资（万元）", "计划开工日期", "形象进度（%）"]
    table = [head, ["P-1", 14_000.5, date(2026, 9, 15), "12"], ["P-2", "1,400", "2026/9/15", None]]
    for date1904 in (False, True):
        found, _ = parsed(tmp_path, xlsx(table, date1904=date1904), "projects")
        assert rows(found) == [
            {"code": "P-1", "total_investment_yuan": 140_005_000, "planned_start_on": date(2026, 9, 15)},
            {"code": "P-2", "total_investment_yuan": 14_000_000, "planned_start_on": date(2026, 9, 15)},
        ]


def test_limits_are_kept_whatever_the_archive_says(tmp_path: Path) -> None:
    body = xlsx([HEAD, *([f"x{number}", *ROW[1:]] for number in range(50))])
    assert faults(parsed(tmp_path, body, rows=49)[0]) == [(51, None, "import.too_many_rows")]
    assert faults(parsed(tmp_path, body, columns=3)[0]) == [(1, None, "import.too_many_columns")]
    bomb = repacked(body, {"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * 30_000_000 + b"</worksheet>"})
    assert len(bomb) < 100_000
    assert faults(parsed(tmp_path, bomb, expanded_bytes=2**20)[0]) == [(None, None, "import.expands_too_far")]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"xl/workbook.xml": None}, "import.not_a_workbook"),
        ({"xl/worksheets/sheet1.xml": None}, "import.no_sheet"),
        ({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}, "import.workbook_broken"),
        (
            {
                "xl/sharedStrings.xml": b'<!DOCTYPE sst [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
                b"<sst><si><t>&b;</t></si></sst>"
            },
            "import.workbook_broken",
        ),
        (
            {
                "xl/worksheets/sheet1.xml": b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                b'<worksheet><sheetData><row><c t="inlineStr"><is><t>&x;</t></is></c></row></sheetData>'
                b"</worksheet>"
            },
            "import.workbook_broken",
        ),
    ],
)
def test_broken_and_malicious_workbooks_are_refused(
    tmp_path: Path, parts: dict[str, bytes | None], code: str
) -> None:
    assert [item[2] for item in faults(parsed(tmp_path, repacked(xlsx([HEAD, ROW]), parts))[0])] == [code]


def test_truncated_and_damaged_archives_are_refused(tmp_path: Path) -> None:
    body = xlsx([HEAD, *([f"x{number}", *ROW[1:]] for number in range(500))])
    assert [item[2] for item in faults(parsed(tmp_path, body[: len(body) // 2])[0])] == ["import.not_a_workbook"]
    part = zipfile.ZipFile(io.BytesIO(body)).getinfo("xl/worksheets/sheet1.xml")
    at = part.header_offset + 100
    damaged = body[:at] + bytes(40) + body[at + 40 :]
    assert [item[2] for item in faults(parsed(tmp_path, damaged)[0])] == ["import.workbook_broken"]


def test_prefixed_elements_inline_texts_and_rich_texts_are_read(tmp_path: Path) -> None:
    sheet = (
        '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row>'
        + "".join(f'<x:c t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c>' for text in HEAD)
        + '</x:row><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="str"><x:v>示例企业</x:v></x:c>'
        + "<x:c><x:v>421224101</x:v></x:c><x:c><x:v>3140</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    texts = "<sst><si><r><t>91350100</t></r><r><t>M000100Y43</t></r><rPh><t>读音</t></rPh></si></sst>"
    parts = {"xl/worksheets/sheet1.xml": sheet.encode(), "xl/sharedStrings.xml": texts.encode()}
    assert rows(parsed(tmp_path, repacked(xlsx([HEAD, ROW]), parts))[0]) == EXPECTED


@pytest.mark.parametrize(
    ("number_format", "code", "style"),
    [
        (14, None, Style.DATE), (57, None, Style.DATE), (9, None, Style.PERCENT), (4, None, Style.PLAIN),
        (164, 'yyyy"年"m"月"d"日"', Style.DATE), (165, "[$-804]yyyy/m/d;@", Style.DATE),
        (166, "0.00%", Style.PERCENT),
        (167, '#,##0"days"', Style.PLAIN), (168, "[Red]0.00", Style.PLAIN), (169, "General", Style.PLAIN),
        (170, "[h]:mm", Style.DATE),
    ],
)  # fmt: skip
def test_number_format_says_what_a_number_is(number_format: int, code: str | None, style: Style) -> None:
    assert style_of(number_format, code) is style


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("entity", IMPORTABLE.values(), ids=lambda entity: entity.name)
def test_template_is_understood_and_empty(tmp_path: Path, entity: Any, language: str) -> None:
    for form in ("xlsx", "csv"):
        found, parser = parsed(tmp_path, template(entity, WORDS, language, form), entity.name)
        assert found == []
        placed = next(iter(parser.placed.values())).headings
        assert set(placed) == {column.field for column in entity.columns if not column.read_only}


def test_guarded_texts_lose_their_mark_again(tmp_path: Path) -> None:
    body = csv_text([HEAD, [ROW[0], "'=HYPERLINK(1)", *ROW[2:]]]).encode()
    assert rows(parsed(tmp_path, body)[0])[0]["name"] == "=HYPERLINK(1)"


def test_column_letters_go_both_ways() -> None:
    assert [column_name(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_index(column_name(index) + "12") == index for index in range(2_000))


def test_kind_of_file_is_told_by_its_bytes() -> None:
    assert kind_of(b"PK\x03\x04") == "xlsx"
    assert kind_of("代码,名称".encode("gb18030")) == "csv"
