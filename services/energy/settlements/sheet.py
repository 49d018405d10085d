"""A settlement as a workbook: the lines, and the orders they are the sums of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter

from services.energy.activations.domain.verification import Verdict
from services.energy.settlements.tables import SettlementItemRow, SettlementLineRow, SettlementRow

_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_VERDICTS: Final = {Verdict.MET: "达标", Verdict.NOT_MET: "未达标", Verdict.CANNOT_TELL: "无法判定"}
_LINES: Final = (
    ("统一社会信用代码", 22),
    ("企业名称", 32),
    ("次数", 8),
    ("小时", 10),
    ("应压减电量（千瓦时）", 20),
    ("实际压减电量（千瓦时）", 22),
    ("执行率", 10),
    ("欠缺电量（千瓦时）", 20),
    ("达标", 8),
    ("未达标", 8),
    ("无法判定", 10),
    ("补偿（元）", 14),
    ("考核（元）", 14),
    ("未定金额笔数", 14),
)
_ITEMS: Final = (
    ("统一社会信用代码", 22),
    ("企业名称", 32),
    ("指令号", 24),
    ("日期", 12),
    ("小时", 10),
    ("应压减电量（千瓦时）", 20),
    ("实际压减电量（千瓦时）", 22),
    ("欠缺电量（千瓦时）", 20),
    ("完成率", 10),
    ("核定结果", 12),
    ("核定版次", 10),
    ("补偿（元）", 14),
    ("考核（元）", 14),
)
Cells = Sequence[str | float | None]


def render_settlement(
    settlement: SettlementRow, lines: Sequence[SettlementLineRow], items: Sequence[SettlementItemRow]
) -> bytes:
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        title = f"{settlement.year}年有序用电结算（第{settlement.edition}版）"
        book.set_properties({"title": title, "created": _MADE})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True}),
            "share": book.add_format({"num_format": "0.0%"}),
            "number": book.add_format({"num_format": "#,##0.##"}),
        }
        names = {line.id: line for line in lines}
        _sheet(book, "企业结算", _LINES, [_line(line) for line in lines], {6}, formats)
        _sheet(book, "指令明细", _ITEMS, [_item(item, names[item.line_id]) for item in items], {8}, formats)
    return target.getvalue()


def _line(line: SettlementLineRow) -> Cells:
    return (
        line.credit_code,
        line.enterprise_name,
        line.times,
        line.hours,
        line.ordered_kwh,
        line.energy_kwh,
        line.rate,
        line.shortfall_kwh,
        line.met,
        line.not_met,
        line.cannot_tell,
        line.compensation_yuan,
        line.penalty_yuan,
        line.open_amounts,
    )


def _item(item: SettlementItemRow, line: SettlementLineRow) -> Cells:
    return (
        line.credit_code,
        line.enterprise_name,
        item.activation_code,
        item.day.isoformat(),
        item.hours,
        item.ordered_kwh,
        item.energy_kwh,
        item.shortfall_kwh,
        item.covered,
        _VERDICTS[Verdict(item.verdict)],
        item.edition,
        item.compensation_yuan,
        item.penalty_yuan,
    )


def _sheet(
    book: Any,
    name: str,
    columns: Sequence[tuple[str, int]],
    rows: Sequence[Cells],
    shares: set[int],
    formats: dict[str, Any],
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 2)
    for column, (heading, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, formats["head"])
    for number, cells in enumerate(rows, 1):
        for column, value in enumerate(cells):
            # What is not known stays an empty cell: no number, and no sum may count it.
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write_number(number, column, value, formats["share" if column in shares else "number"])
