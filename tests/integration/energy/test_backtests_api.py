"""Backtests: asked for, run, shown with pictures, and what a changed rule is held against."""

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.energy.backtests.command import backtest
from services.energy.backtests.jobs import run_backtests
from tests.support.energy import NEIGHBOUR, TODAY, Site, slot_at, usual_curve
from tests.support.energy_context import run_job

DAYS = 70
SPAN = {"from": (TODAY - timedelta(days=30)).isoformat(), "to": (TODAY - timedelta(days=1)).isoformat()}
# Between what the meter does on its worst days and what is put in.
STRICT = {"kind": "spike", "parameters": {"margin": 300.0}}


def day(age: int) -> date:
    return TODAY - timedelta(days=age)


async def store(site: Site) -> None:
    """Ten weeks of two meters: M1 has a spike at 20 days' age, M2 a gap of five hours at 10."""
    await site.register("M1", "M2")
    curves = [usual_curve(meter, day(age)) for age in range(DAYS, 0, -1) for meter in ("M1", "M2")]
    for curve in curves:
        if (curve["meter_no"], curve["date"]) == ("M1", day(20).isoformat()):
            curve["values"][40:42] = [1800.0, 1850.0]
        if (curve["meter_no"], curve["date"]) == ("M2", day(10).isoformat()):
            curve["values"][40:60] = [None] * 20
    async with site.worker():
        await site.merged(await site.post_curves(curves))


async def ask(site: Site, body: dict[str, Any], caller: str = "officer") -> dict[str, Any]:
    async with site.client(caller) as client:
        answer = await client.post("/v1/detection-backtests", json=body)
    assert answer.status_code == 202, answer.text
    await run_job(site, run_backtests)
    found: dict[str, Any] = await site.get(f"/v1/detection-backtests/{answer.json()['id']}", caller)
    return found


async def test_backtest_finds_what_is_stored_and_what_a_draft_would_miss(site: Site) -> None:
    await store(site)
    (spike,) = [item for item in (await site.get("/v1/conditions"))["items"] if item["kind"] == "spike"]
    async with site.client() as client:
        await client.post(f"/v1/conditions/{spike['id']}/verdicts", json={"is_true": True})
    plain = await ask(site, {**SPAN, "region_code": "421224"})
    assert (plain["status"], plain["meters"], plain["readings"]) == ("done", 2, 2 * 30 * 96 - 20)
    assert plain["figures"] == plain["before"]
    assert (plain["figures"]["hits"], plain["figures"]["events"], plain["figures"]["recall"]) == (1, 1, 1.0)
    found = {(item["meter_no"], item["kind"]): item["at"] for item in plain["alarms"]}
    assert found[("M1", "spike")] == f"{day(20)}T10:00:00"
    # Two hours after it was due: online it would have been the same.
    assert found[("M2", "missing")] == f"{day(10)}T12:00:00"
    drafted = await ask(site, {**SPAN, "region_code": "421224", "rules": [STRICT]}, "admin")
    assert (drafted["before"]["recall"], drafted["figures"]["recall"]) == (1.0, 0.0)
    assert drafted["digest"] != plain["digest"]
    async with site.client() as client:
        page = await client.get(f"/v1/detection-backtests/{drafted['id']}/report")
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "漏报 missed spike: Furnace (M1)" in page.text
    assert page.text.count("<svg") == 1
    # The same alarm, had somebody called it false.
    async with site.client() as client:
        await client.post(f"/v1/conditions/{spike['id']}/verdicts", json={"is_true": False})
    judged = await ask(site, {**SPAN, "meter_no": "M1"})
    assert (judged["figures"]["false_alarms"], judged["figures"]["unjudged"]) == (1, 0)
    async with site.client() as client:
        page = await client.get(f"/v1/detection-backtests/{judged['id']}/report")
    assert "误报 false spike" in page.text


async def test_rule_changes_with_the_backtest_that_tried_it_and_with_no_other(site: Site) -> None:
    await site.register("M1")

    async def put(rule: dict[str, Any]) -> tuple[int, str]:
        async with site.client("admin") as client:
            answer = await client.put("/v1/detection-rules", json={"valid_from": TODAY.isoformat(), **rule})
        return answer.status_code, answer.json().get("code", "")

    assert await put(STRICT) == (409, "backtest.missing")
    async with site.client("admin") as client:
        waiting = (await client.post("/v1/detection-backtests", json={**SPAN, "rules": [STRICT]})).json()
        report = await client.get(f"/v1/detection-backtests/{waiting['id']}/report")
        assert report.json()["code"] == "backtest.not_done"
    assert await put(STRICT | {"backtest_id": waiting["id"]}) == (409, "backtest.not_done")
    await run_job(site, run_backtests)
    other = STRICT | {"parameters": {"margin": 301.0}, "backtest_id": waiting["id"]}
    assert await put(other) == (409, "backtest.of_other_rule")
    elsewhere = STRICT | {"meter_no": "M1", "backtest_id": waiting["id"]}
    assert await put(elsewhere) == (409, "backtest.of_other_rule")
    short = await ask(site, {**SPAN, "from": (TODAY - timedelta(days=20)).isoformat(), "rules": [STRICT]}, "admin")
    assert await put(STRICT | {"backtest_id": short["id"]}) == (409, "backtest.too_short")
    assert (await put(STRICT | {"backtest_id": waiting["id"]}))[0] == 201
    site.clock.advance(timedelta(days=32))
    assert await put(STRICT | {"backtest_id": waiting["id"]}) == (409, "backtest.outdated")


async def test_backtest_is_refused_outside_of_the_callers_reach(site: Site) -> None:
    await site.register("M1")
    await site.add_key("other", "officer", NEIGHBOUR)
    mine = await ask(site, {**SPAN, "meter_no": "M1"})
    async with site.client("other") as client:
        assert (await client.get(f"/v1/detection-backtests/{mine['id']}")).status_code == 404
        assert (await client.post("/v1/detection-backtests", json={**SPAN, "meter_no": "M1"})).status_code == 404
        wide = await client.post("/v1/detection-backtests", json=SPAN)
        assert wide.json()["code"] == "detection.rule_scope_too_wide"
        both = await client.post(
            "/v1/detection-backtests", json={**SPAN, "meter_no": "M1", "region_code": NEIGHBOUR}
        )
        assert both.json()["code"] == "backtest.scope_ambiguous"
        upside = await client.post("/v1/detection-backtests", json={"from": SPAN["to"], "to": SPAN["from"]})
        assert upside.status_code in {409, 422}


async def test_command_tries_drafts_on_labels_and_writes_the_report(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await store(site)
    labels, drafts, out = tmp_path / "labels.csv", tmp_path / "draft.json", tmp_path / "report.html"
    with labels.open("w", newline="") as file:
        start = (datetime.fromisoformat(slot_at(40, day(20))) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M")
        csv.writer(file).writerows([["meter_no", "kind", "start", "end"], ["M1", "spike", start, start]])
    drafts.write_text(json.dumps(STRICT))
    arguments = ["--from", SPAN["from"], "--to", SPAN["to"], "--labels", str(labels), "--out", str(out)]
    assert await backtest(site.settings, [*arguments, "--rules", str(drafts), "--json"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    told = json.loads(line)
    assert (told["before"]["recall"], told["figures"]["recall"]) == (1.0, 0.0)
    # By labels whatever belongs to none of them is false: the gap of M2.
    assert told["figures"]["false_alarms"] == 1
    assert out.read_text().count("<svg") == 2
    drafts.write_text("[{}]")
    assert await backtest(site.settings, [*arguments, "--rules", str(drafts)]) == 2
    assert await backtest(site.settings, [*arguments, "--meter", "X"]) == 1
