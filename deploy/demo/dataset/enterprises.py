"""Sixty enterprises and their four hundred meters.

From the texts: 38 owners in the stone park, six ore furnaces in the metallurgy park, small hydro of 80 GWh a year,
the wind farm on 九宫山, and the works and the cluster of 新村镇. Names other than those, all credit codes, meters
and powers are made up.
"""

from __future__ import annotations

from deploy.demo.dataset import registry
from deploy.demo.dataset.credit_codes import demo_credit_code
from deploy.demo.dataset.records import LABEL, Enterprise, Meter
from deploy.demo.synth.generator import Load, LoadKind

STONE_OWNERS = 38
ENTERPRISES = 60
METERS = 400

_K = LoadKind
Loads = tuple[tuple[LoadKind, str, float], ...]

# GB/T 4754-2017.
FERROALLOY, CEMENT, STONE_CUTTING, CARTON = "3140", "3011", "3032", "2231"
PHARMA, TRADITIONAL_MEDICINE = "2720", "2740"
CHEMICAL_FIBRE, NOODLES, TEA, VEGETABLES, SOY, PETROLEUM = "2822", "1431", "1530", "1371", "1392", "2511"
HYDROPOWER, WIND_POWER = "4413", "4415"

_STONE_FIRST = "永恒鑫顺宏泰富华金龙"
_STONE_SECOND = "兴盛达磊源隆"

# Contracted capacity over full operation: room for the furnace's transformer, little for steady plants.
_HEADROOM = {_K.FURNACE: 2.2, _K.HYDRO: 1.1, _K.WIND: 1.1}
_USUAL_HEADROOM = 1.6


def _furnace_works(first: int) -> Loads:
    return (
        (_K.FURNACE, f"{first}号矿热炉", 4900.0),
        (_K.FURNACE, f"{first + 1}号矿热炉", 4600.0),
        *((_K.AUXILIARY, f"除尘风机{n}", 260.0 + 40 * n) for n in range(1, 5)),
        *((_K.AUXILIARY, f"循环水泵{n}", 120.0 + 15 * n) for n in range(1, 4)),
        (_K.AUXILIARY, "配料上料", 90.0),
        (_K.AUXILIARY, "出铁行车", 75.0),
        (_K.OFFICE, "办公生活区", 48.0),
    )


def _stone_works(number: int) -> Loads:
    size = 1.0 + (number * 7 % 11) / 10
    return (
        (_K.STONE, "大切组锯", round(150 * size, 1)),
        (_K.STONE, "磨光线", round(110 * size, 1)),
        (_K.STONE, "红外桥切", round(62 * size, 1)),
        (_K.STONE, "空压与吊装", round(45 * size, 1)),
    )


def _cement_works() -> Loads:
    mills: Loads = tuple((_K.KILN, name, kw) for name, kw in (
        ("生料磨", 980.0), ("煤磨", 260.0), ("窑系统", 760.0), ("水泥磨1", 1250.0), ("水泥磨2", 1180.0),
        ("破碎", 310.0), ("包装散装", 140.0),
    ))  # fmt: skip
    fans: Loads = tuple((_K.AUXILIARY, f"风机{n}", 150.0 + 60 * n) for n in range(1, 6))
    return (*mills, *fans, (_K.OFFICE, "办公楼", 60.0), (_K.OFFICE, "化验室", 32.0))


def _many(kind: LoadKind, name: str, count: int, base_kw: float, step_kw: float) -> Loads:
    return tuple((kind, f"{name}{n}", base_kw + step_kw * n) for n in range(1, count + 1))


def _pharma_works() -> Loads:
    return (
        *_many(_K.PHARMA, "制剂车间", 6, 150, 32),
        *_many(_K.PHARMA, "洁净空调", 4, 190, 25),
        *_many(_K.AUXILIARY, "纯水与空压", 2, 80, 20),
        (_K.OFFICE, "质检中心", 70.0),
        (_K.OFFICE, "办公楼", 55.0),
    )


def _food_works() -> Loads:
    return (
        *_many(_K.FOOD, "加工线", 6, 70, 14),
        *_many(_K.FOOD, "冷库", 3, 95, 18),
        (_K.OFFICE, "办公生活区", 30.0),
    )


def _hydro_station() -> Loads:
    # Six sets; all four stations together make the 80 GWh a year of the text (kept by a test).
    return _many(_K.HYDRO, "机组", 6, 568, 131)


def _enterprise(number: int, name: str, region: str, sector: str, loads: Loads) -> Enterprise:
    total_kw = sum(kw for _, _, kw in loads)
    return Enterprise(
        credit_code=demo_credit_code(region, number),
        name=name + LABEL,
        region_code=region,
        sector_code=sector,
        # A choice: from about a megawatt on, an enterprise is on the list of key energy users.
        key_energy_user=total_kw >= 1000 and sector not in (HYDROPOWER, WIND_POWER),
        loads=loads,
    )


def _all() -> tuple[Enterprise, ...]:
    x, towns = registry.XINCUN, registry.TOWNS
    listed: list[tuple[str, str, str, Loads]] = [
        ("通山冶金工业园一号矿热炉厂", registry.METALLURGY_TOWN, FERROALLOY, _furnace_works(1)),
        ("通山冶金工业园二号矿热炉厂", registry.METALLURGY_TOWN, FERROALLOY, _furnace_works(3)),
        ("通山冶金工业园三号矿热炉厂", registry.METALLURGY_TOWN, FERROALLOY, _furnace_works(5)),
    ]
    for n in range(STONE_OWNERS):
        name = _STONE_FIRST[n % 10] + _STONE_SECOND[n // 10 + n % 2]
        listed.append((f"通山{name}石材厂", registry.STONE_TOWN, STONE_CUTTING, _stone_works(n)))
    for n, river in enumerate(("厦铺河", "横石潭", "燕厦河", "大畈")):
        town = (towns[3], towns[3], towns[10], towns[7])[n]
        listed.append((f"{river}小水电站", town.code, HYDROPOWER, _hydro_station()))
    listed += [
        ("九宫山风力电场一期", registry.WIND_TOWN, WIND_POWER, _many(_K.WIND, "风机", 16, 850, 0)),
        ("通山县城关水泥厂", towns[0].code, CEMENT, _cement_works()),
        ("黄沙水泥粉磨站", towns[2].code, CEMENT, _cement_works()),
        ("杨芳林茶叶加工厂", towns[9].code, TEA, _food_works()),
        ("大路竹笋食品厂", towns[8].code, VEGETABLES, _food_works()),
        ("洪港豆制品厂", towns[6].code, SOY, _food_works()),
        ("慈口枇杷食品厂", towns[11].code, VEGETABLES, _food_works()),
        ("恒远包装", x, CARTON, (*_many(_K.PACKAGING, "纸箱线", 11, 60, 12), (_K.OFFICE, "办公楼", 36.0))),
        ("众康医药", x, PHARMA, _pharma_works()),
        ("羚锐制药", x, TRADITIONAL_MEDICINE, _pharma_works()),
        ("卓峰制药", x, PHARMA, _pharma_works()),
        ("灵佑制药", x, PHARMA, _pharma_works()),
        ("新村化纤厂", x, CHEMICAL_FIBRE, (
            *_many(_K.FIBRE, "纺丝线", 12, 320, 40), *_many(_K.AUXILIARY, "空压制冷", 4, 180, 20),
        )),
        ("新村空心面厂", x, NOODLES, _food_works()),
        ("科氏沥青", x, PETROLEUM, (
            *_many(_K.AUXILIARY, "导热油炉与泵", 8, 60, 12), *_many(_K.OFFICE, "罐区办公", 2, 25, 5),
        )),
    ]  # fmt: skip
    return tuple(_enterprise(n, *facts) for n, facts in enumerate(listed, start=1))


ALL: tuple[Enterprise, ...] = _all()


def _city_works() -> tuple[Enterprise, ...]:
    """What the city's figures leave for works outside of county and town: they report, and have no meters here."""
    listed = (
        ("市区汽车零部件厂", "3670"),
        ("市区纺织厂", "1711"),
        ("市区机电厂", "3812"),
        ("市区饮料厂", "1523"),
        ("市区化工厂", "2614"),
        ("市区电子厂", "3982"),
        ("市区医药厂", PHARMA),
        ("市区家居厂", "2110"),
    )
    return tuple(
        _enterprise(number, name, registry.CITY, sector, ())
        for number, (name, sector) in enumerate(listed, start=ENTERPRISES + 1)
    )


CITY_WORKS: tuple[Enterprise, ...] = _city_works()
# Who reports to the economy.
REPORTING: tuple[Enterprise, ...] = (*ALL, *CITY_WORKS)


def _meters() -> tuple[Meter, ...]:
    meters: list[Meter] = []
    for enterprise in ALL:
        for kind, feeds, rated_kw in enterprise.loads:
            headroom = _HEADROOM.get(kind, _USUAL_HEADROOM)
            meters.append(
                Meter(
                    meter_no=f"DM{enterprise.region_code[:6]}{len(meters) + 1:06d}",
                    name=f"{enterprise.name.removesuffix(LABEL)} {feeds}{LABEL}",
                    credit_code=enterprise.credit_code,
                    region_code=enterprise.region_code,
                    kind=kind,
                    rated_kw=rated_kw,
                    capacity_kw=round(rated_kw * headroom, 0),
                )
            )
    return tuple(meters)


ALL_METERS: tuple[Meter, ...] = _meters()


def loads() -> list[Load]:
    """The meters as the curve generator sees them, in their order."""
    return [Load(meter.kind, meter.rated_kw) for meter in ALL_METERS]
