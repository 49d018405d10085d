"""A shift that two people sign: on a desk by who goes, on a phone by who comes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Office
from tests.support.browser import PHONE, Visitor, choose
from tests.support.stack import wait_for
from tests.support.world import COUNTY, ok

Visit = Callable[..., Visitor]

ROSTER = "通山县值班（演示）"
ALERT = "窑尾温度越限（演示）"
PROMISED = "2026-09-15T12:30:00+08:00"


def _prepare(office: Office) -> None:
    """A roster, an open alert with a promise, and something that is kept quiet."""
    office.raise_alerts({"name": "kiln", "severity": "critical", "title": ALERT})
    clerk = office.stack.token("clerk", PASSWORD)
    with office.world.api("alerts") as admin, office.stack.client("alerts", clerk) as http:
        roster = {"code": "shift_county", "name_zh": ROSTER, "name_en": "County duty (demo)"}
        facts = {"kind": "around_the_clock", "region_code": COUNTY, "valid_from": "2026-01-01"}
        ok(admin.post("/v1/duty-rosters", json={**roster, **facts}))

        def raised() -> list[str]:
            found = ok(http.get("/v1/alerts", params={"filter[severity][eq]": "red", "limit": 1000}))["items"]
            return [each["id"] for each in found if each["title_zh"] == ALERT]

        (alert,) = wait_for(raised, 180, "the alert is there")
        ok(http.post(f"/v1/alerts/{alert}/acknowledgements", json={"promised_at": PROMISED}))
        quiet = {
            "matchers": [{"name": "object_id", "value": "M-QUIET"}],
            "ends_at": "2026-09-15T18:00:00+08:00",
            "reason": "变压器检修（演示）",
            "region_code": COUNTY,
        }
        ok(http.post("/v1/silences", json=quiet))


def test_shift_is_signed_by_who_goes_at_the_desk_and_who_comes_on_the_phone(visit: Visit, office: Office) -> None:
    _prepare(office)
    visitor = visit()
    page = visitor.page
    visitor.open("/alerts")
    page.get_by_role("button", name="交接班").click()
    expect(page.get_by_text("暂无数据")).to_be_visible()
    page.get_by_role("button", name="交班", exact=True).click()
    # There is one roster, so nobody need choose it; what stands open is read before anybody is named.
    row = page.get_by_role("row").filter(has_text=ALERT)
    expect(row).to_contain_text("2026-09-15 12:30")
    expect(page.get_by_text("变压器检修（演示）")).to_be_visible()
    page.get_by_role("button", name="签字交班").click()
    expect(page.get_by_text("必填")).to_be_visible()
    choose(page.locator(".page"), "接班人", "leader（演示）")
    page.get_by_label("交代事项").fill("看住窑尾，十二点半前回话")
    assert visitor.barriers() == []
    page.get_by_role("button", name="签字交班").click()
    expect(page.locator(".page-head").get_by_text("待接班签字")).to_be_visible()
    # Who gave it cannot sign for the other.
    expect(page.get_by_role("button", name="接班", exact=True)).to_have_count(0)

    chief = visit(size=PHONE, username="chief")
    phone = chief.page
    chief.open("/tasks")
    phone.locator("section").filter(has_text="待我接班").get_by_role("link").filter(has_text=ROSTER).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(ROSTER)
    expect(phone.get_by_text("看住窑尾，十二点半前回话")).to_be_visible()
    expect(phone.get_by_role("row").filter(has_text=ALERT)).to_be_visible()
    assert chief.overflow() <= 0
    assert chief.barriers() == []
    phone.get_by_role("button", name="接班", exact=True).click()
    phone.get_by_role("dialog").get_by_label("接班意见").fill("知悉")
    phone.get_by_role("dialog").get_by_role("button", name="签字接班").click()
    expect(phone.locator(".page-head").get_by_text("已交接")).to_be_visible()
    expect(phone.get_by_role("button", name="接班", exact=True)).to_have_count(0)

    visitor.open("/alerts/handovers")
    expect(page.get_by_role("row").filter(has_text=ROSTER)).to_contain_text("已交接")
    page.get_by_role("row").filter(has_text=ROSTER).get_by_role("link").click()
    expect(page.get_by_text("知悉", exact=True)).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="下载签字文件").click()
    told = json.loads(Path(saved.value.path()).read_text(encoding="utf-8"))
    canonical = json.dumps(told["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert told["digest"] == "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    assert (told["statement"]["giver_id"], told["taker_id"], told["taker_note"]) == (
        office.world.people["officer"],
        office.world.people["leader"],
        "知悉",
    )
