"""Targets that are measured by the reports of enterprises."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.energy import EnergyTargetJudgedV1, EnergyTargetPoint, EnergyTargetWithdrawnV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.targets.handlers import on_energy_target_judged, on_energy_target_withdrawn
from tests.integration.projects.economy_office import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    credit_code,
    enterprise,
    full,
    open_office,
    reported,
    stand,
)

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


async def test_park_built_together_counts_for_each_town_by_its_share_and_an_industry_where_it_stood(
    office: Office,
) -> None:
    await open_office(office)
    park = {"name": "共建园区", "region_code": COUNTY, "level": "county", "area_mu": "600"}
    await office.done("PUT", "/v1/parks/GJ", park)
    works = [await enterprise(office, number, region) for number, region in ((1, TOWN), (2, OTHER_TOWN))]
    for one in works:
        tenancy = {"park_code": "GJ", "enterprise_id": one, "from_on": "2026-01-05", "sites": []}
        await office.done("POST", "/v1/tenants", tenancy)
    shares = {
        "enterprise_id": works[0],
        "measure": "output",
        "valid_from": "2026-02-01",
        "shares": [
            {"region_code": TOWN, "basis_points": 6000},
            {"region_code": OTHER_TOWN, "basis_points": 4000},
        ],
    }
    await office.done("PUT", "/v1/attributions", shares)
    for month, first, second in (("2026-01", 1000, 500), ("2026-02", 1300, 700)):
        await reported(office, month, {1: full(first), 2: full(second)})

    async def months(code: str, region_code: str, **scope: Any) -> list[str | None]:
        body = {"code": code, "indicator_code": "output_value", "amount": "20000", "region_code": region_code}
        target = await office.done("POST", "/v1/targets", body | {"first_year": 2026, "last_year": 2026} | scope)
        return await known(target["id"])

    async def known(target_id: str) -> list[str | None]:
        rows = (await office.done("GET", f"/v1/targets/{target_id}/actuals"))["items"]
        return [one["value"] for one in sorted(rows, key=lambda row: str(row["month"]))[:2]]

    of_park = {"scope_type": "park", "park_code": "GJ"}
    assert await months("GJ", COUNTY, **of_park) == ["1500", "2000"]
    assert await months("GJ-1", TOWN, **of_park) == ["1000", "780"]
    assert await months("GJ-2", OTHER_TOWN, **of_park) == ["500", "1220"]
    asked = {"group_by": "park", "shared": "true", "region_code": TOWN, "indicator": "output_value"}
    parks = (await office.done("GET", "/v1/economy-figures", params=asked | {"month": "2026-02"}))["groups"]
    assert [(one["key"], one["figure"]["value"]) for one in parks if one["key"]] == [("GJ", "780")]
    # What an industry made stays where it was made: the second works leaves the county in March.
    assert await months("HY", COUNTY, scope_type="industry", sectors=["31"]) == ["1500", "2000"]
    await stand(office, 2, OTHER_COUNTY, "2026-03-01")
    facts = {"name": "enterprise 2 (demo)", "region_code": OTHER_COUNTY, "sector_code": "3140"}
    await office.done("PUT", f"/v1/enterprises/{credit_code(2)}", facts)
    await office.done("POST", "/v1/target-scans", {})
    (moved,) = (await office.done("GET", "/v1/targets", params={"filter[code][eq]": "HY"}))["items"]
    assert await known(moved["id"]) == ["1500", "2000"]


async def test_energy_is_pulled_as_the_energy_service_judged_it(office: Office) -> None:
    await open_office(office)
    works = [await enterprise(office, number) for number in (1, 2)]
    ids = {name: new_id() for name in ("county", "first", "second", "intensity")}

    async def told(name: str, version: int, *through: str, withdrawn: bool = False, **facts: Any) -> None:
        known: dict[str, Any] = {
            "target_id": ids[name],
            "region_code": COUNTY,
            "subject_name": name,
            "year": 2026,
            "measure": "total_tce",
            "factor_kind": "equivalent",
            **facts,
        }
        points = tuple(
            EnergyTargetPoint(month=date(2026, number, 1), planned="1000", actual=actual, light="green")
            for number, actual in enumerate(through, start=1)
        )
        payload = (
            EnergyTargetWithdrawnV1(**known, reason="重复")
            if withdrawn
            else EnergyTargetJudgedV1(**known, value="12000", points=points)
        )
        event = Event(
            id=new_id(),
            type=payload.event_type,
            source="/energy",
            subject=str(ids[name]),
            time=office.clock.now(),
            aggregate_version=version,
            region_code=COUNTY,
            payload=payload,
        )
        handler: Any = on_energy_target_withdrawn if withdrawn else on_energy_target_judged
        async with office.database.transaction() as session:
            await handler(Context(session, office.clock.now(), new_id, SYSTEM), event)

    async def months(target_id: str) -> list[tuple[str | None, str | None]]:
        await office.done("POST", "/v1/target-scans", {})
        rows = (await office.done("GET", f"/v1/targets/{target_id}/actuals"))["items"]
        latest = {row["month"]: (row["value"], row["reason"]) for row in rows}
        return [latest[f"2026-{number:02}-01"] for number in (1, 2, 3)]

    cluster = {"name": "用能集群", "region_code": COUNTY, "enterprise_ids": works, "project_ids": []}
    await office.done("PUT", "/v1/target-clusters/YN", cluster)
    usual = {"region_code": COUNTY, "first_year": 2026, "last_year": 2026, "direction": "at_most"}
    made = {}
    for code, indicator, amount, scope in (
        ("NH", "energy_total", "12000", {}),
        ("JQ", "energy_total", "5000", {"scope_type": "cluster", "cluster_code": "YN"}),
        ("QD", "energy_intensity", "0.5", {}),
    ):
        body = usual | {"code": code, "indicator_code": indicator, "amount": amount} | scope
        made[code] = (await office.done("POST", "/v1/targets", body))["id"]
    nothing = (None, "no_energy_target")
    assert await months(made["NH"]) == [nothing] * 3

    # Late and repeated words change nothing; what is known of the year becomes its months.
    await told("county", 2, "900.5", "1900.75")
    await told("county", 1, "1")
    assert await months(made["NH"]) == [("900.5", None), ("1000.25", None), (None, "not_reported")]
    rows = (await office.done("GET", f"/v1/targets/{made['NH']}/actuals"))["items"]
    february = next(row for row in rows if row["month"] == "2026-02-01" and row["value"] is not None)
    (fact,) = (await office.done("GET", f"/v1/target-actuals/{february['id']}/rows"))["items"]
    assert (fact["type"], fact["id"], fact["amount"]) == ("energy_target", str(ids["county"]), "1000.25")
    # A cluster adds up its enterprises, and knows nothing while one of them does not.
    await told("first", 1, "300", "620", enterprise_id=works[0])
    assert await months(made["JQ"]) == [nothing] * 3
    await told("second", 1, "100", enterprise_id=works[1])
    assert await months(made["JQ"]) == [("400", None), (None, "not_reported"), (None, "not_reported")]
    await told("intensity", 1, "0.52", "0.49", measure="intensity_value")
    assert [value for value, _ in await months(made["QD"])] == ["0.52", "0.49", None]
    # What was withdrawn is no figure any more; another edition says so.
    await told("county", 3, withdrawn=True)
    assert await months(made["NH"]) == [nothing] * 3
