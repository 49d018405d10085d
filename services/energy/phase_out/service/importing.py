"""Listing cases with their inventory by a table, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from libs.common.context import Context
from libs.common.registry.queries import enterprise_by_credit_code
from libs.common.security.scope import reaches_region
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError
from services.energy import dated
from services.energy.phase_out import standard_repository
from services.energy.phase_out.domain.case import Category
from services.energy.phase_out.service.cases import CaseFacts, list_case
from services.energy.phase_out.service.plans import ItemFacts
from services.energy.phase_out.tables import PhaseOutStandardRow
from services.energy.sheet_table import CellFault, TableRow, read_table, refuse

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "credit_code": ("统一社会信用代码", "信用代码", "企业代码"),
    "standard_code": ("目录编码", "标准编码", "淘汰目录编码"),
    "title": ("淘汰事项", "事项", "项目名称"),
    "number": ("案号", "编号"),
    "listed_on": ("列入日期", "列入时间"),
    "deadline_on": ("限期", "完成期限", "淘汰期限"),
    "required": ("要求规模", "要求值"),
    "measured": ("现有规模", "实测值", "现状值"),
    "measured_on": ("测定日期", "实测日期"),
    "item": ("设备名称", "工艺名称", "产品名称", "名称"),
    "category": ("类别",),
    "model": ("型号", "规格型号"),
    "serial_no": ("出厂编号",),
    "maker": ("制造厂", "生产厂家", "厂家"),
    "made_on": ("出厂日期", "制造日期"),
    "quantity": ("数量", "台数"),
    "rated": ("额定值", "额定能力", "设计能力"),
    "rated_unit": ("额定单位", "单位"),
    "source": ("来源", "资料来源"),
    "note": ("备注",),
}
_NEEDED: Final = ("credit_code", "standard_code", "title")
_CATEGORIES: Final = {"产品": "product", "工艺": "process", "设备": "equipment", "规模": "scale"}


@dataclass(slots=True)
class Imported:
    """What became of a table: cases that are new, pieces of their inventory."""

    cases: int = 0
    items: int = 0
    numbers: list[str] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


async def import_cases(ctx: Context, body: bytes, today: date, *, dry_run: bool) -> Imported:
    """Rows of one enterprise, standard and title are one case, each row with an item is a piece of its inventory.

    Raises TableUnreadable, TableRefused naming each fault by row and column.
    """
    rows = read_table(body, COLUMNS, _NEEDED)
    found = Imported()
    groups: dict[tuple[str, ...], list[TableRow]] = {}
    for row in rows:
        key = tuple(row.text(name, required=True) or "" for name in _NEEDED)
        if all(key):
            groups.setdefault(key, []).append(row)
    async with on_trial(ctx.session, dry_run=dry_run):
        for own in groups.values():
            await _try(ctx, own, today, found)
        found.faults = [fault for row in rows for fault in row.faults]
        if not dry_run:
            refuse(found.faults)
    return found


async def _try(ctx: Context, rows: Sequence[TableRow], today: date, found: Imported) -> None:
    try:
        async with ctx.session.begin_nested():
            await _take(ctx, rows, today, found)
    except DomainError as error:
        rows[0].fault(str(error.params.get("name", "credit_code")), error.code, **error.params)


async def _take(ctx: Context, rows: Sequence[TableRow], today: date, found: Imported) -> None:
    first = rows[0]
    listed_on = first.date_of("listed_on") or today
    deadline_on, required = first.date_of("deadline_on"), first.number_of("required")
    measured, measured_on = first.number_of("measured"), first.date_of("measured_on")
    items = [item for row in rows if (item := _item(row)) is not None]
    credit_code = first.texts["credit_code"].upper()
    enterprise = await enterprise_by_credit_code(ctx.session, credit_code)
    # Of a neighbour's it is not told that there is one.
    if enterprise is None or not reaches_region(ctx.principal, enterprise.region_code):
        first.fault("credit_code", "table.enterprise_unknown", value=credit_code[:40])
        return
    standard = await _standard(ctx, first.texts["standard_code"], enterprise.region_code, listed_on)
    if standard is None:
        first.fault("standard_code", "table.standard_unknown", value=first.texts["standard_code"][:40])
    if standard is None or any(row.faults for row in rows):
        return
    facts = CaseFacts(
        title=first.texts["title"],
        standard_id=standard.id,
        listed_on=listed_on,
        source=first.text("source") or "table",
        number=first.text("number"),
        deadline_on=deadline_on,
        required=required,
        measured=measured,
        measured_on=measured_on or (listed_on if measured is not None else None),
        note=first.text("note") or "",
    )
    case = await list_case(ctx, enterprise, replace(facts, items=tuple(items)))
    found.cases += 1
    found.items += len(items)
    found.numbers.append(case.number)


def _item(row: TableRow) -> ItemFacts | None:
    name = row.text("item")
    text = row.text("category")
    category = Category.EQUIPMENT
    if text is not None:
        try:
            category = Category(_CATEGORIES.get(text, text.lower()))
        except ValueError:
            row.fault("category", "table.cell_unfit", value=text[:40])
    quantity = row.number_of("quantity")
    rated, made_on = row.number_of("rated"), row.date_of("made_on")
    if quantity is not None and quantity <= 0:
        row.fault("quantity", "table.cell_unfit", value=str(quantity))
    if name is None:
        return None
    return ItemFacts(
        category=category,
        name=name,
        source=row.text("source") or "table",
        model=row.text("model"),
        serial_no=row.text("serial_no"),
        maker=row.text("maker"),
        made_on=made_on,
        quantity=1.0 if quantity is None else quantity,
        rated=rated,
        rated_unit=row.text("rated_unit"),
    )


async def _standard(ctx: Context, code: str, region_code: str, day: date) -> PhaseOutStandardRow | None:
    return dated.in_force(await standard_repository.standards_of_code(ctx.session, code), region_code, day)
