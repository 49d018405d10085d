"""Documents of bulletins: the same numbers in PDF, Word and page; fonts embedded; what a correction says."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import docx
from pypdf import PdfReader

from services.projects.bulletins.domain.content import ChartKind
from services.projects.bulletins.domain.corrections import changes_between, note_en, note_zh
from services.projects.bulletins.domain.document import (
    ChartPart,
    Document,
    Front,
    Head,
    Line,
    Part,
    PrintedSection,
    TablePart,
    TextPart,
)
from services.projects.bulletins.printing import Format, render

ROWS = tuple(
    (str(place), f"第{place}镇", f"{place * 12345.67:.2f}", f"{20 - place * 1.5:.1f}") for place in range(1, 61)
)
FRONT = Front(
    organ="通山县工业经济领导小组办公室文件",
    title="关于2026年1—11月\n通山县工业经济运行情况的通报",
    number="通工经通报〔2026〕12号",
    addressees="各乡镇人民政府，县直有关单位：",
    signer="通山县工业经济领导小组办公室",
    signed="2026年12月8日",
    copies="抄送：县委办公室，县政府办公室。",
    printed="2026年12月8日印发",
    notes=("注：本通报数据截至2026年12月7日18:00。",),
    is_draft=False,
    language="zh-CN",
    made_on=date(2026, 12, 8),
)
TABLE = TablePart(
    "表1　各乡镇工业总产值完成情况",
    "单位：万元、%",
    (Head("位次", False, 1), Head("乡镇", False, 4), Head("累计", True, 3), Head("同比", True, 2)),
    ROWS,
    ("注：按同比增速排序。",),
)
CHART = ChartPart(
    "图1　同比增速",
    "%",
    ChartKind.BARS,
    ("新村镇", "<洪港镇>", "厦铺镇"),
    (Line("同比", (Decimal("15.3"), Decimal("-2.1"), None)),),
)
TREND = ChartPart(
    "图2　各月产值",
    "万元",
    ChartKind.LINES,
    ("1月", "2月"),
    (Line("2026年", (Decimal(5), Decimal(6))), Line("2025年", (Decimal(4), None))),
)
DOCUMENT = Document(
    FRONT,
    (
        PrintedSection(
            "一、经济运行情况",
            (TextPart("1—11月，通山县完成工业总产值58.6亿元，同比增长15.3% #[evil] & <b>。"), TABLE, CHART, TREND),
        ),
    ),
)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_pdf_says_every_number_with_its_fonts_inside() -> None:
    made = render(DOCUMENT, Format.PDF)
    assert made == render(DOCUMENT, Format.PDF)
    reader = PdfReader(BytesIO(made))
    pages = [_bare(page.extract_text()) for page in reader.pages]
    whole = "".join(pages)
    for row in ROWS:
        assert all(cell in whole for cell in row), row
    assert "工业总产值58.6亿元，同比增长15.3%#[evil]&<b>。" in whole
    assert "通工经通报〔2026〕12号" in pages[0]
    assert all(f"—{number}—" in text for number, text in enumerate(pages, start=1))
    # The table runs over pages, each with its heads.
    running = [text for text in pages if "第30镇" in text or "第60镇" in text]
    assert len(running) == 2
    assert all("位次乡镇累计同比" in text for text in running)
    assert pages[-1].endswith("2026年12月8日印发" + f"—{len(pages)}—") or "2026年12月8日印发" in pages[-1]
    # Objects of the reader, whatever they are.
    found: list[Any] = list(reader.pages)
    fonts = {
        str(font.get_object()["/BaseFont"]): font.get_object()["/DescendantFonts"][0].get_object()
        for page in found
        for font in page["/Resources"]["/Font"].values()
    }
    assert {name.partition("+")[2].split("-")[0] for name in fonts} == {"NotoSerifSC", "NotoSansSC"}
    # A subset of each is inside: six letters before its name, and the program beside its description.
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in fonts)
    assert all("/FontFile3" in font["/FontDescriptor"] for font in fonts.values())
    assert len(made) < 400_000


def test_numbers_of_a_column_end_at_one_edge_of_the_pdf() -> None:
    begins: dict[str, float] = {}

    def visit(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        if re.fullmatch(r"\d+\.\d{2}", text.strip()):
            begins[text.strip()] = tm[4]

    for page in PdfReader(BytesIO(render(DOCUMENT, Format.PDF))).pages:
        page.extract_text(visitor_text=visit)
    # Digits of the font are all equally wide.
    starts: dict[int, set[int]] = {}
    for text, begin in begins.items():
        starts.setdefault(len(text), set()).add(round(begin))
    # Of numbers equally long all begin at one place, longer ones further to the left.
    assert len(starts) >= 2
    assert all(len(places) == 1 for places in starts.values())
    ordered = [next(iter(starts[length])) for length in sorted(starts)]
    assert ordered == sorted(ordered, reverse=True)


def test_draft_is_marked_and_has_no_number() -> None:
    draft = replace(DOCUMENT, front=replace(FRONT, number="", is_draft=True))
    text = _bare(PdfReader(BytesIO(render(draft, Format.PDF))).pages[0].extract_text())
    assert "草稿" in text
    assert "（未编号）" in text
    assert "草稿" in render(draft, Format.HTML).decode()


def test_word_file_repeats_heads_and_holds_vectors() -> None:
    made = render(DOCUMENT, Format.DOCX)
    assert made == render(DOCUMENT, Format.DOCX)
    word = docx.Document(BytesIO(made))
    (table,) = word.tables
    assert [tuple(cell.text for cell in row.cells) for row in table.rows[1:]] == list(ROWS)
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert 'w:val="decimal"' in table.rows[1].cells[2]._tc.xml
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert "通工经通报〔2026〕12号" in texts
    assert "1—11月，通山县完成工业总产值58.6亿元，同比增长15.3% #[evil] & <b>。" in texts
    with zipfile.ZipFile(BytesIO(made)) as package:
        drawings = [package.read(name) for name in package.namelist() if name.endswith(".svg")]
        body = package.read("word/document.xml").decode()
    assert len(drawings) == 2
    assert body.count("svgBlip") == 2
    assert "&lt;洪港镇&gt;".encode() in drawings[0]


def test_page_escapes_texts_and_runs_nothing() -> None:
    page = render(DOCUMENT, Format.HTML).decode()
    assert "15.3% #[evil] &amp; &lt;b&gt;。" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    for row in ROWS:
        assert all(f">{cell}<" in page for cell in row[1:]), row
    assert page.count("<svg") == 2


def test_missing_value_is_a_dash_and_no_bar() -> None:
    page = render(DOCUMENT, Format.HTML).decode()
    bars = page[page.index("<svg") : page.index("</svg>")]
    # The background, and a bar for each of the two values that are known.
    assert bars.count("<rect") == 3
    assert "—</text>" in bars


def test_correction_names_each_place_that_differs() -> None:
    rows = (*ROWS[:1], ("2", "第2镇", "24691.35", "17.0"), *ROWS[2:-1], ("60", "新镇", "1.00", "1.0"))
    section = DOCUMENT.sections[0]
    said = TextPart("1—11月，通山县完成工业总产值58.9亿元，同比增长15.9%。")
    later = replace(
        DOCUMENT,
        sections=(
            replace(
                section, parts=(said, replace(TABLE, caption="表2　各乡镇工业总产值完成情况", rows=rows), CHART)
            ),
            PrintedSection("二、红黑榜", ()),
        ),
    )
    changes = changes_between(DOCUMENT, later)
    notes = [note_zh(change) for change in changes]
    assert notes[0].endswith("”更正为“1—11月，通山县完成工业总产值58.9亿元，同比增长15.9%。”")
    assert notes[1] == "各乡镇工业总产值完成情况：第2镇累计：“24691.34”更正为“24691.35”"
    assert notes[2] == "各乡镇工业总产值完成情况：新镇：增加“60、新镇、1.00、1.0”"
    assert notes[3].startswith("各乡镇工业总产值完成情况：第60镇：删去“60、第60镇、")
    assert notes[4] == "二、红黑榜：增加“二、红黑榜”"
    assert note_en(changes[1]) == "各乡镇工业总产值完成情况：第2镇累计: “24691.34” now reads “24691.35”"
    assert changes_between(DOCUMENT, DOCUMENT) == []


def test_last_page_holds_text_with_its_foot_and_short_tables_are_not_torn() -> None:
    line = TextPart("本月工业总产值58.6亿元，同比增长15.3%。")
    short = replace(TABLE, rows=ROWS[:8])
    numbers = set()
    for lines in range(5, 15, 2):
        parts: tuple[Part, ...] = (*[line] * lines, short, *[line] * 12)
        document = Document(FRONT, (PrintedSection("一、经济运行情况", parts),))
        pages = [_bare(one.extract_text()) for one in PdfReader(BytesIO(render(document, Format.PDF))).pages]
        assert "数据截至" in pages[-1]
        assert len([text for text in pages if re.search("第[1-8]镇", text)]) == 1
        numbers.add(len(pages))
    # The lengths tried end on pages of their own.
    assert len(numbers) > 1
