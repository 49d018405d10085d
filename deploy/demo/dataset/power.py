"""The demo county's grid, quotas and orderly use with one short morning. All of it is made up and labelled so.

Powers are kW unless said otherwise; tables as an office hands them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from deploy.demo.dataset import enterprises
from deploy.demo.dataset.facts import DEMO_DAY, HISTORY_FROM
from deploy.demo.dataset.records import LABEL, Enterprise, Meter
from deploy.demo.dataset.registry import COUNTY, METALLURGY_TOWN, STONE_TOWN
from deploy.demo.synth.generator import GENERATION
from deploy.demo.synth.noise import FloatArray

Rows = Sequence[Sequence[object]]

SINCE: Final = "2020-01-01"
_FURNACES: Final = tuple(one for one in enterprises.ALL if one.sector_code == enterprises.FERROALLOY)
CEMENT_WORKS: Final = tuple(one for one in enterprises.ALL if one.sector_code == enterprises.CEMENT)
_STONES: Final = tuple(one for one in enterprises.ALL if one.sector_code == enterprises.STONE_CUTTING)
FIRST_FURNACE, SECOND_FURNACE, THIRD_FURNACE = _FURNACES

# The grid: an area, three substations, and feeders by what they feed.
AREA: Final = COUNTY
CITY_STATION, FURNACE_STATION, HILL_STATION = "BDZ-CG", "BDZ-NLQ", "BDZ-XP"
FORECAST_NODES: Final = (AREA, CITY_STATION, FURNACE_STATION, HILL_STATION)
_NODE_HEAD: Final = (
    "编码", "类型", "名称", "区划代码", "上级编码", "电压等级(kV)", "额定容量(MVA)", "台数", "投运日期",
)  # fmt: skip
NODES: Final[Rows] = (
    _NODE_HEAD,
    (AREA, "供区", f"通山县供区{LABEL}", COUNTY, "", "", "", "", SINCE),
    (CITY_STATION, "变电站", f"城关110千伏变电站{LABEL}", STONE_TOWN, AREA, 110, 63, 2, SINCE),
    (FURNACE_STATION, "变电站", f"南林桥110千伏变电站{LABEL}", METALLURGY_TOWN, AREA, 110, 80, 2, SINCE),
    (HILL_STATION, "变电站", f"厦铺35千伏变电站{LABEL}", "421224103", AREA, 35, 20, 2, SINCE),
    *((f"XL-S{n}", "线路", f"石材园{n}线{LABEL}", STONE_TOWN, CITY_STATION, 10, "", "", SINCE) for n in (1, 2, 3)),
    ("XL-C1", "线路", f"城关水泥线{LABEL}", STONE_TOWN, CITY_STATION, 10, "", "", SINCE),
    *(
        (f"XL-F{n}", "线路", f"冶金园{n}线{LABEL}", METALLURGY_TOWN, FURNACE_STATION, 35, "", "", SINCE)
        for n in (1, 2, 3)
    ),
    ("XL-C2", "线路", f"黄沙水泥线{LABEL}", "421224102", HILL_STATION, 35, "", "", SINCE),
    ("XL-N1", "线路", f"农产品线{LABEL}", "421224103", HILL_STATION, 10, "", "", SINCE),
)
# MW all day: what the morning's furnaces draw fits, a furnace at twice its power does not.
_QUOTAS_MW: Final = ((CITY_STATION, 30.0), (FURNACE_STATION, 34.0), (HILL_STATION, 12.0))
QUOTA_DAYS: Final = 7


def _feeder(meter: Meter) -> str:
    if meter.credit_code in (one.credit_code for one in _FURNACES):
        return f"XL-F{[one.credit_code for one in _FURNACES].index(meter.credit_code) + 1}"
    if meter.credit_code in (one.credit_code for one in CEMENT_WORKS):
        return f"XL-C{[one.credit_code for one in CEMENT_WORKS].index(meter.credit_code) + 1}"
    stones = [one.credit_code for one in _STONES]
    return f"XL-S{stones.index(meter.credit_code) % 3 + 1}" if meter.credit_code in stones else "XL-N1"


def placements() -> Rows:
    """Every meter of the county that draws hangs on a feeder; those of 新村镇 lie in another county."""
    drawn = [one for one in enterprises.ALL_METERS if one.region_code.startswith(COUNTY)]
    return (
        ("计量点编号", "节点编码", "用途", "生效日期"),
        *((one.meter_no, _feeder(one), "负荷", HISTORY_FROM) for one in drawn if one.kind not in GENERATION),
    )


def quotas() -> Rows:
    """A row a substation and day, from the demo's first day on."""
    regions = {str(row[0]): row[3] for row in NODES[1:]}
    days = [DEMO_DAY + timedelta(n) for n in range(QUOTA_DAYS)]
    return (
        ("变电站", "区划代码", "日期", *(f"{hour}时" for hour in range(1, 25))),
        *((code, regions[code], day, *(mw,) * 24) for code, mw in _QUOTAS_MW for day in days),
    )


# Orderly use (有序用电). The county's highest load is some 66 MW.
PLAN: Final[Mapping[str, Any]] = {
    "region_code": COUNTY,
    "year": DEMO_DAY.year,
    "name": f"{DEMO_DAY.year}年通山县有序用电方案{LABEL}",
    "max_load_kw": 68_000,
}


@dataclass(frozen=True, slots=True)
class User:
    """What an enterprise may be asked for: by which measure, how much, from which level on."""

    enterprise: Enterprise
    tier: str
    measure: str
    load_kw: int
    notice_minutes: int


USERS: Final = (
    # Its case of phase-out makes it one that is restricted first.
    User(SECOND_FURNACE, "Ⅳ", "避峰", 6000, 30),
    *(User(one, "Ⅳ", "避峰", 2200, 30) for one in CEMENT_WORKS),
    User(FIRST_FURNACE, "Ⅲ", "避峰", 6000, 30),
    User(THIRD_FURNACE, "Ⅱ", "避峰", 5000, 60),
    *(User(one, "Ⅱ", "错峰", 200, 240) for one in _STONES[:10]),
)


def users() -> Rows:
    """Users with their load, what stays in any case (a tenth), their meters and what they offer."""
    head = ("credit_code", "category", "max_load_kw", "security_load_kw", "meter_nos", "note")
    offers = tuple(
        f"{measure}.{fact}" for measure in ("stagger", "avoid") for fact in ("load_kw", "notice_minutes")
    )
    rows: list[Sequence[object]] = [(*head, *offers)]
    for one in USERS:
        most = round(sum(kw for _, _, kw in one.enterprise.loads))
        offer = (one.load_kw, one.notice_minutes)
        both = (*offer, "", "") if one.measure == "错峰" else ("", "", *offer)
        numbers = " ".join(meter.meter_no for meter in meters_of(one.enterprise))
        rows.append((one.enterprise.credit_code, "ordinary", most, most // 10, numbers, "演示", *both))
    return rows


def plan_rows() -> Rows:
    head = ("统一社会信用代码", "企业名称", "等级", "措施", "压减指标(千瓦)")
    return (
        head,
        *((one.enterprise.credit_code, one.enterprise.name, one.tier, one.measure, one.load_kw) for one in USERS),
    )


def meters_of(enterprise: Enterprise) -> tuple[Meter, ...]:
    return tuple(one for one in enterprises.ALL_METERS if one.credit_code == enterprise.credit_code)


@dataclass(frozen=True, slots=True)
class Call:
    """What an enterprise was to give in the short half hour, and to which share it took its meters down."""

    enterprise: Enterprise
    ordered_kw: int
    taken_down: Mapping[str, float]


# Half an hour of the first morning, before the demo begins. The second works and the cement works gave what was
# ordered, the first works one half of it.
SHORT_FROM: Final = datetime.fromisoformat(f"{DEMO_DAY}T08:00:00+08:00")
SHORT_UNTIL: Final = datetime.fromisoformat(f"{DEMO_DAY}T08:30:00+08:00")
SHORT_REASON: Final = "南林桥变电站早高峰供电缺口（演示）"
CALLS: Final = (
    Call(SECOND_FURNACE, 4500, {"3号矿热炉": 0.4, "4号矿热炉": 0.4}),
    Call(FIRST_FURNACE, 3000, {"2号矿热炉": 0.3}),
    Call(CEMENT_WORKS[0], 1800, {"生料磨": 0.3, "水泥磨1": 0.3, "水泥磨2": 0.3}),
)


def drawing_less(usual_kw: FloatArray) -> FloatArray:
    """The first day of all meters, [meters, 96] kW, with what they drew less in the short half hour."""
    told = usual_kw.copy()
    first, end = ((at.hour * 60 + at.minute) // 15 for at in (SHORT_FROM, SHORT_UNTIL))
    for row, share in taken_down().items():
        told[row, first:end] = np.round(told[row, first:end] * share, 2)
    return told


def taken_down() -> dict[int, float]:
    """By row of the meter list: the share of its usual power it drew in the short half hour."""
    wanted = {
        (call.enterprise.credit_code, name): share for call in CALLS for name, share in call.taken_down.items()
    }
    found = {}
    for row, meter in enumerate(enterprises.ALL_METERS):
        feeds = meter.name.removesuffix(LABEL).rpartition(" ")[2]
        share = wanted.get((meter.credit_code, feeds))
        if share is not None:
            found[row] = share
    return found


def table(rows: Rows) -> str:
    """The rows as CSV; no cell of the demo holds a comma."""
    return "".join(",".join(_cells(row)) + "\n" for row in rows)


def _cells(row: Iterable[object]) -> Iterator[str]:
    for cell in row:
        yield str(cell)
