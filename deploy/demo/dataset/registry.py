"""Regions, units, people and accounts: real divisions, made-up people.

通山县 and what lies above and in it are real codes. The source does not say where 新村镇 lies, so it stands in a
county that does not exist, under an unused code, and says so in its name.
"""

from __future__ import annotations

from deploy.demo.dataset.records import LABEL, Account, Person, Region, Unit

PROVINCE, CITY, COUNTY = "420000", "421200", "421224"
FICTIONAL_COUNTY, XINCUN = "421290", "421290100"
METALLURGY_TOWN, STONE_TOWN, WIND_TOWN = "421224101", "421224100", "421224104"

# Names of the logins that the ledger's facts are entered with.
COUNTY_OFFICER, SUPERVISOR, LEADER = "demo-county-officer", "demo-supervisor", "demo-leader"
ENTERING = (COUNTY_OFFICER, SUPERVISOR, LEADER)
# Reviews what the whole city reports.
CITY_LEADER = "demo-city-leader"
ENTERPRISE = "demo-enterprise"

TOWNS: tuple[Region, ...] = (
    Region("421224100", "通羊镇"),
    Region("421224101", "南林桥镇"),
    Region("421224102", "黄沙铺镇"),
    Region("421224103", "厦铺镇"),
    Region("421224104", "九宫山镇"),
    Region("421224105", "闯王镇"),
    Region("421224106", "洪港镇"),
    Region("421224107", "大畈镇"),
    Region("421224200", "大路乡"),
    Region("421224201", "杨芳林乡"),
    Region("421224202", "燕厦乡"),
    Region("421224203", "慈口乡"),
)
REGIONS: tuple[Region, ...] = (
    Region(PROVINCE, "湖北省"),
    Region(CITY, "咸宁市"),
    Region(COUNTY, "通山县"),
    *TOWNS,
    Region(FICTIONAL_COUNTY, "新村镇所在县（演示虚构，代码未启用）"),
    Region(XINCUN, "新村镇（演示归属）"),
)

_MAIL = "demo.invalid"
_SURNAMES = "陈王李张刘徐朱程方汪吴石舒乐孔郑袁焦"
# Two characters each.
_GIVEN_TEXT = "建国志明秀兰丽华文斌海涛春梅永强佳慧振华晓东国平玉珍立新少华云峰红霞正清"
_GIVEN = [_GIVEN_TEXT[n : n + 2] for n in range(0, len(_GIVEN_TEXT), 2)]


def _name(number: int) -> str:
    surname = _SURNAMES[number * 5 % len(_SURNAMES)]
    return f"{surname}{_GIVEN[number * 7 % len(_GIVEN)]}{LABEL}"


def _county_units(county: str, prefix: str) -> tuple[Unit, ...]:
    return (
        Unit(f"{county}-GJ", f"{prefix}工业经济办公室{LABEL}", county),
        Unit(f"{county}-DC", f"{prefix}工业经济督导组{LABEL}", county),
        Unit(f"{county}-LD", f"{prefix}工业经济领导小组{LABEL}", county),
    )


UNITS: tuple[Unit, ...] = (
    Unit(f"{CITY}-GJ", f"咸宁市工业经济办公室{LABEL}", CITY),
    *_county_units(COUNTY, "通山县"),
    *_county_units(FICTIONAL_COUNTY, "新村镇所在县"),
    *(Unit(f"{town.code}-GB", f"{town.name}工业办公室{LABEL}", town.code) for town in TOWNS),
    Unit(f"{XINCUN}-GB", f"新村镇工业办公室{LABEL}", XINCUN),
    # The administrations of the two parks.
    Unit("PARK-STONE", f"石材工业园管理办公室{LABEL}", STONE_TOWN),
    Unit("PARK-METALLURGY", f"冶金工业园管理办公室{LABEL}", METALLURGY_TOWN),
)


def officer_of(town_code: str) -> str:
    """Key of the officer who answers for a township, or for a county."""
    return f"officer-{town_code}"


def _people() -> tuple[Person, ...]:
    rungs = [
        (officer_of(COUNTY), f"{COUNTY}-GJ", COUNTY, "officer"),
        (f"leader-{COUNTY}", f"{COUNTY}-GJ", COUNTY, "leader"),
        (f"supervision-{COUNTY}", f"{COUNTY}-DC", COUNTY, "supervision_group"),
        (f"leading-{COUNTY}", f"{COUNTY}-LD", COUNTY, "leading_group"),
        (officer_of(FICTIONAL_COUNTY), f"{FICTIONAL_COUNTY}-GJ", FICTIONAL_COUNTY, "officer"),
        (f"leader-{FICTIONAL_COUNTY}", f"{FICTIONAL_COUNTY}-GJ", FICTIONAL_COUNTY, "leader"),
        (f"supervision-{FICTIONAL_COUNTY}", f"{FICTIONAL_COUNTY}-DC", FICTIONAL_COUNTY, "supervision_group"),
        (f"leading-{FICTIONAL_COUNTY}", f"{FICTIONAL_COUNTY}-LD", FICTIONAL_COUNTY, "leading_group"),
        *((officer_of(town.code), f"{town.code}-GB", town.code, "officer") for town in TOWNS),
        *((f"leader-{town.code}", f"{town.code}-GB", town.code, "leader") for town in TOWNS),
        (officer_of(XINCUN), f"{XINCUN}-GB", XINCUN, "officer"),
        (f"leader-{XINCUN}", f"{XINCUN}-GB", XINCUN, "leader"),
    ]
    return tuple(
        Person(key, _name(number), unit, region, post, f"{key}@{_MAIL}")
        for number, (key, unit, region, post) in enumerate(rungs)
    )


PEOPLE: tuple[Person, ...] = _people()


def accounts(example_credit_code: str) -> tuple[Account, ...]:
    """One login for each role besides the first administrator's, an officer of the county, a leader of the city.

    The enterprise one sees one enterprise.
    """
    return (
        Account("demo-auditor", "auditor", None),
        Account(SUPERVISOR, "supervisor", COUNTY, f"supervision-{COUNTY}"),
        Account(LEADER, "leader", COUNTY, f"leader-{COUNTY}"),
        Account(CITY_LEADER, "leader", CITY),
        Account("demo-officer", "officer", METALLURGY_TOWN, officer_of(METALLURGY_TOWN)),
        Account(COUNTY_OFFICER, "officer", COUNTY, officer_of(COUNTY)),
        Account(ENTERPRISE, "enterprise", METALLURGY_TOWN, None, example_credit_code),
        Account("demo-viewer", "viewer", COUNTY),
    )
