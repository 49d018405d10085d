"""What is given of a plant's resource: values laid over what stands, by REST and by table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np

from libs.common.context import Context
from libs.common.web.problems import FieldError
from services.energy.generation import day_repository, repository
from services.energy.generation.day_tables import PlantSeriesRow
from services.energy.generation.domain.plant import Floats, SeriesQuantity, to_slots
from services.energy.generation.errors import PlantNotFound, PlantSeriesInvalid
from services.energy.generation.service.computing import due_since
from services.energy.generation.tables import PlantRow
from services.energy.sheet_table import CellFault, TableRow, read_table, refuse

LENGTHS: Final = (24, 48, 96, 288)
_MAX_DAYS: Final = 400
_SLOT_COLUMNS: Final = 288
_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "plant": ("电站", "电站编码", "plant_code", "厂站"),
    "quantity": ("量", "量类", "类型", "数据项"),
    "date": ("日期", "day"),
    **{f"p{number}": () for number in range(1, _SLOT_COLUMNS + 1)},
}
_WORDS: Final = {
    "入库流量": "inflow_m3s",
    "来水流量": "inflow_m3s",
    "流量": "inflow_m3s",
    "水头": "head_m",
    "净水头": "head_m",
    "风速": "wind_mps",
    "空气密度": "air_density",
    "辐照度": "irradiance_wm2",
    "气温": "ambient_c",
    "环境温度": "ambient_c",
    "应发出力": "expected_kw",
    "应发功率": "expected_kw",
    "预计出力": "expected_kw",
}


@dataclass(frozen=True, slots=True, eq=False)
class SeriesDay:
    """Values of a day, NaN where nothing is said; 24, 48, 96 or 288."""

    quantity: SeriesQuantity
    day: date
    values: Floats


@dataclass(slots=True)
class Taken:
    """What became of days that were handed in."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    days: list[date] = field(default_factory=list)


async def put_series(ctx: Context, plant: PlantRow, days: Sequence[SeriesDay], source: str) -> Taken:
    """Lay days over what stands of a locked plant; a slot that says nothing leaves what is there.

    Raises PlantSeriesInvalid.
    """
    _check(days)
    taken = Taken()
    if not days:
        return taken
    first, last = min(one.day for one in days), max(one.day for one in days)
    standing = {
        (row.quantity, row.day): row
        for row in await day_repository.current_series(ctx.session, [plant.id], first, last)
    }
    added: list[PlantSeriesRow] = []
    for one in days:
        before = standing.get((one.quantity.value, one.day))
        values = to_slots(one.values)
        if before is not None:
            stood = np.array(before.slot_values, np.float64)
            values = np.where(np.isnan(values), stood, values)
            if np.array_equal(values, stood, equal_nan=True):
                taken.unchanged += 1
                continue
            before.replaced_at = ctx.now
            taken.changed += 1
        elif np.isnan(values).all():
            taken.unchanged += 1
            continue
        else:
            taken.created += 1
        taken.days.append(one.day)
        added.append(
            PlantSeriesRow(
                id=ctx.new_id(),
                plant_id=plant.id,
                quantity=one.quantity.value,
                day=one.day,
                slot_values=values.tolist(),
                source=source,
                revision=1 if before is None else before.revision + 1,
                recorded_at=ctx.now,
                recorded_by=ctx.principal.subject,
            )
        )
    # What is replaced must be so before its successor comes: one row of a day stands.
    await ctx.session.flush()
    ctx.session.add_all(added)
    await ctx.session.flush()
    if taken.days:
        await due_since(ctx, plant, min(taken.days), max(taken.days))
    return taken


def _check(days: Sequence[SeriesDay]) -> None:
    errors: list[FieldError] = []
    seen: set[tuple[SeriesQuantity, date]] = set()
    for place, one in enumerate(days):
        low, high = one.quantity.bounds
        with np.errstate(invalid="ignore"):
            beyond = one.values[(one.values < low) | (one.values > high)]
        if len(one.values) not in LENGTHS:
            params: dict[str, object] = {"count": len(one.values)}
            errors.append(FieldError("plant.series_length", f"/days/{place}/values", params))
        elif len(beyond):
            params = {"value": float(beyond[0]), "low": low, "high": high}
            errors.append(FieldError("plant.series_beyond", f"/days/{place}/values", params))
        if (one.quantity, one.day) in seen:
            errors.append(FieldError("plant.series_repeated", f"/days/{place}"))
        seen.add((one.quantity, one.day))
    if days and max(one.day for one in days) - min(one.day for one in days) > timedelta(days=_MAX_DAYS):
        errors.append(FieldError("plant.series_span", "/days", {"limit": _MAX_DAYS}))
    if errors:
        raise PlantSeriesInvalid(errors=errors)


async def import_series(ctx: Context, body: bytes, source: str) -> dict[str, Taken]:
    """Take a table with a row a plant, quantity and day, columns P1 to P96 (or 24, 48, 288); all of it or none.

    Raises TableUnreadable, TableRefused.
    """
    rows = read_table(body, _COLUMNS, ("plant", "quantity", "date", "p1"))
    faults: list[CellFault] = []
    by_plant: dict[str, list[tuple[TableRow, SeriesDay]]] = {}
    for row in rows:
        one = _series_day(row)
        code = row.text("plant", required=True)
        if not row.faults and one is not None and code is not None:
            by_plant.setdefault(code, []).append((row, one))
        faults += row.faults
    taken: dict[str, Taken] = {}
    for code, own in sorted(by_plant.items()):
        try:
            plant = await repository.get_plant(ctx.session, ctx.principal, code, lock=True)
            taken[code] = await put_series(ctx, plant, [one for _, one in own], source)
        except PlantNotFound as error:
            faults.append(CellFault(own[0][0].number, own[0][0].columns["plant"], error.code, dict(error.params)))
        except PlantSeriesInvalid as error:
            faults += [_fault(own, one) for one in error.errors]
    refuse(faults)
    return taken


def _fault(own: Sequence[tuple[TableRow, SeriesDay]], error: FieldError) -> CellFault:
    parts = error.pointer.split("/")
    row = own[int(parts[2])][0] if len(parts) > 2 else own[0][0]
    return CellFault(row.number, "", error.code, error.params)


def _series_day(row: TableRow) -> SeriesDay | None:
    text = row.text("quantity", required=True)
    day = row.date_of("date", required=True)
    quantity = None
    if text is not None:
        try:
            quantity = SeriesQuantity(_WORDS.get(text, text.lower()))
        except ValueError:
            row.fault("quantity", "table.cell_unfit", value=text[:40])
    count = max(int(name[1:]) for name in row.columns if name[0] == "p" and name[1:].isdigit())
    values = np.full(max(count, 1), np.nan)
    for number in range(1, count + 1):
        value = row.number_of(f"p{number}")
        if value is not None:
            values[number - 1] = value
    if quantity is None or day is None:
        return None
    return SeriesDay(quantity, day, values)
