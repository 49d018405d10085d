"""The past over REST: sentences of the history, a day's state, and the comparison of two days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.integration.projects.conftest import MORNING

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

FROM, TO = "2026-09-15", "2026-09-18"


async def compare(office: Office, *, by: str = "admin", **params: Any) -> dict[str, Any]:
    asked = {"from": FROM, "to": TO, **params}
    return dict(await office.done("GET", "/v1/project-comparisons", by=by, params=asked))


async def some_days(office: Office) -> dict[str, str]:
    """Four projects on Tuesday; until Friday one slips and is built on, one ends, one comes, one stays."""
    paths = {
        "moves": await office.signed("P-1", start_in=-30, total_investment_yuan=150_000_000),
        "ends": await office.signed("P-2"),
        "stays": await office.register("P-3", kind="tourism"),
    }
    office.clock.set(MORNING + timedelta(days=1))
    moves = paths["moves"]
    body = {"milestone": "start", "planned_on": "2026-09-17", "reason": "土地手续滞后"}
    await office.done("POST", f"{moves}/replans", body)
    office.clock.set(MORNING + timedelta(days=2))
    started = {"stage": "started", "on": "2026-09-17", "evidence": "permit 7", "planned_capacity_on": "2027-06-30"}
    await office.done("POST", f"{moves}/stage-changes", started)
    await office.done("POST", f"{paths['ends']}/termination", {"on": "2026-09-17", "reason": "投资方退出"})
    paths["comes"] = await office.register("P-4", total_investment_yuan=60_000_000)
    office.clock.set(MORNING + timedelta(days=3))
    await office.done("POST", f"{moves}/investment-entries", {"month": "2026-09-01", "amount_yuan": "3200000"})
    await office.done("POST", f"{moves}/progress-entries", {"on": "2026-09-18", "percent": 5})
    # What happens later is not known on Friday.
    office.clock.set(MORNING + timedelta(days=6))
    await office.register("P-5")
    await office.done(
        "POST", f"{moves}/investment-entries", {"month": "2026-09-01", "amount_yuan": "9000000", "note": "补报"}
    )
    return paths


async def test_comparison_shows_what_came_went_moved_and_stayed(office: Office) -> None:
    await some_days(office)
    found = await compare(office, sort="code")
    assert [(item["code"], item["standing"]) for item in found["items"]] == [
        ("P-1", "changed"),
        ("P-2", "gone"),
        ("P-3", "unchanged"),
        ("P-4", "new"),
    ]
    moved, ended, stays, new = found["items"]
    assert moved["slips"] == [{"milestone": "start", "from_on": "2026-08-16", "to_on": "2026-09-17", "days": 32}]
    assert moved["reached"] == [{"milestone": "start", "on": "2026-09-17"}]
    assert (moved["before"]["stage"], moved["after"]["stage"], moved["stages_moved"]) == ("signed", "started", 1)
    assert (moved["before"]["invested_yuan"], moved["after"]["invested_yuan"]) == ("0", "3200000")
    assert (moved["invested_difference_yuan"], moved["after"]["percent"]) == ("3200000", "5")
    assert moved["text"].startswith("stage changed from signed to started; ")
    assert "planned start moved from 16 August to 17 September" in moved["text"]
    assert (stays["text"], stays["changed_fields"], new["before"]) == ("", [], None)
    assert new["text"].startswith("registered; code: “P-4”")
    assert ended["text"].startswith("stage changed from signed to terminated")
    assert found["totals"] == {
        "projects_before": 3,
        "projects_after": 4,
        "new": 1,
        "gone": 1,
        "stage_moved": 2,
        "by_stage": [
            {"stage": "planned", "before": 1, "after": 2},
            {"stage": "signed", "before": 2, "after": 0},
            {"stage": "started", "before": 0, "after": 1},
            {"stage": "terminated", "before": 0, "after": 1},
        ],
        "invested_yuan": {"before": "0", "after": "3200000", "difference": "3200000"},
        "total_investment_yuan": {"before": "150000000", "after": "210000000", "difference": "60000000"},
        "contract_amount_yuan": {"before": "280000000", "after": "280000000", "difference": "0"},
        "slips": [{"milestone": "start", "later": 1, "earlier": 0, "days_later": 32, "days_earlier": 0}],
    }


async def test_comparison_is_filtered_paged_and_scoped(office: Office) -> None:
    await some_days(office)
    changed = await compare(office, only_changed="true", sort="code")
    assert [item["code"] for item in changed["items"]] == ["P-1", "P-2", "P-4"]
    tourism = await compare(office, **{"filter[kind][eq]": "tourism", "fields": "code,standing"})
    assert tourism["items"] == [{"code": "P-3", "standing": "unchanged"}]
    assert (tourism["totals"]["projects_after"], tourism["totals"]["new"]) == (1, 0)
    first = await compare(office, limit=3, sort="code")
    rest = await compare(office, limit=3, sort="code", cursor=first["next_cursor"])
    codes = [item["code"] for page in (first, rest) for item in page["items"]]
    assert codes == ["P-1", "P-2", "P-3", "P-4"]
    assert (rest["next_cursor"], rest["totals"]) == (None, None)
    await office.staff("jiayu", "officer", "421221")
    elsewhere = await compare(office, by="jiayu")
    assert (elsewhere["items"], elsewhere["totals"]["projects_after"]) == ([], 0)
    # From Friday to Monday the correction shows, and nothing of the days before.
    later = await compare(office, **{"from": TO, "to": "2026-09-21", "only_changed": "true", "sort": "code"})
    assert [(item["code"], item["standing"]) for item in later["items"]] == [("P-1", "changed"), ("P-5", "new")]
    assert later["items"][0]["invested_difference_yuan"] == "5800000"
    assert later["totals"]["invested_yuan"]["before"] == "3200000"


async def test_state_of_a_day_is_what_was_known_then(office: Office) -> None:
    paths = await some_days(office)
    states = {
        day: await office.done("GET", f"{paths['moves']}/states/2026-09-{day}") for day in (15, 16, 17, 18, 21)
    }
    assert [states[day]["version"] for day in states] == [2, 3, 4, 6, 7]
    assert [states[day]["stage"] for day in states] == ["signed", "signed", "started", "started", "started"]
    assert [states[day]["invested_yuan"] for day in states] == ["0", "0", "0", "3200000", "9000000"]
    plan = {entry["milestone"]: entry["current_on"] for entry in states[15]["plan"]}
    assert (plan["start"], plan["capacity"]) == ("2026-08-16", None)
    assert (states[16]["as_of"], states[16]["evidence"]) == ("2026-09-16", None)
    now = await office.done("GET", paths["moves"])
    assert {**states[21], "as_of": None} == {**now, "as_of": None}
    new = paths["comes"]
    await office.refused("GET", f"{new}/states/2026-09-16", status=404, code="not_found")
    await office.refused("GET", f"{new}/states/2026-09-22", status=409, code="project.date_in_future")
    await office.refused("GET", f"{new}/states/yesterday", status=422, code="request.malformed")
    await office.staff("jiayu", "officer", "421221")
    await office.refused("GET", f"{new}/states/2026-09-18", status=404, code="not_found", by="jiayu")


async def test_history_reads_like_sentences_in_the_callers_language(office: Office) -> None:
    unit = await office.done("PUT", "/v1/units/GJ", {"name": "工业经济办公室", "region_code": "421224"})
    chen = {"name": "陈（演示）", "unit_id": unit["unit_id"], "region_code": "421224", "post": "officer"}
    person = await office.done("PUT", "/v1/persons/chen", chen)
    await office.staff("chen", "officer", "421224", person_id=person["person_id"])
    path = await office.register(name="风电场一期")
    facts = {"responsible_person_id": person["person_id"], "responsible_unit_id": unit["unit_id"]}
    await office.done("PATCH", path, facts, headers={"If-Match": '"1"'}, by="chen")
    await office.done("POST", f"{path}/replans", {"milestone": "start", "planned_on": "2026-10-01", "reason": "x"})
    body = {"milestone": "start", "planned_on": "2027-05-01", "reason": "土地手续滞后"}
    await office.done("POST", f"{path}/replans", body, by="chen")
    chinese = (await office.done("GET", f"{path}/history", headers={"Accept-Language": "zh-CN"}))["items"]
    english = (await office.done("GET", f"{path}/history"))["items"]
    assert [change["text"] for change in chinese] == [
        "登记入库；项目代码：“P-1”；名称：“风电场一期”；类别：新建；行政区划：南林桥镇；阶段：策划",
        "责任人：陈（演示）；责任单位：工业经济办公室",
        "计划开工：10月1日，原因：x",
        "计划开工由 10月1日 改为 2027年5月1日，原因：土地手续滞后",
    ]
    assert english[3]["text"] == "planned start moved from 1 October to 1 May 2027: 土地手续滞后"
    assert [change["actor_name"] for change in chinese] == ["admin", "陈（演示）", "admin", "陈（演示）"]
    # A person's name goes with the person.
    await office.done("DELETE", "/v1/persons/chen")
    erased = (await office.done("GET", f"{path}/history"))["items"]
    assert erased[1]["text"].startswith(f"responsible person: {person['person_id']} (no longer registered)")
    assert erased[1]["actor_name"] == "chen"


REFUSED: list[tuple[dict[str, str], int, str]] = [
    ({"from": "2026-09-15", "to": "2026-09-15"}, 409, "project.comparison_out_of_order"),
    ({"from": "2026-09-14", "to": "2026-09-16"}, 409, "project.date_in_future"),
    ({"from": "2026-09-14"}, 422, "request.malformed"),
    ({"from": "2026-13-01", "to": "2026-09-15"}, 422, "request.malformed"),
]


async def test_comparison_is_refused_when_its_days_make_no_sense(office: Office) -> None:
    for params, status, code in REFUSED:
        await office.refused("GET", "/v1/project-comparisons", status=status, code=code, params=params)
