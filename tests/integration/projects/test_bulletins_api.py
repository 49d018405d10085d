"""Bulletins over REST: generated, edited, reviewed, numbered, printed, sent, corrected (S27)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.notices import (
    Addressed,
    NoticeCompletedV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeState,
    ReceiptState,
)
from libs.common.contracts.projects.bulletins import BulletinPublishedV1
from libs.common.ids import new_id
from libs.common.security.principal import SYSTEM
from services.projects.bulletins.handlers import on_notice_completed, on_notice_receipted, on_notice_sent
from tests.integration.projects.contest_office import component, contest
from tests.integration.projects.duty_office import person
from tests.integration.projects.economy_office import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    enterprise,
    full,
    move_to,
    open_office,
    reported,
)
from tests.integration.projects.test_support_api import adopted, approved, policy, staffed, submitted

if TYPE_CHECKING:
    from tests.integration.projects.conftest import Office

TOPIC = "projects.bulletin.v1"
MONTH = {"region_code": COUNTY, "kind": "month", "year": 2026, "number": 2}
# Output of each enterprise by month; the third makes a loss that it did not make a year before.
OUTPUT = {
    "2025-01": (30_000_000, 18_000_000, 2_000_000),
    "2025-02": (31_000_000, 19_000_000, 2_000_000),
    "2026-01": (36_000_000, 17_500_000, 2_100_000),
    "2026-02": (38_400_000, 18_100_000, 2_150_000),
}


async def open_county(office: Office) -> dict[str, list[dict[str, Any]]]:
    """Three enterprises in two townships, with reports, a target, a key project and a veto."""
    await open_office(office)
    await move_to(office, "2026-03-10")
    await office.staff("zhang", "officer", COUNTY)
    await office.staff("town", "officer", TOWN)
    await office.staff("watcher", "viewer", COUNTY)
    await office.staff("abroad", "leader", OTHER_COUNTY)
    for number, region_code, sector in ((1, TOWN, "3140"), (2, OTHER_TOWN, "3011"), (3, OTHER_TOWN, "3011")):
        await enterprise(office, number, region_code, sector)
    reports = {}
    for month, said in OUTPUT.items():
        rows = {
            number: full(
                value, value_added=value // 4, profit=-50_000 if (number, month) == (3, "2026-02") else 90_000
            )
            for number, value in enumerate(said, start=1)
        }
        reports[month] = await reported(office, month, rows)
    usual = {"region_code": COUNTY, "first_year": 2026, "last_year": 2026}
    await office.done(
        "POST", "/v1/targets", usual | {"code": "CZ", "indicator_code": "output_value", "amount": "600000000"}
    )
    project = await office.signed("P-7", total_investment_yuan=140_000_000)
    await office.done("POST", f"{project}/key-designations", {"level": "county", "reason": "重点项目名单"})
    return reports


async def made(office: Office, **facts: Any) -> dict[str, Any]:
    return dict(await office.done("POST", "/v1/bulletins", MONTH | facts, by="zhang"))


async def reviewed(office: Office, bulletin: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/bulletins/{bulletin['id']}/reviews"
    return dict(await office.done("POST", path, {"passed": True}, by="li"))


def block(bulletin: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for section in bulletin["sections"] for one in section["blocks"] if one["id"] == name)


async def figures_of(office: Office, bulletin: dict[str, Any]) -> dict[str, dict[str, Any]]:
    path, params = f"/v1/bulletins/{bulletin['id']}/figures", {"limit": "1000"}
    return {one["key"]: one for one in (await office.done("GET", path, params=params))["items"]}


def percent(now: int, before: int) -> str:
    """Growth as it is read, reckoned apart from the service: half up, no trailing zero."""
    tenths = (Decimal(now - before) / before * 1000).to_integral_value(ROUND_HALF_UP)
    return f"{tenths / 10:f}".removesuffix(".0")


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


async def correct_report(office: Office, report: dict[str, Any], output: int) -> None:
    """Another figure of an enterprise's month, accepted by somebody else."""
    body = {
        "lines": {"output_value": {"month_value": output}},
        "reason": "漏报一条生产线",
        "confirmations": [
            {"doubt": doubt, "indicator": "output_value", "reason": "已核实"}
            for doubt in ("jump", "power_against_output")
        ],
    }
    path = f"/v1/economy-reports/{report['id']}"
    await office.done("POST", f"{path}/corrections", body, by="wang")
    await office.done("POST", f"{path}/accept", by="li")


async def test_bulletin_from_its_draft_to_its_correction(office: Office) -> None:
    reports = await open_county(office)

    # What is generated says the sums of the rows, each recomputed here from what the enterprises reported.
    await office.refused("POST", "/v1/bulletins", MONTH, by="abroad", status=404, code="not_found")
    await office.refused("POST", "/v1/bulletins", MONTH, by="watcher", status=403, code="forbidden")
    bad = MONTH | {"kind": "quarter", "number": 5}
    await office.refused("POST", "/v1/bulletins", bad, by="zhang", status=422, code="bulletin.period_unknown")
    ahead = MONTH | {"number": 3}
    await office.refused("POST", "/v1/bulletins", ahead, by="zhang", status=409, code="bulletin.period_not_begun")
    draft = await made(office)
    assert (draft["status"], draft["edition"], draft["document_number"]) == ("draft", 1, None)
    now, before = (sum(sum(OUTPUT[f"{year}-0{month}"]) for month in (1, 2)) for year in (2026, 2025))
    growth = percent(now, before)
    total = block(draft, "economy.total")
    assert f"工业总产值{Decimal(now) / 10**8:.2f}亿元，同比增长{growth}%" in total["reads_zh"]
    assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", total["text_zh"] + total["text_en"]))
    figures = await figures_of(office, draft)
    assert Decimal(figures["economy.output_value.total"]["value"]) == now
    for key in ("economy.output_value.total", f"economy.output_value.region.{OTHER_TOWN}"):
        rows = (await office.done("GET", f"/v1/bulletins/{draft['id']}/figures/{key}/rows"))["rows"]
        assert sum(Decimal(row["value"]) for row in rows) == Decimal(figures[key]["value"])
        assert all(row["report_id"] for row in rows)
    town_now, town_before = (sum(OUTPUT[f"{year}-0{month}"][0] for month in (1, 2)) for year in (2026, 2025))
    town_growth = percent(town_now, town_before)
    assert figures[f"economy.output_value.region.{TOWN}.yoy"]["reads_zh"] == f"同比增长{town_growth}%"
    # A loss in February after a profit a year before: no percentage says that.
    rows = (await office.done("GET", f"/v1/bulletins/{draft['id']}/figures/economy.profit.total/rows"))["rows"]
    assert sum(Decimal(row["value"]) for row in rows) == 400_000
    assert "目标任务1项" in block(draft, "targets.summary")["reads_zh"]
    exists = await office.refused("POST", "/v1/bulletins", MONTH, by="zhang", status=409, code="bulletin.exists")
    assert "Edition 1" in exists["detail"]

    # Nobody below sees a draft, nor does who only looks.
    path = f"/v1/bulletins/{draft['id']}"
    for who in ("town", "watcher", "abroad"):
        await office.refused("GET", path, by=who, status=404, code="not_found")

    # Editing moves numbers and cannot write any.
    address, etag = f"{path}/blocks/economy.total", {"headers": {"If-Match": '"1"'}}
    text = {"text_zh": "全县工业开局良好，总产值{economy.output_value.total}。", "text_en": "A good start."}
    await office.refused("PATCH", address, text, by="zhang", status=428, code="precondition.required")
    forged = text | {"text_zh": "总产值99亿元，增长三成，{economy.nothing}。"}
    refused = await office.refused(
        "PATCH", address, forged, by="zhang", status=422, code="bulletin.text_refused", **etag
    )
    assert [fault["code"] for fault in refused["errors"]] == [
        "bulletin.reference_unknown",
        "bulletin.number_written",
        "bulletin.number_written",
    ]
    by_hand = text | {"text_zh": text["text_zh"] + "另据海关，出口{hand:1200万美元}。"}
    edited = await office.done("PATCH", address, by_hand, by="zhang", **etag)
    assert block(edited, "economy.total")["reads_zh"].endswith("出口1200万美元〔zhang填写〕。")
    await office.refused("PATCH", address, text, by="zhang", status=412, code="precondition.failed", **etag)
    await office.refused(
        "PATCH", f"{path}/blocks/economy.indicators", text, by="zhang", status=404, code="bulletin.block_unknown",
        headers={"If-Match": '"2"'},
    )  # fmt: skip
    titled = {"title_zh": "关于2026年99亿元的通报"}
    await office.refused(
        "PATCH", path, titled, by="zhang", status=422, code="bulletin.text_refused", headers={"If-Match": '"2"'}
    )

    # Two pairs of eyes; whatever is changed is read again.
    await office.refused("POST", f"{path}/reviews", {"passed": True}, by="zhang", status=403, code="forbidden")
    publish = {"accept_changed": False}
    await office.refused(
        "POST", f"{path}/publications", publish, by="li", status=409, code="bulletin.not_reviewed"
    )
    assert (await reviewed(office, draft))["status"] == "reviewed"
    current = await office.call("GET", path)
    nobody = await office.done(
        "PATCH", path, {"recipients": []}, by="li", headers={"If-Match": current.headers["etag"]}
    )
    assert (nobody["status"], nobody["reviewed_by"]) == ("draft", None)
    await office.refused(
        "POST", f"{path}/reviews", {"passed": True}, by="li", status=409, code="bulletin.four_eyes"
    )
    await office.staff("sun", "leader", COUNTY)
    await office.done("POST", f"{path}/reviews", {"passed": True}, by="sun")
    await office.refused(
        "POST", f"{path}/publications", publish, by="sun", status=409, code="bulletin.recipients_missing"
    )
    current = await office.call("GET", path)
    people = {"recipients": [{"include_below": True}, {"post": "leader", "region_code": TOWN}]}
    await office.done("PATCH", path, people, by="zhang", headers={"If-Match": current.headers["etag"]})
    await office.done("POST", f"{path}/reviews", {"passed": True}, by="sun")

    # A figure that changed since is not published unseen.
    await correct_report(office, reports["2026-02"][0], 40_000_000)
    changed = await office.refused(
        "POST", f"{path}/publications", publish, by="sun", status=409, code="bulletin.figures_changed"
    )
    assert "economy.output_value" in changed["detail"]
    fresh = await office.done("POST", f"{path}/refreshments", by="zhang")
    assert (fresh["lost"], fresh["bulletin"]["status"]) == ([], "draft")
    assert block(fresh["bulletin"], "economy.total")["edited_name"] == "zhang"
    await office.done("POST", f"{path}/reviews", {"passed": True}, by="sun")

    # Two at once take two numbers, and one that is refused takes none.
    second = await made(office, number=1)
    await reviewed(office, second)
    paths = [path, f"/v1/bulletins/{second['id']}"]
    both = await asyncio.gather(*(office.done("POST", f"{one}/publications", publish, by="sun") for one in paths))
    numbers = sorted(one["document_number"] for one in both)
    assert [re.sub(r".*〕", "", number) for number in numbers] == ["1号", "2号"]
    published = both[0]
    assert published["confirm_by"].startswith("2026-03-12")

    # Documents are made once: what is downloaded has the digest that the event told.
    (event,) = await office.events(TOPIC, draft["id"])
    told = BulletinPublishedV1.model_validate_json(event.payload or b"")
    assert event.aggregate_version == 1
    assert told.recipients[0].model_dump() == {
        "person_id": None,
        "unit_id": None,
        "post": None,
        "region_code": COUNTY,
        "include_below": True,
    }
    # Where the console shows it; the interface's own address asks for a token that a reader's browser lacks.
    assert told.link == f"http://127.0.0.1:8103/year/bulletins/{draft['id']}"
    for file in told.files:
        answer = await office.call(
            "GET", f"{path}/files/{file.format}", by="town", params={"language": file.language}
        )
        assert hashlib.sha256(answer.content).hexdigest() == file.sha256
        assert answer.headers["etag"] == f'"{file.sha256}"'
        again = {"If-None-Match": answer.headers["etag"]}
        assert (
            await office.call(
                "GET", f"{path}/files/{file.format}", params={"language": file.language}, headers=again
            )
        ).status_code == 304
    pdf = (await office.call("GET", f"{path}/files/pdf")).content
    said = text_of(pdf)
    now += 40_000_000 - OUTPUT["2026-02"][0]
    assert published["document_number"] in said
    read = (Decimal(now) / 10**8).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert f"总产值{read}亿元。" in said
    assert "出口1200万美元〔zhang填写〕。" in said
    # Every number of the indicators' table stands in the PDF as it is computed from the rows.
    figures = await figures_of(office, published)
    assert f"{Decimal(now) / 10_000:.2f}" in said
    for code in (TOWN, OTHER_TOWN):
        assert f"{Decimal(figures[f'economy.output_value.region.{code}']['value']) / 10_000:.2f}" in said
    assert "草稿" not in said
    # The console shows the same tables, cell by cell, and charts whose series are as long as their categories.
    shown = [block for section in published["sections"] for block in section["blocks"]]
    cells = [cell for it in shown if it["table_zh"] for row in it["table_zh"]["rows"] for cell in row]
    assert f"{Decimal(now) / 10_000:.2f}" in cells
    for kind, parts in (("table", ("heads", "rows")), ("chart", ("categories", "lines"))):
        drawn = [it for it in shown if it["kind"] == kind]
        assert drawn, kind
        for it in drawn:
            zh, en = it[f"{kind}_zh"], it[f"{kind}_en"]
            assert re.sub(r"\s", "", zh["caption"]) in said, it["id"]
            assert [len(zh[part]) for part in parts] == [len(en[part]) for part in parts], it["id"]
            assert all(len(line["values"]) == len(zh["categories"]) for line in zh.get("lines", ()))
    assert all(it["reads_zh"] is None for it in shown if it["kind"] != "paragraph")

    # Who reads it below reads no other township's enterprises.
    rows_of = f"{path}/figures/economy.output_value.total/rows"
    for hidden in (rows_of, f"{path}/steps", f"{path}/receipts", f"{path}/receipt-summary"):
        await office.refused("GET", hidden, by="town", status=404, code="not_found")
    # Frozen: neither edited nor moved by what is reported later.
    await office.refused(
        "PATCH", address, text, by="zhang", status=409, code="bulletin.frozen", headers={"If-Match": '"9"'}
    )
    await office.refused(
        "POST", f"{path}/discarding", {"reason": "错"}, by="zhang", status=409, code="bulletin.frozen"
    )
    for statement in (
        "DELETE FROM bulletin_figure WHERE bulletin_id = :id",
        "UPDATE bulletin_rows SET count = 0 WHERE bulletin_id = :id",
        "UPDATE bulletin SET title_zh = 'x' WHERE id = :id",
    ):
        with pytest.raises(DBAPIError, match="the bulletin is published"):
            async with office.database.transaction() as session:
                await session.execute(sql(statement), {"id": draft["id"]})
    await correct_report(office, reports["2026-02"][1], 19_100_000)
    assert (await office.call("GET", f"{path}/files/pdf")).content == pdf
    assert await figures_of(office, published) == figures

    # A correction is a new edition that says what it says differently.
    correction = await office.done("POST", f"{path}/corrections", {"reason": "企业更正二月产值"}, by="zhang")
    later = correction["bulletin"]
    assert (later["edition"], later["corrects_id"], later["status"]) == (2, draft["id"], "draft")
    await office.refused(
        "POST", f"{path}/corrections", {"reason": "再来"}, by="zhang", status=409, code="bulletin.exists"
    )
    await reviewed(office, later)
    second_edition = await office.done("POST", f"/v1/bulletins/{later['id']}/publications", publish, by="sun")
    assert second_edition["document_number"].endswith("3号")
    value = f"{Decimal(figures['economy.output_value.total']['value']) / 10_000:.2f}"
    now += 19_100_000 - OUTPUT["2026-02"][1]
    notes = [one["zh"] for one in second_edition["changes"]]
    assert f"主要经济指标完成情况：工业总产值累计：“{value}”更正为“{Decimal(now) / 10_000:.2f}”" in notes
    said = text_of((await office.call("GET", f"/v1/bulletins/{later['id']}/files/pdf")).content)
    assert "本通报为第2版，替代此前印发的同期通报。更正原因：企业更正二月产值。" in said
    old = await office.done("GET", path)
    assert (old["status"], old["superseded_by_id"]) == ("published", later["id"])
    await office.refused(
        "POST", f"{path}/corrections", {"reason": "旧版"}, by="zhang", status=409, code="bulletin.superseded"
    )
    # Nothing differs: there is nothing to correct.
    same = await office.done("POST", f"/v1/bulletins/{later['id']}/corrections", {"reason": "无"}, by="zhang")
    await reviewed(office, same["bulletin"])
    address = f"/v1/bulletins/{same['bulletin']['id']}"
    await office.refused(
        "POST", f"{address}/publications", publish, by="sun", status=409, code="bulletin.nothing_corrected"
    )
    await office.done("POST", f"{address}/discarding", {"reason": "没有更正内容"}, by="zhang")
    actions = [one["action"] for one in (await office.done("GET", f"{path}/steps"))["items"]]
    assert actions[0] == "generated"
    assert actions[-2:] == ["published", "superseded"]
    await _receipts(office, later["id"])


async def _receipts(office: Office, bulletin_id: str) -> None:
    """What the alerts service tells of its notice becomes the proof of receipt, once, in whatever order."""
    people = [UUID(await person(office, code, name=name)) for code, name in (("R1", "程刚"), ("R2", "陈静"))]
    receipts = [uuid4(), uuid4()]
    facts: dict[str, Any] = {
        "notice_id": uuid4(),
        "source_type": "bulletin",
        "source_id": bulletin_id,
        "title_zh": "通报",
        "title_en": "bulletin",
        "recipients": 2,
        "needs_confirmation": True,
        "confirm_by": datetime(2026, 3, 12, 10, tzinfo=UTC),
    }
    addressed = tuple(
        Addressed(receipt_id=receipt, person_id=one) for receipt, one in zip(receipts, people, strict=True)
    )

    async def tell(handler: Any, payload: NoticeState, version: int) -> None:
        event = Event(
            id=uuid4(),
            type=payload.event_type,
            source="/alerts",
            subject=str(payload.notice_id),
            time=office.clock.now(),
            aggregate_version=version,
            region_code=COUNTY,
            payload=payload,
        )
        async with office.database.transaction() as session:
            await handler(Context(session, office.clock.now(), new_id, SYSTEM), event)

    def receipted(place: int, state: ReceiptState) -> NoticeReceiptedV1:
        known = {"receipt_id": receipts[place], "person_id": people[place], "state": state, "by": "link"}
        return NoticeReceiptedV1(**facts, **known, at=office.clock.now())

    summary = f"/v1/bulletins/{bulletin_id}/receipt-summary"
    assert (await office.done("GET", summary))["confirmed_percent"] is None
    await tell(on_notice_sent, NoticeSentV1(**facts, addressed=addressed), 1)
    await tell(on_notice_receipted, receipted(0, ReceiptState.READ), 2)
    await tell(on_notice_receipted, receipted(0, ReceiptState.CONFIRMED), 3)
    # Of another paper, under a name that is no bulletin's.
    other = facts | {"notice_id": uuid4(), "source_id": "2026-02"}
    await tell(on_notice_sent, NoticeSentV1(**other), 1)
    found = await office.done("GET", summary)
    assert (found["recipients"], found["read"], found["confirmed"], found["confirmed_percent"]) == (
        2,
        1,
        1,
        "50.0",
    )
    lacking = {"filter[confirmed][eq]": "false"}
    items = (await office.done("GET", f"/v1/bulletins/{bulletin_id}/receipts", params=lacking))["items"]
    assert [one["person_name"] for one in items] == ["陈静"]
    await tell(on_notice_receipted, receipted(1, ReceiptState.CONFIRMED), 4)
    await tell(on_notice_completed, NoticeCompletedV1(**facts), 5)
    found = await office.done("GET", summary)
    assert (found["confirmed"], found["notices"][0]["status"]) == (2, "completed")


async def test_templates_and_rules_hold_from_a_day_on_and_fill_the_lists(office: Office) -> None:
    await open_county(office)
    rule = {
        "region_code": COUNTY,
        "code": "town_fast",
        "colour": "red",
        "criterion": "growth",
        "comparison": "at_least",
        "subject": "township",
        "threshold": "10",
        "reason_zh": "工业总产值增速达到通报表扬标准",
        "reason_en": "output grew fast",
        "valid_from": "2026-02-01",
    }
    slow = rule | {
        "code": "town_slow",
        "colour": "black",
        "comparison": "at_most",
        "threshold": "0",
        "reason_zh": "工业总产值负增长",
        "reason_en": "output fell",
    }
    path = "/v1/bulletin-list-rules"
    bad = rule | {"comparison": "present", "kinds": ["stalled", "nothing"]}
    refused = await office.refused("PUT", path, bad, status=422, code="bulletin_list_rule.malformed")
    assert {fault["code"] for fault in refused["errors"]} == {
        "bulletin_list_rule.threshold_unfit",
        "bulletin_list_rule.kinds_unfit",
        "bulletin_list_rule.kind_unknown",
    }
    await office.refused("PUT", path, rule, by="zhang", status=403, code="forbidden")
    for one in (rule, slow):
        await office.done("PUT", path, one)
    template = {
        "region_code": COUNTY,
        "kind": "month",
        "organ": "通山县工业经济领导小组办公室文件",
        "signer": "通山县工业经济领导小组办公室",
        "number_word": "通工经通报",
        "title_zh": "关于{until}\n{region}工业经济运行情况的通报",
        "title_en": "The industrial economy of {region}, {until}",
        "addressees": "各乡镇人民政府：",
        "sections": [{"code": "economy", "indicators": ["output_value", "value_added"]}, {"code": "lists"}],
        "recipients": [{"include_below": True}],
        "valid_from": "2026-01-01",
    }
    faulty = template | {
        "title_zh": "关于{month}的通报",
        "sections": [{"code": "economy"}, {"code": "economy"}],
        "recipients": [{"post": "leader", "include_below": True}],
    }
    refused = await office.refused(
        "PUT", "/v1/bulletin-templates", faulty, status=422, code="bulletin_template.malformed"
    )
    assert {fault["code"] for fault in refused["errors"]} == {
        "bulletin_template.place_unknown",
        "bulletin_template.section_twice",
        "bulletin_template.addressee_unclear",
    }
    await office.done("PUT", "/v1/bulletin-templates", template)
    draft = await made(office)
    assert draft["title_zh"] == "关于2026年1—2月\n通山县工业经济运行情况的通报"
    assert [section["code"] for section in draft["sections"]] == ["economy", "lists"]
    figures = await figures_of(office, draft)
    # A rule of the county beside the shipped one, which asks for 15 percent.
    assert (figures["lists.red.count"]["value"], figures["lists.black.count"]["value"]) == ("2", "1")
    page = (await office.call("GET", f"/v1/bulletins/{draft['id']}/preview/html", by="zhang")).text
    lists = page[page.index("本期红榜") :]
    assert (
        lists.index("南林桥镇") < lists.index("工业总产值增速达到通报表扬标准") < lists.index("工业总产值负增长")
    )
    assert "草稿" in page
    english = await office.call(
        "GET", f"/v1/bulletins/{draft['id']}/preview/html", by="zhang", params={"language": "en"}
    )
    town = percent(*(sum(OUTPUT[f"{year}-0{month}"][0] for month in (1, 2)) for year in (2026, 2025)))
    assert f"up {town}% year on year" in english.text
    # The county's rules hold from February on.
    january = await made(office, number=1)
    assert (await figures_of(office, january))["lists.red.count"]["value"] == "1"
    # Another kind, whose months are not all over: what is not known says so.
    quarter = await office.done("POST", "/v1/bulletins", MONTH | {"kind": "quarter", "number": 1}, by="zhang")
    figures = await figures_of(office, quarter)
    assert figures["economy.output_value.total"]["reason"] == "not_reported"
    assert "工业总产值（尚无上报数据）" in block(quarter, "economy.total")["reads_zh"]
    assert block(quarter, "contest.none")["reads_zh"] == "一季度擂台赛尚未公布排名。"
    await reviewed(office, quarter)
    await office.refused(
        "POST",
        f"/v1/bulletins/{quarter['id']}/publications",
        {},
        by="li",
        status=409,
        code="bulletin.period_not_over",
    )
    assert json.loads((await office.call("GET", "/v1/bulletins/changes")).content)["items"] == []


async def test_sections_say_what_the_other_slices_know(office: Office) -> None:
    first, second = await staffed(office)
    third = await enterprise(office, 3, OTHER_TOWN)
    for month in ("04", "05", "06"):
        rows = {number: full(1000, tax=tax) for number, tax in ((1, 120), (2, 60), (3, 90))}
        await reported(office, f"2026-{month}", rows)
    # A quarter of the contest, frozen; one of its enterprises under a veto.
    veto = {
        "ground": "safety",
        "enterprise_id": second,
        "period_from": "2026-05-01",
        "explanation_zh": "较大事故",
        "evidence": "批复7号",
    }
    await office.done("POST", "/v1/vetoes", veto, by="wang")
    items = [{"enterprise_id": one} for one in (first, second, third)]
    scheme = {"components": [component("tax", 100, "economy", "tax")]}
    path, _ = await contest(office, "QY", "enterprise", scheme, items)
    await office.done("POST", f"{path}/standings", {"quarter": 2}, by="li")
    # Support that was paid today.
    policy_id = await adopted(office, policy("TX"), "100000")
    application = await submitted(office, policy_id, first, by="plant")
    await approved(office, application)
    payment = {"amount_yuan": "40000", "paid_on": "2026-09-15", "evidence": "凭证1"}
    await office.done("POST", f"{application}/payments", payment, by="wang")

    asked = {"region_code": COUNTY, "kind": "half_year", "year": 2026, "number": 1}
    half = await office.done("POST", "/v1/bulletins", asked, by="wang")
    summary = block(half, "contest.QY.summary")["reads_zh"]
    assert "擂台赛QY，参加排名2个；居前的是enterprise 1 (demo)（100分）" in summary
    assert "取消资格1个（enterprise 2 (demo)）" in summary
    assert "期末有效1项，其中能耗目标未完成0项" in block(half, "energy.summary")["reads_zh"]
    assert block(half, "honours.none")["reads_zh"] == "2026年上半年未组织评选表彰。"
    figures = await figures_of(office, half)
    shown = await office.call("GET", f"/v1/bulletins/{half['id']}/preview/html", by="wang")
    black = shown.text[shown.text.index("本期黑榜") :]
    assert black.index("擂台赛排名末位") > 0
    assert "被一票否决" in black
    # A rank opens to its components; the veto's rows to the veto.
    ranks = [key for key in figures if key.startswith("contest.QY.") and key.endswith(".rank")]
    rows = (await office.done("GET", f"/v1/bulletins/{half['id']}/figures/{ranks[0]}/rows"))["rows"]
    assert [part["component"] for part in rows[0]["parts"]] == ["tax"]

    year = await office.done("POST", "/v1/bulletins", asked | {"kind": "year"}, by="wang")
    support = block(year, "support.summary")["reads_zh"]
    assert support.startswith("2026年度兑付扶持资金4万元，惠及企业1户")
    assert "执行率40%，未安排资金3万元" in block(year, "support.budgets")["reads_zh"]
    rows = (await office.done("GET", f"/v1/bulletins/{year['id']}/figures/support.year.paid/rows"))["rows"]
    assert [(row["value"], row["paid_on"]) for row in rows] == [("40000", "2026-09-15")]
