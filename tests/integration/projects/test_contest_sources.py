"""What contests of enterprises, projects and departments are measured by, down to the facts; and bad input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.projects.contest_office import COUNTY, component, contest, live, part, places, points
from tests.integration.projects.economy_office import (
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    credit_code,
    enterprise,
    full,
    open_office,
    reported,
)
from tests.integration.projects.environment_world import World, settled

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

MONTHS = ("04", "05", "06")


async def rows_of(office: Office, path: str, participant_id: str, quarter: int = 2) -> dict[str, list[Any]]:
    address = f"{path}/live-standing/participants/{participant_id}/rows?quarter={quarter}"
    return {one["component"]: one["rows"] for one in (await office.done("GET", address, by="wang"))["items"]}


async def test_enterprises_stand_by_reports_energy_innovation_points_and_vetoes(office: Office) -> None:
    await open_office(office)
    works = [await enterprise(office, number, TOWN if number < 4 else OTHER_TOWN) for number in range(1, 6)]
    await office.staff("plant", "enterprise", COUNTY, enterprise_id=works[0])
    benchmark = {
        "sector_code": "3140",
        "basis": "output_value",
        "limit_value": "0.5",
        "advanced_value": "0.2",
        "entry_value": "0.4",
        "source": "GB",
        "valid_from": "2026-01-01",
    }
    await office.done("PUT", "/v1/sector-benchmarks", benchmark)
    # The third says nothing of May, the fourth nothing of the year before, the fifth is vetoed.
    said = {1: (1200, 100), 2: (900, 300), 3: (500, 100), 4: (300, 100), 5: (5000, 100)}
    for year in (2025, 2026):
        for month in MONTHS:
            rows = {
                number: full(100_000, sales=sales if year == 2026 else 600, power_kwh=power)
                for number, (sales, power) in said.items()
                if not (number == 3 and (year, month) == (2026, "05")) and not (number == 4 and year == 2025)
            }
            await reported(office, f"{year}-{month}", rows)
    brand = {
        "kind": "brand",
        "enterprise_id": works[1],
        "title": "名牌（演示）",
        "number": "7",
        "grade": "provincial",
        "valid_from": "2026-05-01",
        "evidence": "证书",
    }
    record = await office.done("POST", "/v1/innovation-records", brand, by="wang")
    await office.done("POST", f"/v1/innovation-records/{record['id']}/verification", by="li")
    veto = {
        "ground": "safety",
        "enterprise_id": works[4],
        "period_from": "2026-05-01",
        "explanation_zh": "较大事故",
        "evidence": "批复7号",
    }
    await office.done("POST", "/v1/vetoes", veto, by="wang")
    scheme = {
        "components": [
            component("sales", 60, "economy", "sales", growth=50, without_base="level_only"),
            component("energy", 40, "energy", "power_to_limit", direction="lower"),
        ],
        "adjustments": [
            points("brands", "bonus", "innovation", "brands", 3),
            points("late", "deduction", "reports", "late", 1, max_points="2"),
        ],
        "max_bonus": "10",
    }
    path, ids = await contest(office, "QY", "enterprise", scheme, [{"enterprise_id": one} for one in works])
    seen = {one["code"]: one for one in await live(office, path)}
    one, two, three, four, five = (seen[credit_code(number)] for number in range(1, 6))
    # 3 × 300 kWh at 0.1229 kgce against 30 × 10,000 yuan at 0.5 tce: 0.1106 of 15 tonnes.
    assert (part(two, "energy")["value"], part(one, "energy")["value"]) == ("0.7374", "0.2458")
    assert (part(one, "sales")["value"], part(one, "sales")["growth"]) == ("3600", "100")
    assert (three["rank"], [reason["component"] for reason in three["reasons"]]) == (None, ["sales", "energy"])
    assert part(three, "sales")["reason"] == "not_complete"
    # Nothing is known of its growth: its level counts, and no more than the best of those who showed theirs.
    assert part(four, "sales")["growth_reason"] == "base_missing"
    assert Decimal(part(four, "sales")["score"]) == Decimal(part(four, "sales")["level_score"])
    assert (five["is_disqualified"], five["reasons"][0]["text_zh"]) == (True, "安全生产一票否决：较大事故")
    # Everything was handed in after its day: two points, no more.
    assert {(place["bonus"], place["deduction"]) for place in (one, four)} == {("0", "2")}
    assert (two["bonus"], two["adjustments"][0]["ids"]) == ("3", [record["id"]])
    facts = await rows_of(office, path, ids[credit_code(2)])
    assert [row["id"] for row in facts["brands"]] == [record["id"]]
    assert {row["kind"] for row in facts["late"]} == {"economy_report"}
    assert (facts["energy"][0]["whole"], facts["energy"][0]["note"]) == ("15", "0.500000 tce / 10,000 yuan, 3140")
    assert [(place["rank"], Decimal(place["score"])) for place in (one, two)] == [
        (1, Decimal("98.00")),
        (3, two_expected()),
    ]

    # Points and vetoes by hand, with evidence, heeded by what is frozen next.
    given = {
        "participant_id": ids[credit_code(1)],
        "quarter": 2,
        "kind": "bonus",
        "reason": "表彰",
        "evidence": "文件",
    }
    for change, pointer in (
        ({}, "/points"),
        ({"points": "1", "ground": "safety"}, "/ground"),
        ({"kind": "veto", "ground": "energy"}, "/ground"),
    ):
        wrong = await office.refused(
            "POST",
            f"{path}/adjustments",
            given | change,
            status=409,
            code="contest.adjustment_unsound",
            by="li",
        )
        assert [fault["pointer"] for fault in wrong["errors"]] == [pointer]
    bonus = await office.done("POST", f"{path}/adjustments", given | {"points": "20"}, by="li")
    barred = await office.done(
        "POST",
        f"{path}/adjustments",
        given | {"participant_id": ids[credit_code(2)], "kind": "veto", "ground": "wages"},
        by="li",
    )
    frozen = await office.done("POST", f"{path}/standings", {"quarter": 2}, by="li")
    assert (frozen["ranked"], frozen["incomplete"], frozen["disqualified"]) == (2, 1, 2)
    first = (await places(office, frozen["id"]))[0]
    assert (first["code"], first["bonus"], first["score"]) == (credit_code(1), "10", "108")
    await office.done("POST", f"/v1/contest-adjustments/{barred['id']}/withdrawal", {"reason": "已付清"}, by="li")
    await office.refused(
        "POST",
        f"/v1/contest-adjustments/{barred['id']}/withdrawal",
        {"reason": "x"},
        status=409,
        code="contest.adjustment_withdrawn",
        by="li",
    )
    mended = await office.done("POST", f"{path}/standings", {"quarter": 2, "reason": "工资已付清"}, by="li")
    assert mended["disqualified"] == 1
    assert bonus["recorded_by"]

    # An enterprise sees its own figures and the others' places, and appeals for itself alone.
    shown = {place["code"]: place["detailed"] for place in await places(office, mended["id"], by="plant")}
    assert [code for code, detailed in shown.items() if detailed] == [credit_code(1)]
    base = f"/v1/contest-standings/{mended['id']}"
    await office.refused(
        "GET", f"{base}/participants/{ids[credit_code(2)]}/rows", status=404, code="not_found", by="plant"
    )
    claim = {"participant_id": ids[credit_code(2)], "grounds": "x", "evidence": "y"}
    await office.refused("POST", f"{base}/appeals", claim, status=404, code="not_found", by="plant")
    own = await office.done("POST", f"{base}/appeals", claim | {"participant_id": ids[credit_code(1)]}, by="plant")
    back = await office.done("POST", f"/v1/contest-appeals/{own['id']}/withdrawal", by="plant")
    assert back["state"] == "withdrawn"

    # Two at once: one freezes, the other is told that nothing differs.
    twice = await asyncio.gather(
        *(office.call("POST", f"{path}/standings", {"quarter": 1, "reason": "x"}, by="li") for _ in range(2))
    )
    assert sorted(answer.status_code for answer in twice) == [201, 409]


def two_expected() -> Decimal:
    """Sales 2700 between 900 and 3600, growth 50 between 50 and 100; energy the worst; three points, less two."""
    level = Decimal(2700 - 900) / Decimal(3600 - 900) * 100
    return (level / 2 * 60 / 100 + 3 - 2).quantize(Decimal("0.01"))


async def test_projects_stand_by_milestones_plans_and_rates(office: Office) -> None:
    await open_office(office)
    paths = [await office.started("P-1", days_ago=100), await office.signed("P-2", start_in=-100)]
    paths.append(await office.started("P-3", days_ago=20))
    for path, planned, invested in zip(
        paths, (60_000_000, 60_000_000, None), (30_000_000, 12_000_000, 5_000_000), strict=True
    ):
        if planned is not None:
            await office.done("PUT", f"{path}/annual-plans/2026", {"amount_yuan": planned})
        await office.done("POST", f"{path}/investment-entries", {"month": "2026-05-01", "amount_yuan": invested})
    scheme = {
        "components": [
            component("milestones", 30, "ledger", "milestones"),
            component("plan", 40, "ledger", "investment_to_plan"),
            component("started", 30, "ledger", "start_rate"),
        ],
        "adjustments": [points("warnings", "deduction", "conditions", "any", 1)],
    }
    ids = [path.rpartition("/")[2] for path in paths]
    path, entries = await contest(office, "XM", "project", scheme, [{"project_id": one} for one in ids])
    await office.done("POST", "/v1/condition-scans")
    seen = {one["code"]: one for one in await live(office, path, 3)}
    # On 15 September: the second has not started, the third has no plan.
    figures = {
        code: [part(one, name)["value"] for name in ("milestones", "plan", "started")]
        for code, one in seen.items()
    }
    assert figures == {"P-1": ["100", "50", "100"], "P-2": ["0", "20", "0"], "P-3": ["100", None, "100"]}
    assert (seen["P-3"]["rank"], seen["P-1"]["rank"], seen["P-2"]["rank"]) == (None, 1, 2)
    assert [one["code"] for one in seen["P-2"]["adjustments"]] == ["warnings"]
    facts = await rows_of(office, path, entries["P-2"], 3)
    assert (facts["plan"][0]["value"], facts["plan"][0]["whole"]) == ("12000000", "60000000")
    assert {row["kind"] for row in facts["warnings"]} == {"condition"}
    # In June only the first was due and done.
    june = {one["code"]: part(one, "started")["value"] for one in await live(office, path, 2)}
    assert june == {"P-1": "100", "P-2": "0", "P-3": "0"}


@pytest.fixture
async def world(template_database: Callable[..., str]) -> AsyncIterator[World]:
    async with settled(template_database) as world:
        yield world


async def test_departments_stand_by_service_and_targets(world: World) -> None:
    office = world.office
    office.tokens |= {"wang": office.tokens["centre"], "li": office.tokens["leader"]}
    for unit, score in (("market", 5), ("fire", 2)):
        appeal = (await world.appeal())["appeal"]
        path = f"/v1/appeals/{appeal['id']}"
        await office.done("POST", f"{path}/dispatches", {"unit_id": world.units[unit]}, by="centre")
        await office.done("POST", f"{path}/answers", {"answer": "done"}, by=unit)
        await office.done("POST", f"{path}/ratings", {"score": score, "satisfied": True}, by="plant")
    usual = {"region_code": COUNTY, "first_year": 2026, "last_year": 2026, "indicator_code": "jobs_created"}
    for unit, amount, town in (("market", "40", COUNTY), ("fire", "10", "421224101")):
        body = usual | {"code": f"T-{unit}", "amount": "120", "region_code": town}
        target = await office.done("POST", "/v1/targets", body | {"responsible_unit_id": world.units[unit]})
        for month in range(1, 9):
            figure = {"month": f"2026-{month:02}", "value": amount, "evidence": "table"}
            await office.done("POST", f"/v1/targets/{target['id']}/actuals", figure)
    scheme = {
        "components": [
            component("service", 60, "environment", "service"),
            component("targets", 40, "targets", "completion"),
        ],
        "adjustments": [points("missed", "deduction", "targets", "missed", 5)],
    }
    units = [{"unit_id": world.units[code]} for code in ("market", "fire", "centre")]
    path, ids = await contest(office, "BM", "department", scheme, units)
    seen = {one["code"]: one for one in await live(office, path, 3)}
    # Answered in time and rated with 5 of 5 and 2 of 5: the mean of 100 and 100, and of 100 and 40.
    assert [part(seen[code], "service")["value"] for code in ("market", "fire")] == ["100", "70"]
    assert (seen["market"]["rank"], seen["market"]["score"], seen["fire"]["rank"]) == (1, "100", 2)
    assert Decimal(part(seen["market"], "targets")["value"]) > 100
    assert (seen["centre"]["rank"], part(seen["centre"], "service")["reason"]) == (None, "no_facts")
    facts = await rows_of(office, path, ids["fire"], 3)
    assert {row["note"] for row in facts["service"]} == {"on_time", "rating"}
    assert facts["targets"][0]["code"] == "T-fire"


async def test_bad_input_is_refused_by_its_field(office: Office) -> None:
    await open_office(office)
    await office.staff("zhao", "leader", OTHER_COUNTY)
    works = await enterprise(office, 1)
    body = {"code": "C", "name": "x", "kind": "enterprise", "region_code": COUNTY, "year": 2026}
    await office.refused("POST", "/v1/contests", body, status=404, code="not_found", by="zhao")
    path, _ = await contest(office, "C", "enterprise", None, [{"enterprise_id": works}])
    await office.refused("POST", "/v1/contests", body, status=409, code="contest.duplicate_code", by="wang")
    await office.refused(
        "GET", f"{path}/live-standing?quarter=2", status=409, code="contest.scheme_missing", by="wang"
    )

    async def faults(*parts: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
        scheme = {"from_quarter": 1, "components": list(parts), **more}
        problem = await office.refused(
            "POST", f"{path}/schemes", scheme, status=409, code="contest.scheme_unsound", by="li"
        )
        return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]

    tax = component("tax", 60, "economy", "tax")
    assert await faults(tax, component("jobs", 39, "economy", "employees")) == [
        ("/components", "contest.weights_not_hundred")
    ]
    assert await faults(tax | {"weight": "100", "level_share": "60", "growth_share": "30"}) == [
        ("/components/0/growth_share", "contest.shares_not_hundred")
    ]
    assert await faults(tax, component("x", 20, "nobody", "x"), component("y", 20, "economy", "nothing")) == [
        ("/components/1/source", "contest.source_unknown"),
        ("/components/2/measure", "contest.measure_unknown"),
    ]
    assert await faults(tax, component("x", 40, "environment", "service")) == [
        ("/components/1/measure", "contest.measure_unfit")
    ]
    assert await faults(tax, component("x", 40, "reports", "late", growth=10)) == [
        ("/components/1/growth_share", "contest.measure_without_growth")
    ]

    async def entry(status_code: str, pointer: str, **item: Any) -> None:
        items = {"items": [{"from_on": "2026-01-01", **item}]}
        problem = await office.refused(
            "POST", f"{path}/participants", items, status=409, code=status_code, by="wang"
        )
        assert problem["errors"][0]["pointer"] == pointer

    # An enterprise in two townships, twice, of another county, or no enterprise at all.
    second = await enterprise(office, 2)
    foreign = await enterprise(office, 3, OTHER_COUNTY)
    await entry(
        "contest.participant_elsewhere", "/items/0/region_code", enterprise_id=second, region_code=OTHER_TOWN
    )
    await entry("contest.participant_twice", "/items/0/enterprise_id", enterprise_id=works)
    await entry("contest.participant_unfit", "/items/0/enterprise_id", enterprise_id=foreign)
    await entry("contest.participant_unfit", "/items/0/enterprise_id", region_code=TOWN)
    await entry("contest.participation_ended", "/items/0/to_on", enterprise_id=second, to_on="2026-01-01")
    towns, _ = await contest(office, "T", "township", None, [{"region_code": TOWN}])
    whole = {"items": [{"from_on": "2026-01-01", "region_code": COUNTY}]}
    await office.refused(
        "POST", f"{towns}/participants", whole, status=409, code="contest.participant_unfit", by="wang"
    )
    (first,) = (await office.done("GET", f"{path}/participants", by="wang"))["items"]
    end = f"/v1/contest-participants/{first['id']}/end"
    await office.done("POST", end, {"to_on": "2026-07-01", "reason": "停产"}, by="wang")
    await office.refused(
        "POST",
        end,
        {"to_on": "2026-08-01", "reason": "x"},
        status=409,
        code="contest.participation_ended",
        by="wang",
    )
    await office.refused(
        "POST", end, {"to_on": "2026-06-01", "reason": "x"}, status=404, code="not_found", by="zhao"
    )
    rule = {"region_code": COUNTY, "min_complete_percent": "101"}
    assert (await office.call("PUT", "/v1/contest-rules", rule, by="li")).status_code == 422
    await office.refused("PUT", "/v1/contest-rules", {}, status=403, code="validity.everywhere_forbidden", by="li")
    changed = {"headers": {"If-Match": '"1"'}}
    await office.done("PATCH", path, {"name": "改名"}, by="wang", **changed)
    await office.refused(
        "PATCH", path, {"name": "y"}, status=412, code="precondition.failed", by="wang", **changed
    )
