"""The five rates over REST, as a county asks for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.test_parks_api import park

if TYPE_CHECKING:
    from datetime import date

    from tests.integration.projects.conftest import Office


def figures(answer: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    return {
        (rate["rate"], rate["basis"]): (rate["numerator"], rate["denominator"], rate["value"])
        for rate in answer["rates" if "rates" in answer else "total"]
    }


async def test_county_asks_for_its_rates(office: Office, today: date) -> None:
    await park(office, "SC")
    await office.register("P-0", name="策划中")
    await office.signed("P-1", start_in=30, region_code="421224101", sector_code="3140")
    await office.signed("P-2", start_in=-10, region_code="421224", park_code="SC")
    started = await office.started("P-3", days_ago=100, due_in=200, sector_code="C31")
    gone = await office.started("P-4", days_ago=50, due_in=-1, region_code="421221")
    ending = {"on": str(today), "reason": "the investor left"}
    await office.done("POST", f"{gone}/termination", ending)
    answer = await office.done("GET", "/v1/rates")
    assert answer["as_of"] == str(today)
    assert figures(answer) == {
        ("fulfilment", "all"): ("2", "4", "0.500000"),
        ("fulfilment", "due"): ("2", "3", "0.666667"),
        ("funds_in_place", "all"): ("0", "560000000", "0.000000"),
        ("start", "all"): ("2", "4", "0.500000"),
        ("start", "due"): ("2", "3", "0.666667"),
        ("commissioning", "all"): ("0", "2", "0.000000"),
        ("commissioning", "due"): ("0", "1", "0.000000"),
        ("output_to_input", "output"): ("0", "0", None),
        ("output_to_input", "tax"): ("0", "0", None),
    }
    ids = {rate["rate"]: rate["numerator_ids"] for rate in answer["total"] if rate["basis"] == "all"}
    assert ids["start"] == [started.rsplit("/", 1)[1], gone.rsplit("/", 1)[1]]
    earlier = await office.done(
        "GET", "/v1/rates", params={"as_of": str(today - timedelta(days=60)), "basis": "all"}
    )
    assert figures(earlier)["start", "all"] == ("1", "4", "0.250000")
    assert {rate["basis"] for rate in earlier["total"]} == {"all"}
    before = await office.done("GET", "/v1/rates", params={"as_of": str(today - timedelta(days=201))})
    assert {value for *_, value in figures(before).values()} == {None}


async def test_groups_roll_up_and_link_to_their_projects(office: Office, today: date) -> None:
    await park(office, "SC")
    await office.signed("P-1", region_code="421224101", sector_code="3140", park_code="SC")
    await office.started("P-2", region_code="421224", sector_code="C3150")
    await office.signed("P-3", region_code="421221")
    answer = await office.done("GET", "/v1/rates", params={"group_by": "region"})
    shown = {group["keys"]["region"]: figures(group)["start", "all"] for group in answer["groups"]}
    assert shown == {"421221": ("0", "1", "0.000000"), "421224": ("1", "2", "0.500000")}
    asked = {"group_by": ["sector", "park"], "region_code": "421224", "region_level": "city"}
    answer = await office.done("GET", "/v1/rates", params=asked)
    keys = [tuple(group["keys"].values()) for group in answer["groups"]]
    assert keys == [("31", "SC"), ("31", None)]
    (rate,) = [rate for rate in answer["groups"][1]["rates"] if (rate["rate"], rate["basis"]) == ("start", "all")]
    for part, codes in (("numerator", ["P-2"]), ("denominator", ["P-2"]), ("outstanding", [])):
        page = await office.done("GET", rate["links"][part])
        assert [item["code"] for item in page["items"]] == codes
    page = await office.done("GET", rate["links"]["numerator"])
    assert page["items"][0]["started_on"] == str(today - timedelta(days=100))
    total = next(rate for rate in answer["total"] if (rate["rate"], rate["basis"]) == ("start", "all"))
    page = await office.done("GET", total["links"]["denominator"] + "&sort=-code&limit=1&fields=code")
    assert page["items"] == [{"code": "P-2"}]
    assert page["next_cursor"]


async def test_reversal_takes_a_stage_back_for_every_day(office: Office, today: date) -> None:
    path = await office.started("P-1", days_ago=100)
    day = {"as_of": str(today - timedelta(days=90))}
    assert figures(await office.done("GET", "/v1/rates", params=day))["start", "all"][0] == "1"
    await office.done("POST", f"{path}/reversals", {"reason": "the permit is for the neighbouring plot"})
    assert figures(await office.done("GET", "/v1/rates", params=day))["start", "all"][0] == "0"


async def test_replanning_moves_what_is_due_by_the_current_plan_alone(office: Office, today: date) -> None:
    path = await office.signed("P-1", start_in=-10)
    later = {"milestone": "start", "planned_on": str(today + timedelta(days=60)), "reason": "land papers are late"}
    await office.done("POST", f"{path}/replans", later)
    for plan, denominator in (("current", "0"), ("original", "1")):
        answer = await office.done("GET", "/v1/rates", params={"plan": plan})
        assert figures(answer)["start", "due"][1] == denominator


async def test_money_acts_and_output_count_from_their_day_on(office: Office, today: date) -> None:
    await office.staff("chen", "officer", "421224")
    path = await office.started("P-1", days_ago=100)
    parties = [{"name": "county (demo)", "role": "government"}, {"name": "investor (demo)", "role": "investor"}]
    contract = {"number": "7", "parties": parties, "amount_yuan": 140_000_000}
    await office.done("PUT", f"{path}/contract", contract)
    registration = {"kind": "registration", "due_on": str(today - timedelta(days=30))}
    act = await office.done("POST", f"{path}/contract/acts", registration)
    slip = {"amount_yuan": 35_000_000, "source": "domestic", "payer": "investor (demo)", "evidence": "slip 1"}
    body = slip | {"on": str(today - timedelta(days=20))}
    arrival = await office.done("POST", f"{path}/funds-arrivals", body, by="chen")

    async def shown(days_ago: int) -> dict[tuple[str, str], tuple[str, str, str | None]]:
        asked = {"as_of": str(today - timedelta(days=days_ago))}
        return figures(await office.done("GET", "/v1/rates", params=asked))

    assert (await shown(0))["funds_in_place", "all"] == ("0", "140000000", "0.000000")
    # The start is none of this contract's acts: what it asks for is the registration.
    assert (await shown(0))["fulfilment", "all"] == ("0", "1", "0.000000")
    await office.done("POST", f"{path}/funds-arrivals/{arrival['id']}/verification", {})
    assert (await shown(0))["funds_in_place", "all"] == ("35000000", "140000000", "0.250000")
    assert (await shown(21))["funds_in_place", "all"][0] == "0"
    done = {"done_on": str(today - timedelta(days=25)), "evidence": "licence 9142"}
    await office.done("POST", f"{path}/contract/acts/{act['id']}/completion", done)
    assert (await shown(0))["fulfilment", "due"] == ("1", "1", "1.000000")
    assert (await shown(26))["fulfilment", "due"] == ("0", "1", "0.000000")
    assert (await shown(31))["fulfilment", "due"] == ("0", "0", None)

    for stage, days_ago, facts in (("completed", 80, {}), ("in_production", 76, {"first_output": "alloy"})):
        step = {"stage": stage, "on": str(today - timedelta(days=days_ago)), **facts}
        await office.done("POST", f"{path}/stage-changes", step)
    produced = await office.done("GET", "/v1/rates", params={"basis": "output"})
    assert [one["reason"] for one in produced["total"][0]["unusable"]] == ["investment_missing"]
    await office.done("POST", f"{path}/investment-entries", {"month": "2026-06-01", "amount_yuan": 10_000_000})
    assert (await shown(0))["output_to_input", "output"] == ("0", "0", None)
    for month, tax in (("2026-07-01", 60_000), ("2026-08-01", None)):
        entry = {"month": month, "output_value_yuan": 2_000_000, "tax_yuan": tax}
        await office.done("POST", f"{path}/output-entries", entry)
    assert (await shown(0))["output_to_input", "output"] == ("4000000", "10000000", "0.400000")
    assert (await shown(0))["output_to_input", "tax"] == ("0", "0", None)
    page = await office.done(
        "GET", "/v1/rates/output_to_input/projects", params={"basis": "tax", "part": "unusable"}
    )
    assert [(item["code"], item["reason"], item["numerator"]) for item in page["items"]] == [
        ("P-1", "tax_missing", None)
    ]


async def test_callers_count_what_they_may_see(office: Office) -> None:
    company = {"name": "企业（演示）", "region_code": "421224101", "sector_code": "2740"}
    enterprise = await office.done("PUT", "/v1/enterprises/91350100M000100Y43", company)
    await office.signed("P-1", enterprise_id=enterprise["id"])
    await office.signed("P-2")
    await office.signed("P-3", region_code="421221")
    await office.staff("officer", "officer", "421224")
    await office.staff("neighbour", "viewer", "421221")
    await office.staff("company", "enterprise", "421224", enterprise_id=enterprise["id"])
    for name, count in (("admin", "3"), ("officer", "2"), ("neighbour", "1"), ("company", "1")):
        answer = await office.done("GET", "/v1/rates", by=name)
        assert figures(answer)["start", "all"][1] == count, name
        page = await office.done("GET", "/v1/rates/start/projects", by=name)
        assert str(len(page["items"])) == count
    answer = await office.done("GET", "/v1/rates", params={"region_code": "421224"}, by="neighbour")
    assert figures(answer)["start", "all"][1] == "0"


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("/v1/rates", {"as_of": "2026-09-16"}, "as_of"),
    ("/v1/rates", {"as_of": "2026-02-30"}, "as_of"),
    ("/v1/rates", {"as_of": "0001-01-01"}, "as_of"),
    ("/v1/rates", {"group_by": "planet"}, "group_by"),
    ("/v1/rates", {"group_by": ["region", "park", "kind"]}, "group_by"),
    ("/v1/rates", {"region_code": "42"}, "region_code"),
    ("/v1/rates", {"sector": "31x"}, "sector"),
    ("/v1/rates", {"park_code": "a\x00"}, "park_code"),
    ("/v1/rates/start/projects", {"basis": "tax"}, "basis"),
    ("/v1/rates/start/projects", {"group": "421224"}, "group"),
    ("/v1/rates/start/projects", {"group_by": "park", "group": "a\x00"}, "group"),
    ("/v1/rates/start/projects", {"part": "half"}, "part"),
]


async def test_questions_that_make_no_sense_are_refused(office: Office) -> None:
    for path, params, parameter in BAD:
        problem = await office.refused("GET", path, params=params, status=422, code="request.malformed")
        assert {error["parameter"] for error in problem["errors"]} <= {parameter, f"{parameter}.0"}, params
    answer = await office.call("GET", "/v1/rates/speed/projects")
    assert answer.status_code == 422
    assert (await office.call("GET", "/v1/rates", by="")).status_code == 401
