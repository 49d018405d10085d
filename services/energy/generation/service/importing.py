"""Registering plants with their units by a table, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from libs.common.context import Context
from libs.common.registry.queries import enterprise_by_credit_code
from libs.common.trial import on_trial
from libs.common.web.problems import DomainError
from services.energy.generation import repository
from services.energy.generation.domain.plant import PlantKind
from services.energy.generation.service.registry import PlantFacts, UnitFacts, add_unit, register_plant
from services.energy.generation.tables import PlantRow
from services.energy.sheet_table import CellFault, TableRow, read_table, refuse

_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "code": ("电站编码", "电站编号", "厂站编码", "plant"),
    "name": ("电站名称", "厂站名称", "名称"),
    "kind": ("类型", "电站类型", "能源类型"),
    "region_code": ("区划代码", "行政区划代码"),
    "commissioned_on": ("投产日期", "投运日期", "并网日期"),
    "credit_code": ("统一社会信用代码", "信用代码"),
    "river_or_site": ("河流", "所在河流", "场址"),
    "grid_voltage_kv": ("并网电压", "并网电压(kv)"),
    "unit_code": ("机组编号", "机组", "机组编码"),
    "unit_name": ("机组名称",),
    "capacity_kw": ("机组容量", "单机容量", "单机容量(kw)", "装机容量(kw)", "容量(kw)"),
    "maker": ("厂家", "制造厂", "制造商"),
    "model": ("型号", "机组型号"),
}
_WORDS: Final = {
    "水电": "hydro",
    "小水电": "hydro",
    "风电": "wind",
    "光伏": "solar",
    "太阳能": "solar",
    "火电": "thermal",
    "储能": "storage",
}


@dataclass(slots=True)
class Imported:
    """What became of a table: plants and units that are new, and those that were there."""

    plants: int = 0
    units: int = 0
    unchanged: int = 0
    faults: list[CellFault] = field(default_factory=list)


async def import_plants(ctx: Context, body: bytes, *, dry_run: bool) -> Imported:
    """A row a unit; rows of one code are one plant, and plants and units that are registered stay as they are.

    Raises TableUnreadable, TableRefused naming each fault by row and column.
    """
    rows = read_table(body, _COLUMNS, ("code", "unit_code", "capacity_kw"))
    found = Imported()
    async with on_trial(ctx.session, dry_run=dry_run):
        for row in rows:
            await _try(ctx, row, found)
        found.faults = [fault for row in rows for fault in row.faults]
        if not dry_run:
            refuse(found.faults)
    return found


async def _try(ctx: Context, row: TableRow, found: Imported) -> None:
    try:
        async with ctx.session.begin_nested():
            await _take(ctx, row, found)
    except DomainError as error:
        row.fault(_column(error), error.code, **error.params)


def _column(error: DomainError) -> str:
    if error.errors:
        return error.errors[0].pointer.removeprefix("/")
    return "region_code" if "region_code" in error.params else "code"


async def _take(ctx: Context, row: TableRow, found: Imported) -> None:
    code, unit_code = row.text("code", required=True), row.text("unit_code", required=True)
    capacity = row.number_of("capacity_kw", required=True)
    if row.faults or code is None or unit_code is None or capacity is None:
        return
    if capacity <= 0:
        row.fault("capacity_kw", "table.cell_unfit", value=str(capacity))
        return
    known = await repository.find_code(ctx.session, code)
    if known is None:
        plant = await _plant(ctx, row, code)
        if plant is None:
            return
        found.plants += 1
    else:
        plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
    units = await repository.units_of(ctx.session, plant)
    if any(unit.code == unit_code for unit in units):
        found.unchanged += 1
        return
    on = row.date_of("commissioned_on") or plant.commissioned_on
    unit = UnitFacts(
        unit_code,
        row.text("unit_name") or unit_code,
        capacity,
        on,
        maker=row.text("maker"),
        model=row.text("model"),
    )
    await add_unit(ctx, plant, unit)
    found.units += 1


async def _plant(ctx: Context, row: TableRow, code: str) -> PlantRow | None:
    name, kind_text = row.text("name", required=True), row.text("kind", required=True)
    region_code, on = row.text("region_code", required=True), row.date_of("commissioned_on", required=True)
    kind = None
    if kind_text is not None:
        try:
            kind = PlantKind(_WORDS.get(kind_text, kind_text.lower()))
        except ValueError:
            row.fault("kind", "table.cell_unfit", value=kind_text[:40])
    enterprise_id = None
    credit_code = row.text("credit_code")
    if credit_code is not None:
        enterprise = await enterprise_by_credit_code(ctx.session, credit_code.upper())
        if enterprise is None:
            row.fault("credit_code", "table.enterprise_unknown", value=credit_code[:40])
        else:
            enterprise_id = enterprise.enterprise_id
    voltage = row.number_of("grid_voltage_kv")
    if row.faults or name is None or kind is None or region_code is None or on is None:
        return None
    facts = PlantFacts(
        name=name,
        kind=kind,
        region_code=region_code,
        commissioned_on=on,
        enterprise_id=enterprise_id,
        river_or_site=row.text("river_or_site"),
        grid_voltage_kv=voltage,
    )
    return await register_plant(ctx, code, facts)
