"""The texts' goals as targets, two targets of the year before, and who signed for what.

Goals are never actuals: what is known of them comes out of the enterprises' reports and the ledger. The amounts of
the city's targets of 2025 are made up; that they were met by the end of November is the text's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from deploy.demo.dataset import facts
from deploy.demo.dataset.economy import before
from deploy.demo.dataset.records import LABEL
from deploy.demo.dataset.registry import CITY, COUNTY, FICTIONAL_COUNTY, XINCUN

CITY_SOURCE: Final = f"市文本：年度目标11月底提前完成；目标数额为演示{LABEL}"
LAST_YEAR, THIS_YEAR = 2025, 2026
CITY_OUTPUT_TARGET_YUAN: Final = 57 * facts.YI
CITY_VALUE_ADDED_TARGET_YUAN: Final = 182 * facts.YI // 10
# More than came in: the miss of the settled year.
COUNTY_TAX_TARGET_YUAN: Final = 4300 * facts.WAN
MISSED: Final = "TS-2025-SS"
EXPLANATION: Final = f"下半年两家水泥企业错峰停产，入库税款顺延{LABEL}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target; ``answers`` is (unit, person) by their codes and keys, a person None where the unit answers."""

    code: str
    indicator: str
    region: str
    amount: int
    answers: tuple[str, str | None]
    source: str
    first_year: int = THIS_YEAR
    last_year: int = THIS_YEAR
    more: tuple[tuple[str, Any], ...] = ()

    def body(self, units: dict[str, str], persons: dict[str, str]) -> dict[str, Any]:
        unit, person = self.answers
        return {
            "code": self.code,
            "indicator_code": self.indicator,
            "region_code": self.region,
            "first_year": self.first_year,
            "last_year": self.last_year,
            "amount": str(self.amount),
            "responsible_unit_id": units[unit],
            "responsible_person_id": None if person is None else persons[person],
            "source": self.source,
            **dict(self.more),
        }


_CITY = (f"{CITY}-GJ", None)
_COUNTY = (f"{COUNTY}-GJ", f"leader-{COUNTY}")
_TOWN = (f"{XINCUN}-GB", f"leader-{XINCUN}")
_FINAL_YEAR = ("counting", "final_year")
_BASE_VALUE_ADDED = before(facts.XINCUN_VALUE_ADDED_GOAL_YUAN, facts.XINCUN_VALUE_ADDED_GROWTH)


def _last_year(code: str, indicator: str, region: str, amount: int, answers: Any, source: str) -> Goal:
    return Goal(code, indicator, region, amount, answers, source, LAST_YEAR, LAST_YEAR)


def _town(code: str, indicator: str, amount: int) -> Goal:
    return Goal(f"XC-2026-{code}", indicator, XINCUN, amount, _TOWN, facts.SOURCE_TOWN)


def _three_years(
    code: str, region: str, answers: Any, indicator: str, amount: int, base: int | None, **more: Any
) -> Goal:
    counted = () if base is None else (_FINAL_YEAR, ("base_amount", str(base)))
    source = facts.SOURCE_TOWN if region == XINCUN else facts.SOURCE_COUNTY
    return Goal(code, indicator, region, amount, answers, source, 2026, 2028, (*counted, *more.items()))


GOALS: Final = (
    _last_year("CITY-2025-CZ", "output_value", CITY, CITY_OUTPUT_TARGET_YUAN, _CITY, CITY_SOURCE),
    _last_year("CITY-2025-ZJZ", "value_added", CITY, CITY_VALUE_ADDED_TARGET_YUAN, _CITY, CITY_SOURCE),
    _last_year(MISSED, "tax", COUNTY, COUNTY_TAX_TARGET_YUAN, _COUNTY, facts.SYNTHETIC),
    Goal("CITY-2026-GS", "above_scale_new", CITY, facts.CITY_NEW_ABOVE_SCALE, _CITY, "市文本"),
    Goal("CITY-2026-RY", "into_parks", CITY, facts.CITY_INTO_PARKS, _CITY, "市文本"),
    _town("ZJZ", "value_added", facts.XINCUN_VALUE_ADDED_GOAL_YUAN),
    _town("ZJZ-ZF", "value_added_growth", int(facts.XINCUN_VALUE_ADDED_GROWTH)),
    _town("XS", "sales", facts.XINCUN_SALES_GOAL_YUAN),
    _town("XS-ZF", "sales_growth", int(facts.XINCUN_SALES_GROWTH)),
    _town("TZ", "project_investment", facts.XINCUN_GOAL_YUAN),
    _three_years(
        "XC-2028-ZJZ", XINCUN, _TOWN, "value_added", facts.XINCUN_THREE_YEARS_VALUE_ADDED_YUAN, _BASE_VALUE_ADDED
    ),
    _three_years("XC-2028-TZ", XINCUN, _TOWN, "project_investment", facts.XINCUN_THREE_YEARS_INVESTED_YUAN, None),
    _three_years(
        *("TS-2028-YJ", COUNTY, _COUNTY, "output_value", facts.METALLURGY_TO_YUAN, facts.METALLURGY_FROM_YUAN),
        scope_type="industry",
        sectors=["31"],
        name=f"冶金辅料三年产值{LABEL}",
    ),
    _three_years(
        *("TS-2028-JC", COUNTY, _COUNTY, "output_value", facts.MATERIALS_TO_YUAN, facts.MATERIALS_FROM_YUAN),
        scope_type="industry",
        sectors=["30"],
        name=f"建材三年产值{LABEL}",
    ),
    Goal(
        "TS-2026-NC",
        "output_value",
        COUNTY,
        facts.FARM_PRODUCTS_YUAN,
        _COUNTY,
        facts.SOURCE_COUNTY,
        more=(("scope_type", "industry"), ("sectors", ["13", "14", "15"]), ("name", f"农产品加工产值{LABEL}")),
    ),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """Who binds whom for this year: units by code, persons by key."""

    region: str
    issuer: str
    issuer_person: str
    unit: str
    person: str


LETTERS: Final = (
    Letter(XINCUN, f"{FICTIONAL_COUNTY}-GJ", f"leader-{FICTIONAL_COUNTY}", *_TOWN),
    Letter(COUNTY, f"{COUNTY}-LD", f"leading-{COUNTY}", *_COUNTY),
)
