"""What the demo county's works and plants do with energy: efficiency, generation, phase-out.

Fact of the texts: the 80 GWh a year of small hydro. All else is made up and labelled so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.facts import DEMO_DAY, HISTORY_FROM, HYDRO_KWH_A_YEAR
from deploy.demo.dataset.power import (
    CEMENT_WORKS,
    CITY_STATION,
    FIRST_FURNACE,
    HILL_STATION,
    SECOND_FURNACE,
    SINCE,
    THIRD_FURNACE,
    Rows,
    meters_of,
)
from deploy.demo.dataset.records import LABEL, Enterprise, Meter
from deploy.demo.dataset.registry import COUNTY

_STATIONS: Final = tuple(one for one in enterprises.ALL if one.sector_code == enterprises.HYDROPOWER)
(_WIND_FARM,) = (one for one in enterprises.ALL if one.sector_code == enterprises.WIND_POWER)

# Efficiency: benchmarks are the demo's own and those of no standard.
_NO_STANDARD: Final = "演示值，不是国家标准限额"
PRODUCTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "demo-simn": {"name": f"硅锰合金{LABEL}", "unit": "t", "sector_code": "C3140"},
    "demo-cement": {"name": f"水泥{LABEL}", "unit": "t", "sector_code": "C3011"},
}
BENCHMARKS: Final[Sequence[Mapping[str, Any]]] = tuple(
    {
        "sector_code": sector,
        "basis": "product",
        "product_code": product,
        "limit_value": limit,
        "entry_value": entry,
        "advanced_value": advanced,
        "source": _NO_STANDARD,
        "region_code": COUNTY,
        "valid_from": f"{DEMO_DAY.year}-01-01",
    }
    for sector, product, limit, entry, advanced in (
        ("C3140", "demo-simn", 1.0, 0.95, 0.86),
        ("C3011", "demo-cement", 0.12, 0.105, 0.09),
    )
)
# Tonnes a MWh, and coke or coal of a tonne: the second furnace works is the worst.
_WORKS: Final = (
    (FIRST_FURNACE, "硅锰合金", 0.235, 0.36),
    (SECOND_FURNACE, "硅锰合金", 0.212, 0.47),
    (THIRD_FURNACE, "硅锰合金", 0.240, 0.35),
    (CEMENT_WORKS[0], "水泥", 12.0, 0.115),
    (CEMENT_WORKS[1], "水泥", 11.2, 0.125),
)
MONTHS: Final = tuple(date(DEMO_DAY.year, month, 1) for month in range(1, DEMO_DAY.month))
# What the enterprise of the demo's login reports itself.
OWN_MONTH: Final = MONTHS[-1]


def energy_months() -> Rows:
    """Coke, coal, electricity and output of five works, a row a month; the first works reports its last itself."""
    head = (
        "统一社会信用代码",
        "月份",
        "焦炭(吨)",
        "原煤(吨)",
        "电力(万千瓦时)",
        *(f"{name}(t)" for name in _names()),
    )
    rows: list[Sequence[object]] = [head]
    for enterprise, product, tonnes_a_mwh, fuel in _WORKS:
        for month in MONTHS:
            if enterprise is FIRST_FURNACE and month == OWN_MONTH:
                continue
            mwh, tonnes = _month(enterprise, month, tonnes_a_mwh)
            coke, coal = (round(tonnes * fuel), "") if product == "硅锰合金" else ("", round(tonnes * fuel))
            made = (tonnes if product in name else "" for name in _names())
            rows.append((enterprise.credit_code, f"{month:%Y-%m}", coke, coal, mwh / 10, *made))
    return rows


def own_month() -> dict[str, Any]:
    """The last month of the first furnace works, as it reports it."""
    _, _, tonnes_a_mwh, fuel = _WORKS[0]
    mwh, tonnes = _month(FIRST_FURNACE, OWN_MONTH, tonnes_a_mwh)
    return {
        "uses": [
            {"carrier": "coke", "quantity": round(tonnes * fuel), "unit": "t"},
            {"carrier": "electricity", "quantity": mwh / 10, "unit": "万kWh"},
        ],
        "outputs": [{"product": "demo-simn", "quantity": tonnes}],
        "reason": "企业自报（演示）",
    }


def _names() -> tuple[str, ...]:
    return tuple(str(facts["name"]) for facts in PRODUCTS.values())


def _month(enterprise: Enterprise, month: date, tonnes_a_mwh: float) -> tuple[int, int]:
    """MWh at four fifths of the rated power, and tonnes; a little better every month."""
    days = ((month + timedelta(31)).replace(day=1) - month).days
    mwh = round(sum(kw for _, _, kw in enterprise.loads) * 0.8 * 24 * days / 1000)
    return mwh, round(mwh * tonnes_a_mwh * (1 + 0.004 * month.month))


# Plants: four small hydro stations and the wind farm in trial operation.
@dataclass(frozen=True, slots=True)
class Plant:
    code: str
    enterprise: Enterprise
    kind: str
    node: str

    @property
    def meters(self) -> tuple[Meter, ...]:
        return meters_of(self.enterprise)


PLANTS: Final = (
    *(Plant(f"XSD-{n}", one, "小水电", HILL_STATION) for n, one in enumerate(_STATIONS, start=1)),
    Plant("FD-JGS", _WIND_FARM, "风电", CITY_STATION),
)


def plants() -> Rows:
    """A row a unit; each has its meter."""
    head = (
        "电站编码", "电站名称", "类型", "区划代码", "投产日期", "统一社会信用代码",
        "机组编号", "机组名称", "单机容量(kW)",
    )  # fmt: skip
    return (
        head,
        *(
            (
                plant.code,
                plant.enterprise.name,
                plant.kind,
                plant.enterprise.region_code,
                HISTORY_FROM if plant.kind == "风电" else SINCE,
                plant.enterprise.credit_code,
                f"G{number}",
                meter.name.removesuffix(LABEL).rpartition(" ")[2],
                meter.rated_kw,
            )
            for plant in PLANTS
            for number, meter in enumerate(plant.meters, start=1)
        ),
    )


HYDRO_TARGET: Final[Mapping[str, Any]] = {
    "region_code": COUNTY,
    "kind": "hydro",
    "year": DEMO_DAY.year,
    "energy_kwh": HYDRO_KWH_A_YEAR,
    "basis": "linear",
    "reason": "通山县材料：小水电年发电 8000 万千瓦时",
}

# Phase-out: the standard is a row of the national catalogue in short, the case is made up.
STANDARD: Final[Mapping[str, Any]] = {
    "code": "DEMO-KRL-6300",
    "name": f"6300千伏安以下矿热炉{LABEL}",
    "category": "equipment",
    "description": "6300千伏安以下铁合金矿热电炉（演示条目，执行口径以现行目录为准）",
    "comparator": "at_least",
    "threshold": 6300,
    "measure": "变压器容量",
    "unit": "kVA",
    "basis": "产业结构调整指导目录 淘汰类（演示）",
    "deadline_on": f"{DEMO_DAY.year}-12-31",
    "valid_from": "2024-02-01",
}
SECOND_STANDARD: Final[Mapping[str, Any]] = {
    **STANDARD,
    "code": "DEMO-SMJ-3M",
    "name": f"直径3米以下水泥粉磨设备{LABEL}",
    "description": "直径3米以下水泥粉磨设备（演示条目，执行口径以现行目录为准）",
    "threshold": 3,
    "measure": "磨机直径",
    "unit": "m",
}
CASE: Final[Mapping[str, Any]] = {
    "credit_code": SECOND_FURNACE.credit_code,
    "title": f"3200千伏安矿热炉1台{LABEL}",
    "listed_on": f"{DEMO_DAY.year}-03-01",
    "source": "县经信局排查（演示）",
    "measured": 3200,
    "measured_on": f"{DEMO_DAY.year}-02-20",
}
