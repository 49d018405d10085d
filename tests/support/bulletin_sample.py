"""The bulletin of docs/screenshots, in the service's own layout: ``python -m tests.support.bulletin_sample``.

The city's two figures are those of its text (58.6亿元 +15.3 %, 18.79亿元 +10.3 %); all else is made up,
and the page says so.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst

from services.projects.bulletins.domain.content import (
    Cell,
    Chart,
    ChartKind,
    Column,
    Content,
    Paragraph,
    Section,
    SectionCode,
    Series,
    Table,
)
from services.projects.bulletins.domain.document import Document, Front, document_of
from services.projects.bulletins.domain.figures import Against, Figure, Figures, Shape, text, yuan
from services.projects.bulletins.domain.wording import ZH
from services.projects.bulletins.printing.pdf import LAYOUT, data_of
from services.projects.economy.domain.arithmetic import growth
from services.projects.instructions.printing.typesetting import font_book

TARGET = Path("docs/screenshots")
_TOWNS = (
    ("甲镇", "1286400000", "1079200000"),
    ("乙镇", "1103500000", "952100000"),
    ("丙镇", "987200000", "868400000"),
    ("丁乡", "905600000", "801700000"),
    ("戊镇", "861300000", "745300000"),
    ("己乡", "716000000", "723100000"),
)


def sample() -> Document:
    """A month's bulletin with a table and a chart."""
    figures: Figures = {
        "output": yuan(5_860_000_000, source="text"),
        "output.yoy": _growth("15.3"),
        "added": yuan(1_879_000_000, source="text"),
        "added.yoy": _growth("10.3"),
        "until": text("1—11月", source="text"),
    }
    rows = []
    ordered = sorted(_TOWNS, key=lambda town: -_rate(town[1], town[2]))
    for place, (name, now, base) in enumerate(ordered, start=1):
        figures |= {f"{name}.name": text(name, source="made up"), name: yuan(int(now), source="made up")}
        figures[f"{name}.yoy"] = _growth(str(_rate(now, base)))
        rows.append(
            (
                Cell(zh=str(place)),
                Cell(ref=f"{name}.name"),
                Cell(ref=name, scale="10000"),
                Cell(ref=f"{name}.yoy", places=1),
            )
        )
    columns = (
        Column(zh="位次", en=""),
        Column(zh="乡镇", en="", share=4),
        Column(zh="累计", en="", number=True, share=3),
        Column(zh="同比", en="", number=True, share=2),
    )
    blocks = (
        Paragraph(
            id="total",
            zh="{until}，全市完成工业总产值{output}，{output.yoy}；完成工业增加值{added}，{added.yoy}。"
            "分乡镇看（示例数据），增速居前的是{"
            + ordered[0][0]
            + ".name}（{"
            + ordered[0][0]
            + ".yoy}），下降的是{己乡.name}（{己乡.yoy}）。",
            en="",
        ),
        Table(
            id="table",
            caption_zh="各乡镇工业总产值完成情况（示例数据）",
            caption_en="",
            unit_zh="单位：万元、%",
            columns=columns,
            rows=tuple(rows),
        ),
        Chart(
            id="chart",
            caption_zh="各乡镇工业总产值同比增速（示例数据）",
            caption_en="",
            form=ChartKind.BARS,
            categories=tuple(Cell(ref=f"{name}.name") for name, *_ in ordered),
            series=(Series(zh="同比", en="", refs=tuple(f"{name}.yoy" for name, *_ in ordered)),),
            unit_zh="%",
        ),
    )
    content = Content(
        sections=(Section(code=SectionCode.ECONOMY, zh="经济运行情况", en="The economy", blocks=blocks),)
    )
    return document_of(_FRONT, content, figures)


_FRONT = Front(
    organ="某市工业经济领导小组办公室文件",
    title="关于2026年1—11月\n全市工业经济运行情况的通报",
    number="工经通报〔2026〕11号",
    addressees="各县（市、区）人民政府，市直有关单位：",
    signer="某市工业经济领导小组办公室",
    signed="2026年12月8日",
    copies="抄送：市委办公室，市政府办公室。",
    printed="2026年12月8日印发",
    notes=("注：本通报数据截至2026年12月7日18:00。",),
    is_draft=False,
    language=ZH,
    made_on=date(2026, 12, 8),
)


def _rate(now: str, base: str) -> Decimal:
    found = growth(Decimal(now), Decimal(base)).value
    assert found is not None
    return found


def _growth(percent: str) -> Figure:
    return Figure(shape=Shape.GROWTH, value=Decimal(percent), against=Against.YEAR, unit="yuan", source="text")


def main() -> None:
    """Write the pages as pictures."""
    # One picture, or one for each page.
    pages: Any = typst.compile(
        LAYOUT.read_bytes(),
        format="png",
        ppi=80.0,
        font_paths=font_book(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data_of(sample()), ensure_ascii=False)},
    )
    for number, page in enumerate(pages if isinstance(pages, list) else [pages], start=1):
        (TARGET / f"bulletin-{number}-zh.png").write_bytes(page)


if __name__ == "__main__":
    main()
