"""Tables of energy and output: long and wide, in the office's words, with faults by line."""

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter

from services.energy.efficiency.domain.books import FigureKind, Flow
from services.energy.efficiency.domain.carriers import Carrier
from services.energy.efficiency.domain.sheet import Items, month_of, read_figures, unit_of
from services.energy.feeds.domain.body import UnreadableFile

ITEMS = Items(
    {
        "raw_coal": Carrier("raw_coal", "原煤", "raw coal", "kg", is_fuel=True),
        "electricity": Carrier("electricity", "电力", "electricity", "kWh", is_fuel=False),
    },
    {"clinker": "水泥熟料"},
)
CREDIT = "91421224MA0000000X"


def test_wide_table_has_a_column_for_each_item() -> None:
    body = (
        "2026 年能源消费报表\n"
        "统一社会信用代码,企业名称,月份,原煤（吨）,电力(万千瓦时),外供电力(kWh),水泥熟料(t),工业总产值（万元）,备注\n"
        f'{CREDIT},水泥厂,2026年3月,"4,200",310,-,31000,980,旺季\n'
        f"{CREDIT},水泥厂,202604,,0,,,,\n"
    ).encode("gb18030")
    report = read_figures(body, ITEMS)
    assert (report.rows, report.faults) == (2, [])
    found = [
        (one.line, one.month.month, one.kind, one.code, one.flow, one.quantity, one.unit) for one in report.figures
    ]
    use = FigureKind.USE
    assert found == [
        (3, 3, use, "raw_coal", Flow.CONSUMED, Decimal(4200), "t"),
        (3, 3, use, "electricity", Flow.CONSUMED, Decimal(310), "万kWh"),
        (3, 3, FigureKind.OUTPUT, "clinker", None, Decimal(31000), "t"),
        (3, 3, FigureKind.VALUE, "output_value", None, Decimal(9_800_000), None),
        (4, 4, use, "electricity", Flow.CONSUMED, Decimal(0), "万kWh"),
    ]


def test_workbook_is_read_with_its_dates_and_numbers() -> None:
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["信用代码", "报告期", "原煤(t)"])
        sheet.write_string(1, 0, CREDIT)
        sheet.write_datetime(1, 1, datetime(2026, 3, 31), book.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001
        sheet.write_number(1, 2, 12.5)
    (found,) = read_figures(stream.getvalue(), ITEMS).figures
    assert (found.month, found.quantity, found.unit) == (date(2026, 3, 1), Decimal("12.5"), "t")


def test_long_table_has_an_item_a_row_and_names_what_is_wrong() -> None:
    body = (
        "credit_code;month;process;item;flow;quantity;unit\n"
        f"{CREDIT};2026-03;kiln;原煤;;12.5;t\n"
        f"{CREDIT};2026-03;;electricity;外供;100;\n"
        f"{CREDIT};2026-13;;electricity;;100;\n"
        f"{CREDIT};2026-03;;柴禾;;100;t\n"
        f"{CREDIT};2026-03;;原煤;倾倒;100;t\n"
        f"{CREDIT};2026-03;;原煤;;viel;t\n"
        f"{CREDIT};2026-03;;原煤;;;t\n"
        f";2026-03;;原煤;;1;t\n"
        f"{CREDIT};2026-03;;产值;;5;斗\n"
    ).encode()
    report = read_figures(body, ITEMS)
    assert [(one.line, one.process_code, one.flow) for one in report.figures] == [
        (2, "kiln", Flow.CONSUMED),
        (3, None, Flow.SUPPLIED),
    ]
    assert [(fault.line, fault.column, fault.code) for fault in report.faults] == [
        (4, "month", "figure.month_malformed"),
        (5, "item", "figure.item_unknown"),
        (6, "flow", "figure.flow_unknown"),
        (7, "quantity", "figure.not_number"),
        (8, "quantity", "figure.cell_empty"),
        (9, "credit_code", "figure.cell_empty"),
        (10, "quantity", "figure.unit_unknown"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "utility.header_missing"),
        ("信用代码,月份,原煤,柴禾\n", "figure.column_unknown"),
        ("信用代码,月份,项目\n", "figure.column_missing"),
        ("信用代码,月份,备注\n1,2,3\n", "utility.header_missing"),
        ("", "file.empty"),
    ],
)
def test_table_of_something_else_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_figures(text.encode(), ITEMS)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-03", date(2026, 3, 1)),
        ("2026/3", date(2026, 3, 1)),
        ("２０２６年３月", date(2026, 3, 1)),
        ("202612", date(2026, 12, 1)),
        ("2026-03-31 00:00", date(2026, 3, 1)),
        ("2026-00", None),
        ("March", None),
        ("", None),
    ],
)
def test_months_are_read_as_people_write_them(text: str, month: date | None) -> None:
    assert month_of(text) == month


def test_units_are_read_in_chinese() -> None:
    assert [unit_of(text) for text in ("吨", "万千瓦时", "m³", "GJ", "KWH", "箱")] == [
        *("t", "万kWh", "m3", "GJ", "kWh", "箱")
    ]
