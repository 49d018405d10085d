"""What a cell means: days, money, numbers and terms as people and programs write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.projects.assembly
from libs.common.sheets.cells import Broken, Number
from libs.common.web.catalogue import Catalogue
from services.projects.exchange.domain.cells import CLEARED, CellFault, Reading, value_of
from services.projects.exchange.domain.columns import Column, Heading, Kind
from services.projects.exchange.entities.catalogue import IMPORTABLE
from services.projects.exchange.entities.projects import PROJECTS
from services.projects.exchange.wording import Words
from services.projects.ledger.domain.stages import ProjectKind

WORDS = Words(Catalogue(services.projects.assembly.MESSAGES))
TERMS = WORDS.terms(PROJECTS.columns)


def read(kind: Kind, cell: Any, *, factor: int = 1, date1904: bool = False) -> Any:
    column = Column("x", kind, ProjectKind if kind is Kind.TERM else None)
    return value_of(cell, Heading(column, 0, "x", factor), Reading(date1904, TERMS))


@pytest.mark.parametrize(
    "cell",
    [
        "2026-09-15", "2026/9/15", "2026.9.15", "2026年9月15日", "2026 年 9 月 15 日", "20260915", " 2026-09-15 ",
        "２０２６-０９-１５", "2026-09-15 00:00:00", "2026-09-15T00:00:00", Number("46280", is_date=True),
        Number("46280"), Number("46280.0", is_date=True), Number("20260915"),
    ],
)  # fmt: skip
def test_day_is_read_however_it_is_written(cell: Any) -> None:
    assert read(Kind.DATE, cell) == date(2026, 9, 15)


def test_serial_numbers_count_from_the_workbooks_own_first_day() -> None:
    assert read(Kind.DATE, Number("44818", is_date=True), date1904=True) == date(2026, 9, 15)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-13-40", "import.date_impossible"),
        ("2026-02-30", "import.date_impossible"),
        ("20260230", "import.date_impossible"),
        ("9/15/2026", "import.date_unreadable"),
        ("15.9.26", "import.date_unreadable"),
        ("明天", "import.date_unreadable"),
        (Number("12"), "import.date_unreadable"),
        (Number("99999999999"), "import.date_unreadable"),
        (Number("46280.5", is_date=True), "import.date_with_time"),
        (True, "import.date_unreadable"),
        (Broken("import.cell_error", "#REF!"), "import.cell_error"),
        (Broken("import.formula_without_value", "="), "import.formula_without_value"),
    ],
)
def test_no_day_is_guessed(cell: Any, code: str) -> None:
    with pytest.raises(CellFault) as caught:
        read(Kind.DATE, cell)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cell", "month"),
    [("2026-08", 8), ("2026年8月", 8), ("2026/8", 8), (Number("202608"), 8), ("2026-08-19", 8)],
)
def test_month_is_its_first_day(cell: Any, month: int) -> None:
    assert read(Kind.MONTH, cell) == date(2026, month, 1)


@pytest.mark.parametrize(
    ("cell", "factor", "yuan"),
    [
        ("1,234,567", 1, 1_234_567),
        ("１２３４", 1, 1234),
        ("1，234", 1, 1234),
        ("1 234", 1, 1234),
        (Number("14000"), 10_000, 140_000_000),
        (Number("1.2345"), 10_000, 12_345),
        # What a spreadsheet makes of 0.1 + 0.2 is 0.3.
        (Number("0.30000000000000004"), 10_000, 3_000),
        (Number("1.4E8"), 1, 140_000_000),
        ("-5", 1, -5),
    ],
)
def test_money_is_whole_yuan_by_the_unit_of_its_heading(cell: Any, factor: int, yuan: int) -> None:
    assert read(Kind.MONEY, cell, factor=factor) == yuan


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1,23", "import.number_unreadable"),
        ("12,34,567", "import.number_unreadable"),
        ("五百", "import.number_unreadable"),
        ("--", "import.number_unreadable"),
        ("NaN", "import.number_unreadable"),
        ("1e99999", "import.number_unreadable"),
        ("9" * 70, "import.number_unreadable"),
        (Number("inf"), "import.number_unreadable"),
        ("1.4亿", "import.unit_in_cell"),
        ("500万元", "import.unit_in_cell"),
        (Number("0.00001"), "import.not_whole_yuan"),
        (Number("46280", is_date=True), "import.date_not_expected"),
        (True, "import.number_unreadable"),
    ],
)
def test_amount_that_may_be_another_is_refused(cell: Any, code: str) -> None:
    with pytest.raises(CellFault) as caught:
        read(Kind.MONEY, cell, factor=10_000)
    assert caught.value.code == code


def test_percent_and_numbers_and_texts() -> None:
    assert read(Kind.PERCENT, Number("0.52", is_percent=True)) == Decimal(52)
    assert read(Kind.PERCENT, "52%") == read(Kind.PERCENT, Number("52")) == Decimal(52)
    assert read(Kind.TEXT, Number("421224")) == read(Kind.TEXT, Number("421224.0")) == "421224"
    assert read(Kind.INTEGER, "12") == 12
    with pytest.raises(CellFault, match=r"import\.not_whole"):
        read(Kind.INTEGER, "1.5")
    assert [read(Kind.BOOLEAN, cell) for cell in ("是", "Yes", Number("0"), False)] == [True, True, False, False]
    with pytest.raises(CellFault, match=r"import\.boolean_unreadable"):
        read(Kind.BOOLEAN, "也许")
    assert read(Kind.TEXT, "  ") is None
    assert read(Kind.TEXT, "#清空") is read(Kind.DATE, " #CLEAR ") is CLEARED


@pytest.mark.parametrize("cell", ["新建", "new_build", "New Build", "NEW_BUILD", " 新建 "])
def test_term_is_read_in_either_language_and_by_its_name(cell: str) -> None:
    assert read(Kind.TERM, cell) == "new_build"


def test_unknown_term_names_what_is_allowed() -> None:
    with pytest.raises(CellFault) as caught:
        read(Kind.TERM, "扩建")
    assert caught.value.params["allowed"] == [kind.value for kind in ProjectKind]


@given(st.dates(date(1960, 1, 1), date(2110, 12, 31)))
def test_every_form_of_a_day_is_the_same_day(day: date) -> None:
    forms = [
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
    ]
    serial = Number(str((day - date(1899, 12, 30)).days), is_date=True)
    assert {read(Kind.DATE, form) for form in (*forms, serial)} == {day}


@given(st.integers(-(10**15), 10**15), st.sampled_from([1, 10_000]))
def test_amount_survives_being_written_in_any_unit(yuan: int, factor: int) -> None:
    written = Decimal(yuan) / factor
    for text in (format(written, "f"), format(written, ",f")):
        assert read(Kind.MONEY, text, factor=factor) == yuan


HEADINGS = WORDS.headings("projects", PROJECTS.columns)


@pytest.mark.parametrize(
    ("text", "field", "factor"),
    [
        ("项目代码", "code", 1),
        ("* 项目代码：", "code", 1),
        ("PROJECT  CODE", "code", 1),
        ("code", "code", 1),
        ("总投资（万元）", "total_investment_yuan", 10_000),
        ("总投资(元)", "total_investment_yuan", 1),
        ("Total investment (10k yuan)", "total_investment_yuan", 10_000),
        ("total_investment_yuan", "total_investment_yuan", 1),
        ("形象进度（%）", "percent", 1),
    ],
)
def test_heading_is_known_in_both_languages(text: str, field: str, factor: int) -> None:
    found, _ = HEADINGS.read([text])
    assert [(heading.column.field, heading.factor) for heading in found] == [(field, factor)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("总投资", "import.unit_missing"),
        ("总投资（亿元）", "import.unit_unknown"),
        ("总投资（美元）", "import.unit_unknown"),
        ("备注一", "import.column_unknown"),
    ],
)
def test_heading_that_may_mean_two_things_is_refused(text: str, code: str) -> None:
    _, faults = HEADINGS.read(["项目代码", text])
    assert [(fault.code, fault.index) for fault in faults] == [(code, 1)]


def test_headings_come_once_and_the_key_must_come() -> None:
    _, faults = HEADINGS.read(["项目名称", "name", None, ""])
    assert [(fault.code, fault.index) for fault in faults] == [
        ("import.column_twice", 1),
        ("import.column_missing", None),
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("entity", IMPORTABLE.values(), ids=lambda entity: entity.name)
def test_own_headings_are_understood_again(entity: Any, language: str) -> None:
    for factor in (1, 10_000):
        headings = [WORDS.heading(entity.name, column, language, factor) for column in entity.columns]
        found, faults = WORDS.headings(entity.name, entity.columns).read(headings)
        assert faults == []
        assert [heading.column for heading in found] == list(entity.columns)
        assert all(heading.text != heading.column.field for heading in found), "every column has a title"
