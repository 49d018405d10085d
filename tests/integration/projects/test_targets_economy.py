"""Targets that are measured by the reports of enterprises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.projects.economy_office import COUNTY, OTHER_TOWN, enterprise, full, open_office, reported

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office


async def test_output_and_growth_are_pulled_from_reports_down_to_each_enterprise(office: Office) -> None:
    await open_office(office)
    for number, region_code in ((1, "421224101"), (2, OTHER_TOWN)):
        await enterprise(office, number, region_code)
    for month, first, second in (
        ("2025-01", 1000, 500),
        ("2025-02", 1000, 500),
        ("2026-01", 1200, 600),
        ("2026-02", 1300, 700),
    ):
        await reported(office, month, {1: full(first), 2: full(second)})
    usual = {"region_code": COUNTY, "first_year": 2026, "last_year": 2026}
    output = await office.done(
        "POST", "/v1/targets", usual | {"code": "CZ", "indicator_code": "output_value", "amount": "3700"}
    )
    growth = await office.done(
        "POST", "/v1/targets", usual | {"code": "ZF", "indicator_code": "output_value_growth", "amount": "20"}
    )
    town = await office.done(
        "POST",
        "/v1/targets",
        usual | {"code": "CZ-2", "indicator_code": "output_value", "amount": "20000", "region_code": OTHER_TOWN},
    )
    # 3,800 by February are more than the whole year's target.
    assert (output["verdict"], output["standing"]["reached_in"]) == ("exceeded", "2026-02-01")
    assert output["standing"]["so_far"]["actual"] == "3800"
    # 3,800 against 3,000: 26.67 percent, and growth is decided by the year.
    assert (growth["verdict"], growth["standing"]["latest"]["actual"]) == ("on_pace", "26.666667")
    assert town["standing"]["latest"]["actual"] == "1300"
    actuals = (await office.done("GET", f"/v1/targets/{output['id']}/actuals"))["items"]
    february = next(row for row in actuals if row["month"] == "2026-02-01")
    assert (february["value"], february["complete"], february["expected"]) == ("2000", 2, 2)
    facts = (await office.done("GET", f"/v1/target-actuals/{february['id']}/rows"))["items"]
    assert sorted(row["amount"] for row in facts) == ["1300", "700"]
    march = next(row for row in actuals if row["month"] == "2026-03-01")
    assert (march["value"], march["reason"], march["expected"]) == (None, "not_reported", 2)
