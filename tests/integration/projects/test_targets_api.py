"""Targets over REST: trees, figures from the ledger, letters, frozen periods and who answers."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from docx import Document

from libs.common.security.principal import SYSTEM
from libs.common.web.workbooks import pages_of
from services.projects.targets.repository.goals import TARGETS, list_targets
from tests.integration.projects.conftest import SHANGHAI
from tests.integration.projects.duty_office import check, conditions, person, told, types_of, unit
from tests.support import files
from tests.support.sheets import columns_of

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

COUNTY, TOWN, OTHER_TOWN = "421224", "421224101", "421224102"
YEAR = {"first_year": 2026, "last_year": 2026}
YI = 100_000_000


def a_target(code: str, amount: Any, region_code: str = COUNTY, **facts: Any) -> dict[str, Any]:
    usual = {"indicator_code": "project_investment", "region_code": region_code, "amount": str(amount), **YEAR}
    return {"code": code, **usual, **facts}


async def set_target(office: Office, code: str, amount: Any, region_code: str = COUNTY, **facts: Any) -> Any:
    return await office.done("POST", "/v1/targets", a_target(code, amount, region_code, **facts))


async def invest(office: Office, path: str, month: str, amount: int, note: str = "") -> None:
    body = {"month": f"{month}-01", "amount_yuan": amount, "note": note}
    await office.done("POST", f"{path}/investment-entries", body)


def pointers(problem: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


async def test_tree_is_set_whole_and_shows_what_its_divisions_leave_out(office: Office) -> None:
    await office.done("PUT", f"/v1/regions/{OTHER_TOWN}", {"name": "黄沙铺镇"})
    nodes = [
        a_target("T-NL", 2 * YI, TOWN, parent_code="T"),
        a_target("T", 450_000_000),
        a_target("T-KEY", 100_000_000, parent_code="T", scope_type="industry", sectors=["C31"]),
    ]
    tried = await office.done("POST", "/v1/target-trees", {"targets": nodes, "dry_run": True})
    top = next(node for node in tried["targets"] if node["code"] == "T")
    by = {split["by"]: split for split in top["splits"]}
    assert (by["region"]["total"], by["region"]["difference"]) == ("200000000", "250000000")
    assert by["region"]["missing"] == [OTHER_TOWN]
    assert (await office.done("GET", "/v1/targets"))["items"] == []

    await office.done("POST", "/v1/target-trees", {"targets": nodes})
    listed = {row["code"]: row for row in (await office.done("GET", "/v1/targets"))["items"]}
    assert listed["T-NL"]["name"] == "南林桥镇2026年完成投资"
    tree = await office.done("GET", f"/v1/target-trees/{listed['T']['id']}")
    assert [(one["depth"], one["target"]["code"]) for one in tree["items"]] == [
        (0, "T"),
        (1, "T-KEY"),
        (1, "T-NL"),
    ]

    # A circle, two parents, twice the same, and a parent that is nowhere.
    circle = [a_target("A", 1, parent_code="B"), a_target("B", 1, TOWN, parent_code="A")]
    problem = await office.refused(
        "POST", "/v1/target-trees", {"targets": circle}, status=409, code="target.tree_refused"
    )
    assert pointers(problem) == ["/targets/0/parent_code", "/targets/1/parent_code"]
    twice = [a_target("A", 1, TOWN, parent_code="T"), a_target("A", 1, TOWN, parent_code="T-NL")]
    problem = await office.refused(
        "POST", "/v1/target-trees", {"targets": twice}, status=409, code="target.tree_refused"
    )
    assert pointers(problem) == ["/targets/1/parent_code"]
    lost = {"targets": [a_target("A", 1, TOWN, parent_code="NOBODY")]}
    await office.refused("POST", "/v1/target-trees", lost, status=409, code="target.tree_refused")
    # Another unit of measure, a period outside of the parent's: named in their place.
    other = a_target("A", 1, TOWN, parent_code="T", indicator_code="projects_signed", last_year=2027)
    problem = await office.refused(
        "POST", "/v1/target-trees", {"targets": [other]}, status=409, code="target.misplaced"
    )
    assert pointers(problem) == ["/targets/0/indicator_code", "/targets/0/last_year"]
    # The same goal twice.
    again = a_target("T-2", 5)
    await office.refused("POST", "/v1/targets", again, status=409, code="target.exists")

    path = f"/v1/targets/{listed['T']['id']}"
    await office.refused("PATCH", path, {"amount": "1", "reason": "x"}, status=428, code="precondition.required")
    moved = {"parent_id": listed["T-NL"]["id"], "reason": "x"}
    problem = await office.refused(
        "PATCH", path, moved, status=409, code="target.misplaced", headers={"If-Match": '"1"'}
    )
    assert pointers(problem) == ["/parent_id"]
    changed = await office.done(
        "PATCH", path, {"amount": "480000000", "reason": "常委会调整"}, headers={"If-Match": '"1"'}
    )
    assert (changed["amount"], changed["version"]) == ("480000000", 2)
    history = (await office.done("GET", f"{path}/history"))["items"]
    assert history[1]["changes"] == [{"field": "amount", "before": "450000000", "after": "480000000"}]
    assert await types_of(office, "projects.target.v1", listed["T"]["id"]) == ["set", "changed"]

    # Another county sees none of it; a town's officer sees and sets nothing above.
    await office.staff("jia", "leader", "421221")
    await office.staff("nan", "leader", TOWN)
    await office.refused("GET", path, status=404, code="not_found", by="jia")
    assert [row["code"] for row in (await office.done("GET", "/v1/targets", by="nan"))["items"]] == ["T-NL"]
    await office.refused("GET", f"/v1/target-trees/{listed['T']['id']}", status=404, code="not_found", by="nan")
    await office.refused("POST", "/v1/targets", a_target("N", 1), status=404, code="not_found", by="nan")
    below = a_target("N", 1, TOWN, parent_id=listed["T"]["id"], indicator_code="funds_in_place")
    await office.refused("POST", "/v1/targets", below, status=409, code="target.misplaced", by="nan")
    workbook = await office.call("GET", "/v1/targets/export")
    shown = columns_of(workbook.content, "targets")
    assert (shown["Code"], shown["Unit"]) == (["T", "T-KEY", "T-NL"], ["yuan"] * 3)
    chinese = {"Accept-Language": "zh-CN"}
    workbook = await office.call("GET", "/v1/targets/export", headers=chinese, params={"sort": "-code"})
    shown = columns_of(workbook.content, "目标")
    assert (shown["目标编码"], shown["方向"]) == (["T-NL", "T-KEY", "T"], ["不低于"] * 3)
    # A list that is longer than a page is exported whole, each row once.
    query = replace(TARGETS.read([]), limit=1)
    pages = pages_of(office.database, SYSTEM, query, list_targets)
    assert [[row.code for row in page] async for page in pages] == [["T"], ["T-KEY"], ["T-NL"]]


async def test_investment_is_pulled_with_its_rows_and_a_correction_is_known_from_then_on(office: Office) -> None:
    await person(office, "chen")
    stone = await office.started("P-1", days_ago=195)
    for month, amount in (("2026-03", 5_000_000), ("2026-04", 5_000_000)):
        await invest(office, stone, month, amount)
    target = await set_target(office, "T", 120_000_000, TOWN)
    path = f"/v1/targets/{target['id']}"
    # May to August are not reported: what is known reaches to April.
    standing = target["standing"]
    assert (standing["latest"]["month"], standing["latest"]["actual"]) == ("2026-04-01", "10000000")
    assert standing["unknown"] == ["2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01"]
    assert (target["light"], target["verdict"]) == ("yellow", "behind")

    actuals = {row["month"]: row for row in (await office.done("GET", f"{path}/actuals"))["items"]}
    assert (actuals["2026-05-01"]["value"], actuals["2026-05-01"]["reason"]) == (None, "nothing_reported")
    facts = await office.done("GET", f"/v1/target-actuals/{actuals['2026-03-01']['id']}/rows")
    assert [(row["code"], row["amount"]) for row in facts["items"]] == [("P-1", "5000000")]
    assert facts["items"][0]["known_at"] is not None

    # Nobody types what the ledger knows.
    typed = {"month": "2026-05", "value": "1", "evidence": "x"}
    await office.refused("POST", f"{path}/actuals", typed, status=409, code="target.figure_from_source")

    (warned,) = await conditions(office, "target_behind_pace")
    assert (warned["level"], warned["planned_percent"], warned["actual_percent"]) == (1, 33.33, 8.33)
    assert "落后序时进度25个百分点" in warned["explanation_zh"]
    (owed,) = await conditions(office, "target_figure_missing")
    assert "2026年5月" in owed["explanation_zh"]

    known_at = office.clock.now().isoformat()
    office.clock.advance(timedelta(hours=1))
    await invest(office, stone, "2026-04", 35_000_000, "漏报设备款")
    for month in ("2026-05", "2026-06", "2026-07", "2026-08"):
        await invest(office, stone, month, 10_000_000)
    await check(office, "targets.check")
    told_of = await told(office, "target_behind_pace")
    assert (told_of["opened"], told_of["cleared"]) == (1, 1)
    assert await conditions(office, "target_figure_missing") == []
    read = await office.done("GET", path)
    assert (read["verdict"], read["standing"]["latest"]["actual"]) == ("on_pace", "80000000")
    editions = (await office.done("GET", f"{path}/actual-editions", params={"filter[month][eq]": "2026-04-01"}))[
        "items"
    ]
    assert [(row["edition"], row["value"]) for row in editions] == [(1, "5000000"), (2, "35000000")]
    before = (await office.done("GET", f"{path}/actuals", params={"known_at": known_at}))["items"]
    assert {row["month"]: row["value"] for row in before}["2026-04-01"] == "5000000"

    # A pull that finds nothing new writes nothing; two at once write one edition.
    assert (await office.done("POST", f"{path}/pulls"))["editions"] == 0
    await invest(office, stone, "2026-09", 40_000_000)
    pulls = await asyncio.gather(*(office.done("POST", f"{path}/pulls") for _ in range(2)))
    assert sorted(pull["editions"] for pull in pulls) == [0, 1]
    assert (await office.done("GET", path))["verdict"] == "reached"
    await office.done("POST", f"{path}/withdrawal", {"reason": "并入县总目标"})
    await office.refused(
        "PATCH",
        path,
        {"amount": "1", "reason": "x"},
        status=409,
        code="target.withdrawn",
        headers={"If-Match": "*"},
    )


async def test_counts_and_funds_follow_scope_and_size_band(office: Office) -> None:
    chen = await person(office, "chen")
    unit_id = await unit(office, "GJ")
    await office.staff("li", "leader", COUNTY)
    path = await office.signed("P-1", responsible_person_id=chen, responsible_unit_id=unit_id, sector_code="C3140")
    await office.signed("P-2", sector_code="D4411")
    slip = {"on": "2026-08-20", "amount_yuan": 2_000_000, "source": "own", "payer": "x", "evidence": "slip 1"}
    arrival = await office.done("POST", f"{path}/funds-arrivals", slip)

    async def actual(code: str, indicator: str, month: str = "2026-02-01", **facts: Any) -> str | None:
        target = await set_target(office, code, 10, indicator_code=indicator, **facts)
        rows = (await office.done("GET", f"/v1/targets/{target['id']}/actuals"))["items"]
        value: str | None = {row["month"]: row["value"] for row in rows}[month]
        return value

    # Both were signed on 27 February, at 1.4亿元.
    assert await actual("A", "projects_signed") == "2"
    assert await actual("B", "projects_signed", "2026-03-01", first_year=2026, last_year=2028) == "0"
    assert await actual("C", "projects_signed_from_100m") == "2"
    assert await actual("D", "projects_signed_10m_50m") == "0"
    assert await actual("E", "projects_signed", scope_type="person", person_id=chen) == "1"
    assert await actual("F", "projects_signed", scope_type="unit", unit_id=unit_id) == "1"
    assert await actual("G", "projects_signed", scope_type="industry", sectors=["31"]) == "1"
    cluster = {"name": "石材集群", "region_code": COUNTY, "enterprise_ids": [], "project_ids": [path[-36:]]}
    await office.done("PUT", "/v1/target-clusters/STONE", cluster)
    assert await actual("H", "contracted", scope_type="cluster", cluster_code="STONE") == "140000000"
    # Money that arrived counts once it is verified.
    assert await actual("I", "funds_in_place", "2026-08-01") == "0"
    await office.done("POST", f"{path}/funds-arrivals/{arrival['id']}/verification", {}, by="li")
    await office.done("POST", "/v1/target-scans")
    params = {"filter[code][eq]": "I"}
    (funds,) = (await office.done("GET", "/v1/targets", params=params))["items"]
    assert funds["standing"]["so_far"]["actual"] == "2000000"
    # What the region wants of its size bands becomes targets, once.
    wanted = {"region_code": COUNTY, "band_code": "from_100m", "period_from": "2026-01-01", "source": "方案"}
    await office.done(
        "PUT",
        "/v1/size-band-targets",
        wanted | {"period_to": "2026-12-31", "projects": 1, "investment_yuan": 300_000_000},
    )
    year = {"region_code": TOWN, "year": 2026}
    await office.refused(
        "POST", "/v1/target-size-band-adoptions", year, status=409, code="target.nothing_to_adopt"
    )
    # The count of this band stands by hand; it is withdrawn before the band is adopted.
    by_hand = (await office.done("GET", "/v1/targets", params={"filter[code][eq]": "C"}))["items"][0]["id"]
    await office.done("POST", f"/v1/targets/{by_hand}/withdrawal", {"reason": "x"})
    adopted = await office.done("POST", "/v1/target-size-band-adoptions", year | {"region_code": COUNTY})
    assert [(one["code"], one["verdict"], one["standing"]["so_far"]["actual"]) for one in adopted["items"]] == [
        ("421224-2026-from_100m", "exceeded", "2"),
        ("421224-2026-from_100m.investment", "on_pace", "280000000"),
    ]
    # A scope names its own and nothing else.
    wrong = a_target("J", 1, scope_type="park", unit_id=unit_id)
    problem = await office.refused("POST", "/v1/targets", wrong, status=409, code="target.not_ordered")
    assert pointers(problem) == ["/unit_id", "/park_code"]
    measured = {
        "name_zh": "x",
        "name_en": "x",
        "unit": "yuan",
        "unit_zh": "元",
        "unit_en": "yuan",
        "nature": "flow",
    }
    unknown = measured | {"source": "ledger", "measure": "hopes"}
    await office.refused("PUT", "/v1/target-indicators/x", unknown, status=409, code="target.source_unknown")
    changed = measured | {"source": "ledger", "measure": "funds"}
    await office.refused(
        "PUT", "/v1/target-indicators/projects_signed", changed, status=409, code="target.indicator_in_use"
    )


async def test_letter_is_signed_by_both_sides_and_supplemented_after_a_change(office: Office) -> None:
    mayor = await person(office, "mayor", "leader", unit_code="XF", name="李（演示）")
    chen = await person(office, "chen", name="陈（演示）")
    issuer, unit_id = await unit(office, "XF"), await unit(office, "GJ")
    answered = {"responsible_unit_id": unit_id, "responsible_person_id": chen}
    target = await set_target(office, "T", 450_000_000, TOWN, **answered)
    await set_target(office, "U", 5, TOWN, indicator_code="projects_started", **answered)
    party = {"region_code": COUNTY, "year": 2026, "issuer_unit_id": issuer, "unit_id": unit_id, "person_id": chen}
    empty = party | {"year": 2030}
    await office.refused("POST", "/v1/target-letters", empty, status=409, code="target_letter.nothing_to_sign")
    letters = await asyncio.gather(*(office.call("POST", "/v1/target-letters", party) for _ in range(2)))
    assert sorted(answer.status_code for answer in letters) == [201, 409]
    letter = next(answer.json() for answer in letters if answer.is_success)
    path = f"/v1/target-letters/{letter['id']}"
    assert (letter["number"], [term["code"] for term in letter["terms"]]) == ("421224-2026-1", ["T", "U"])

    # Twenty working days later nobody has signed.
    await check(office, "targets.check", days=35)
    assert {one["subject_code"] for one in await conditions(office, "target_unsigned")} == {"T", "U"}

    headers = {"Content-Type": "application/pdf"}
    place = {"owner_type": "target_letter", "owner_id": letter["id"], "name": "scan.pdf", "category": "contract"}
    answer = await office.call("POST", "/v1/documents", content=files.PDF, params=place, headers=headers)
    scan = answer.json()["id"]
    day = str(office.clock.now().astimezone(SHANGHAI).date())
    first = {"side": "issuer", "person_id": mayor, "signed_on": day, "document_id": scan}
    for wrong, field in (
        ({"person_id": chen}, "/person_id"),
        ({"signed_on": "2026-01-01"}, "/signed_on"),
        ({"signed_on": "2027-01-01"}, "/signed_on"),
        ({"document_id": letter["id"]}, "/document_id"),
    ):
        problem = await office.refused(
            "POST", f"{path}/signatures", first | wrong, status=409, code="target_letter.signature_unfit"
        )
        assert pointers(problem) == [field]
    half = await office.done("POST", f"{path}/signatures", first)
    assert (half["state"], half["signed_on"]) == ("draft", None)
    await office.refused("POST", f"{path}/signatures", first, status=409, code="target_letter.signed_already")
    second = {"side": "responsible", "person_id": chen, "signed_on": day}
    assert (await office.done("POST", f"{path}/signatures", second))["state"] == "signed"
    # At once, without a scan.
    assert await conditions(office, "target_unsigned") == []
    await office.refused("POST", "/v1/target-letters", party, status=409, code="target_letter.unchanged")

    paper = await office.call("GET", f"{path}/document")
    word = Document(io.BytesIO(paper.content))
    assert "不低于4.5亿元" in [cell.text for cell in word.tables[0].rows[1].cells]
    assert [row.cells[1].text for row in word.tables[1].rows][1] == "签字：陈（演示）"
    page = await office.call("GET", f"{path}/document", headers={"Accept": "text/html"})
    assert "目标责任书" in page.text

    change = {"amount": "480000000", "reason": "年中调整"}
    changed = await office.done("PATCH", f"/v1/targets/{target['id']}", change, headers={"If-Match": "*"})
    assert changed["letter_state"] == "supplement"
    supplement = await office.done("POST", "/v1/target-letters", party)
    assert (supplement["main_id"], supplement["supplement"]) == (letter["id"], 1)
    assert [(term["code"], term["amount"]) for term in supplement["terms"]] == [("T", "480000000")]
    own = f"/v1/target-letters/{supplement['id']}"
    # It changes again before it is signed: the paper is drawn up anew, and the signature falls.
    await office.done("POST", f"{own}/signatures", second)
    await office.done(
        "PATCH", f"/v1/targets/{target['id']}", change | {"amount": "500000000"}, headers={"If-Match": "*"}
    )
    revised = await office.done("POST", f"{own}/revisions", {"reason": "再次调整"})
    assert (revised["revision"], revised["terms"][0]["amount"]) == (2, "500000000")
    for signature in (second, first | {"document_id": None}):
        await office.done("POST", f"{own}/signatures", signature)
    assert (await office.done("GET", f"/v1/targets/{target['id']}"))["letter_state"] == "signed"
    record = await office.done("GET", f"{own}/record")
    assert [(one["revision"], one["side"]) for one in record["signatures"]] == [
        (1, "responsible"),
        (2, "responsible"),
        (2, "issuer"),
    ]
    await office.refused("POST", f"{own}/withdrawal", {"reason": "x"}, status=409, code="target_letter.settled")
    await office.staff("jia", "leader", "421221")
    await office.refused("GET", path, status=404, code="not_found", by="jia")


async def test_year_is_settled_missed_answered_for_and_corrected_by_an_edition(office: Office) -> None:
    chen = await person(office, "chen", name="陈（演示）")
    unit_id = await unit(office, "GJ", "通山县经信局")
    await office.staff("wang", "officer", COUNTY)
    answered = {"responsible_unit_id": unit_id, "responsible_person_id": chen, "indicator_code": "jobs_created"}
    target = await set_target(office, "T", 1200, **answered)
    path = f"/v1/targets/{target['id']}/actuals"

    async def say(month: str, value: Any, **more: Any) -> Any:
        body = {"month": month, "value": str(value), "evidence": f"人社局报表 {month}", **more}
        return await office.done("POST", path, body, by="wang")

    for number in range(1, 9):
        await say(f"2026-{number:02}", 60)
    bare = {"month": "2026-09", "value": "60", "evidence": ""}
    await office.refused("POST", path, bare, status=409, code="target.evidence_missing", by="wang")
    early = bare | {"evidence": "x", "month": "2026-10"}
    await office.refused("POST", path, early, status=409, code="target.month_outside", by="wang")
    silent = bare | {"evidence": "x", "month": "2026-08", "value": "70"}
    await office.refused("POST", path, silent, status=409, code="target.change_needs_reason", by="wang")
    assert (await say("2026-08", 70, note="补报"))["edition"] == 2
    # Who reports is not warned between two of his figures; the morning's pull warns.
    assert await conditions(office, "target_behind_pace") == []
    await check(office, "targets.check")
    (warned,) = await conditions(office, "target_behind_pace")
    assert (warned["responsible_person_id"], warned["subject_type"]) == (chen, "target")

    quarter = {"region_code": COUNTY, "year": 2026, "quarter": 2}
    frozen = await office.done("POST", "/v1/target-editions", quarter)
    assert (frozen["edition"], frozen["missed"]) == (1, 1)
    scores = await office.done("GET", f"/v1/target-editions/{frozen['id']}/scores")
    (entry,) = scores["entries"]
    # 360 of the 600 that were due: sixty percent, the edge.
    assert (entry["planned"], entry["actual"], entry["score"], entry["through"]) == (
        "600",
        "360",
        "60",
        "2026-06-01",
    )
    assert len(entry["actual_ids"]) == 6
    assert scores["parties"][0]["score"] == "60"
    await office.refused("POST", "/v1/target-editions", quarter, status=409, code="target_edition.exists")
    again = quarter | {"reason": "x"}
    await office.refused("POST", "/v1/target-editions", again, status=409, code="target_edition.nothing_to_freeze")
    year = {"region_code": COUNTY, "year": 2026}
    await office.refused("POST", "/v1/target-editions", year, status=409, code="target_edition.period_not_over")
    live = await office.done("GET", "/v1/target-scores", params=year)
    assert (live["through"], live["entries"][0]["actual"]) == ("2026-08-01", "490")

    office.clock.set(datetime(2027, 1, 12, 8, 30, tzinfo=SHANGHAI))
    for number in range(9, 13):
        await say(f"2026-{number:02}", 100)
    await check(office, "targets.check")
    (missed,) = await conditions(office, "target_missed")
    assert "未完成" in missed["explanation_zh"]
    assert await conditions(office, "target_behind_pace") == []

    settled = await office.done("POST", "/v1/target-editions", year)
    (miss,) = (await office.done("GET", "/v1/target-misses"))["items"]
    assert (miss["actual"], miss["completion_percent"], miss["person_name"]) == ("890", "74.166667", "陈（演示）")
    own = f"/v1/target-misses/{miss['id']}"
    today = {"on": "2027-01-13", "text": "用工需求不足"}
    await office.refused("POST", f"{own}/execution", today, status=409, code="target_miss.step_refused")
    await office.done("POST", f"{own}/explanations", today, by="wang")
    decision = today | {"text": "全县通报批评", "consequence": "criticism"}
    await office.refused("POST", f"{own}/decision", decision, status=403, code="forbidden", by="wang")
    await office.refused(
        "POST", f"{own}/decision", decision, status=412, code="precondition.failed", headers={"If-Match": '"1"'}
    )
    decided = await office.done("POST", f"{own}/decision", decision, headers={"If-Match": '"2"'})
    assert (decided["state"], decided["consequence"]) == ("decided", "criticism")
    accounts = await office.done("GET", "/v1/target-accounts", params=year)
    (account,) = accounts["items"]
    assert (account["unit_name"], account["targets"], account["warnings_behind"]) == ("通山县经信局", 1, 1)
    assert [one["code"] for one in account["misses"]] == ["T"]

    # What stood is not changed by a later figure; the correction is an edition of its own, and lifts the miss.
    await say("2026-12", 500, note="漏报开发区新增就业")
    kept = await office.done("GET", f"/v1/target-editions/{settled['id']}/entries")
    assert kept["items"][0]["actual"] == "890"
    corrected = await office.done("POST", "/v1/target-editions", year | {"reason": "12月数据更正"})
    assert (corrected["edition"], corrected["reached"], corrected["missed"]) == (2, 1, 0)
    assert (await office.done("GET", own))["state"] == "lifted"
    steps = (await office.done("GET", f"{own}/steps"))["items"]
    assert [step["kind"] for step in steps] == ["explained", "decided", "lifted"]
    assert (await office.done("GET", "/v1/target-accounts", params=year))["items"][0]["misses"] == []
    assert await conditions(office, "target_missed") == []
    workbook = await office.call("GET", f"/v1/target-editions/{corrected['id']}/export")
    assert columns_of(workbook.content, "targets")["Verdict"] == ["exceeded"]
    await office.staff("jia", "leader", "421221")
    for hidden in (own, f"/v1/target-editions/{settled['id']}"):
        await office.refused("GET", hidden, status=404, code="not_found", by="jia")
    await office.refused("GET", "/v1/target-accounts", params=year, status=404, code="not_found", by="jia")


async def test_rules_are_data_of_a_region_and_a_time(office: Office) -> None:
    rule = {"region_code": COUNTY, "yellow_from_points": "40", "red_above_points": "30"}
    await office.refused("PUT", "/v1/target-pace-rules", rule, status=409, code="target_rule.not_ordered")
    await set_target(office, "T", 100, indicator_code="projects_signed")
    (target,) = (await office.done("GET", "/v1/targets"))["items"]
    # Nothing of eight months' two thirds.
    assert (target["light"], target["standing"]["behind_points"]) == ("red", "66.666667")
    await office.done("PUT", "/v1/target-pace-rules", rule | {"red_above_points": "70"})
    await office.done("POST", "/v1/target-scans")
    (target,) = (await office.done("GET", "/v1/targets"))["items"]
    assert target["light"] == "yellow"
    (condition,) = await conditions(office, "target_behind_pace")
    assert condition["level"] == 1
    await office.done("PUT", "/v1/target-score-rules", {"region_code": COUNTY, "zero_below_percent": "80"})
    await office.staff("li", "supervisor", COUNTY)
    everywhere = {"yellow_from_points": "5", "red_above_points": "6"}
    await office.refused(
        "PUT", "/v1/target-pace-rules", everywhere, status=403, code="validity.everywhere_forbidden", by="li"
    )
