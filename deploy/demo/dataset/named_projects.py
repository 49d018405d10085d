"""The projects the source texts name. What a text does not say (dates, entries, shares) is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from deploy.demo.dataset.enterprises import HYDROPOWER, WIND_POWER
from deploy.demo.dataset.facts import SOURCE_COUNTY, SOURCE_TOWN, STONE_PARK_YUAN, WAN, WIND_FARM_YUAN
from deploy.demo.dataset.history import Outline
from deploy.demo.dataset.parks import METALLURGY, STONE
from deploy.demo.dataset.registry import COUNTY, METALLURGY_TOWN, STONE_TOWN, WIND_TOWN, XINCUN

_FIRST_ZHEJIANG = "浙江投资人甲（演示）"

# The six over 1000万元 of the 97 brought in, and the small one that began the referral chain: "one 浙江 investor
# introduced two more, who put over 1亿元 into small hydro".
BROUGHT_IN: tuple[Outline, ...] = (
    Outline(
        "九宫山风力电场一期", "new_build", WIND_TOWN, WIND_POWER, WIND_FARM_YUAN, SOURCE_COUNTY,
        "风电投资方（演示）", "resource",
        signed_on=date(2025, 9, 22), planned_start_on=date(2025, 12, 1), started_on=date(2025, 11, 28),
        planned_capacity_on=date(2027, 3, 31), invested_yuan=6800 * WAN, percent=52,
        last_sign_on=date(2026, 9, 9),
    ),
    Outline(
        "横石潭小水电（浙江投资人乙）", "new_build", "421224103", HYDROPOWER, 5600 * WAN, SOURCE_COUNTY,
        f"浙江投资人乙（演示），由{_FIRST_ZHEJIANG}引荐", "merchant",
        signed_on=date(2025, 9, 29), planned_start_on=date(2025, 11, 1), started_on=date(2025, 11, 5),
        planned_capacity_on=date(2026, 12, 20), invested_yuan=5300 * WAN, percent=88,
        last_sign_on=date(2026, 9, 8),
    ),
    Outline(
        "燕厦河小水电（浙江投资人丙）", "new_build", "421224202", HYDROPOWER, 5300 * WAN, SOURCE_COUNTY,
        f"浙江投资人丙（演示），由{_FIRST_ZHEJIANG}引荐", "merchant",
        signed_on=date(2025, 10, 13), planned_start_on=date(2025, 12, 1), started_on=date(2025, 12, 3),
        planned_capacity_on=date(2027, 1, 31), invested_yuan=5000 * WAN, percent=84,
        last_sign_on=date(2026, 9, 10),
    ),
    Outline(
        "武钢合资冶金辅料", "new_build", METALLURGY_TOWN, "3140", 4200 * WAN, SOURCE_COUNTY,
        "武钢合资方（演示）", "enterprise",
        signed_on=date(2026, 1, 12), planned_start_on=date(2026, 4, 1), started_on=date(2026, 4, 9),
        planned_capacity_on=date(2027, 6, 30), invested_yuan=1500 * WAN, percent=34,
        last_sign_on=date(2026, 9, 4), park_code=METALLURGY,
    ),
    Outline(
        "安坪旅游度假村", "tourism", "421224104", "6120", 3200 * WAN, SOURCE_COUNTY,
        "旅游投资方（演示）", "resource",
        signed_on=date(2026, 2, 26), planned_start_on=date(2026, 5, 10), started_on=date(2026, 5, 18),
        planned_capacity_on=date(2027, 9, 30), invested_yuan=900 * WAN, percent=27,
        last_sign_on=date(2026, 8, 19),
    ),
    Outline(
        "欧罗文实业", "new_build", STONE_TOWN, "1829", 1800 * WAN, SOURCE_COUNTY,
        "返乡企业家（演示）", "return_home",
        signed_on=date(2026, 3, 9), planned_start_on=date(2026, 6, 1), started_on=date(2026, 6, 2),
        planned_capacity_on=date(2027, 2, 28), invested_yuan=600 * WAN, percent=31,
        last_sign_on=date(2026, 9, 7),
    ),
    Outline(
        "厦铺河小水电增容（浙江投资人甲）", "technical_renovation", "421224103", HYDROPOWER, 920 * WAN,
        SOURCE_COUNTY, _FIRST_ZHEJIANG, "government",
        signed_on=date(2025, 9, 16), planned_start_on=date(2025, 10, 20), started_on=date(2025, 10, 18),
        planned_capacity_on=date(2026, 11, 30), invested_yuan=620 * WAN, percent=79,
        last_sign_on=date(2026, 9, 3),
    ),
)  # fmt: skip

STONE_PARK = Outline(
    "石材工业园", "infrastructure", STONE_TOWN, "4790", STONE_PARK_YUAN, SOURCE_COUNTY,
    "石材园业主38户（演示）", "industry",
    signed_on=date(2024, 3, 12), planned_start_on=date(2024, 5, 1), started_on=date(2024, 5, 8),
    planned_capacity_on=date(2025, 8, 30), completed_on=date(2025, 7, 18), opened_on=date(2025, 8, 8),
    invested_yuan=STONE_PARK_YUAN, percent=100, last_sign_on=date(2025, 7, 10), park_code=STONE,
)  # fmt: skip

CEMENT = Outline("百万吨旋窑水泥", "new_build", COUNTY, "3011", None, SOURCE_COUNTY, planned_on=date(2026, 3, 1))


def _goal(name: str, kind: str, sector: str, wan: int | None) -> Outline:
    yuan = None if wan is None else wan * WAN
    return Outline(name, kind, XINCUN, sector, yuan, SOURCE_TOWN, planned_on=date(2026, 1, 15))


def _grid(name: str, work: str, kv: int, form: str) -> Outline:
    facts = {"work": work, "voltage_kv": str(kv), "financing_form": form}
    return replace(_goal(name, "grid_works", "4420", None), grid=facts)


# The nine of >=1000万元 sum to the plan's 4.5亿元: four below 5000万, four below 1亿, one from 1亿 on. Single
# amounts are made up; none of these has a contract, progress or investment, since the plan states goals.
XINCUN_GOALS: tuple[Outline, ...] = (
    _goal("化纤厂", "new_build", "2822", 11_000),
    _goal("羚锐制药集群项目", "new_build", "2740", 6000),
    _goal("众康医药二期", "later_phase", "2720", 5600),
    _goal("恒远包装二期", "later_phase", "2231", 5200),
    _goal("科氏沥青集群项目", "new_build", "2511", 5000),
    _goal("卓峰制药集群项目", "new_build", "2720", 4200),
    _goal("灵佑制药集群项目", "new_build", "2720", 3700),
    _goal("农产品冷链（演示）", "new_build", "1371", 2500),
    _goal("空心面厂", "new_build", "1431", 1800),
    _goal("北城大道延伸", "infrastructure", "4813", None),
    _goal("中兴大道排水管网", "infrastructure", "4852", None),
    # Voltages as the names say, 10 kV in the town. The forms (先建后付, 合资, 合作) are the text's, one for each.
    _grid("右岸水都110千伏变电站", "substation", 110, "build_first_pay_later"),
    _grid("110/220千伏连线", "line", 220, "joint_venture"),
    _grid("新城区线路", "line", 10, "cooperation"),
)
