"""The purpose of the whole: a spike and a stalled project reach a person, and climb when nobody acts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
import numpy as np
import pytest

from tests.support.stack import wait_for
from tests.support.world import SHANGHAI, World, ok, post_curves, register_meters, slots_of, wait_stored

pytestmark = pytest.mark.stack

TODAY = date(2026, 9, 16)


def usual_days(world: World, meter: str, days: int = 35) -> None:
    random = np.random.default_rng(3)
    curves = [
        {
            "meter_no": meter,
            "date": (TODAY - timedelta(days=age)).isoformat(),
            "values": np.round(random.normal(1500, 12, 96), 2).tolist(),
        }
        for age in range(days, 0, -1)
    ]
    world.stack.set_clock(slots_of(TODAY)[0] + timedelta(minutes=1))
    wait_stored(world, post_curves(world, curves)["receipt_id"])


def alerts_of(world: World, label: str) -> list[dict[str, Any]]:
    with world.api("alerts") as alerts:
        page = ok(alerts.get("/v1/alerts", params={"limit": 1000}))
    return [alert for alert in page["items"] if alert["object_label"] == label]


def wait_alert(world: World, label: str, **expected: Any) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        for alert in alerts_of(world, label):
            if all(alert[name] == value for name, value in expected.items()):
                return alert
        return None

    found = wait_for(look, 180, f"an alert of {label} with {expected}")
    assert found is not None
    return found


def told(world: World, post: str, alert_id: str) -> list[dict[str, Any]]:
    """Webhooks that reached the person of a post about an alert."""
    return [hook for hook in world.stack.received(post) if hook["body"]["data"]["alert_id"] == alert_id]


def wait_told(world: World, post: str, alert_id: str) -> dict[str, Any]:
    found = wait_for(lambda: told(world, post, alert_id), 180, f"{post} is told")
    return found[0]


def mailed(world: World, post: str, label: str) -> list[EmailMessage]:
    """Mails to the person of a post that name the label."""
    address = f"{post}@example.test"
    return [
        mail
        for mail in world.stack.mails()
        if mail["To"] == address and label in mail["Subject"] + mail.get_content()
    ]


def trail(world: World, alert_id: str) -> list[dict[str, Any]]:
    with world.api("alerts") as alerts:
        return list(ok(alerts.get(f"/v1/alerts/{alert_id}/trail"))["items"])


def test_spike_reaches_the_officer_and_climbs_until_acknowledged(county: World) -> None:
    world, meter = county, f"F-{uuid4().hex[:6]}"
    register_meters(world, [meter], since=TODAY - timedelta(days=60), name="1号矿热炉（演示）")
    usual_days(world, meter)
    slot = slots_of(TODAY)[45]
    world.stack.set_clock(slot + timedelta(minutes=15, seconds=5))
    with world.feed() as feed:
        posted = feed.post(
            "/v1/readings",
            params={"unit": "kW"},
            json=[{"meter_no": meter, "at": slot.isoformat(), "value": 3_400.0}],
        )
        assert posted.status_code == 202, posted.text

    alert = wait_alert(world, meter, status="open")
    # What people need to believe it: when, how much, and what would have been usual.
    for text in (alert["title_zh"], alert["title_en"], alert["text_zh"], alert["text_en"]):
        assert text
    assert "3,400" in alert["text_en"]
    assert datetime.fromisoformat(alert["occurred_at"]) == slot
    first = wait_told(world, "officer", alert["id"])
    assert first["headers"]["webhook-id"]
    mail = wait_for(lambda: mailed(world, "officer", meter), 180, "the officer's mail")[0]
    assert alert["title_zh"] in mail["Subject"] + mail.get_content()
    assert told(world, "leader", alert["id"]) == []

    # Nobody acts: it climbs.
    world.stack.set_clock(slot + timedelta(days=1))
    wait_told(world, "leader", alert["id"])
    world.stack.set_clock(slot + timedelta(days=3))
    wait_told(world, "supervision_group", alert["id"])

    with world.api("alerts") as alerts:
        promise = (slot + timedelta(days=5)).isoformat()
        done = alerts.post(
            f"/v1/alerts/{alert['id']}/acknowledgements", json={"promised_at": promise, "note": "on site"}
        )
        assert done.is_success, done.text
    acknowledged = wait_alert(world, meter, status="acknowledged")
    assert acknowledged["id"] == alert["id"]
    kinds = [entry["kind"] for entry in trail(world, alert["id"])]
    assert kinds[0] == "opened"
    assert kinds.count("escalated") >= 2
    assert kinds[-1] == "acknowledged"

    # Back to usual: the condition clears and the alert is resolved, with the reason.
    world.stack.set_clock(slot + timedelta(days=3, hours=1))
    with world.feed() as feed:
        body = [
            {"meter_no": meter, "at": (slot + timedelta(minutes=15 * step)).isoformat(), "value": 1_500.0}
            for step in range(1, 13)
        ]
        assert feed.post("/v1/readings", params={"unit": "kW"}, json=body).status_code == 202
    resolved = wait_alert(world, meter, status="resolved")
    assert resolved["id"] == alert["id"]
    assert len(alerts_of(world, meter)) == 1


def test_stalled_project_reaches_the_officer_when_nothing_moves(county: World) -> None:
    world, code = county, f"2026-{uuid4().hex[:8]}"
    started = date(2026, 5, 6)
    with world.api("projects") as projects:
        project = ok(
            projects.post(
                "/v1/projects",
                json={
                    "code": code,
                    "name": "年产五万吨冶金辅料（演示）",
                    "kind": "new_build",
                    "region_code": "421224",
                    "total_investment_yuan": "56000000",
                    "responsible_person_id": world.people["officer"],
                },
            )
        )
        path = f"/v1/projects/{project['id']}"
        change_stage(
            projects,
            path,
            {
                "stage": "signed",
                "on": "2026-03-02",
                "contract_amount_yuan": "56000000",
                "investor": "演示投资人",
                "channel": "government",
                "planned_start_on": "2026-05-01",
            },
        )
        change_stage(
            projects,
            path,
            {
                "stage": "started",
                "on": started.isoformat(),
                "evidence": "施工许可 2026-05（演示）",
                "planned_production_on": "2027-06-30",
                "planned_capacity_on": "2027-12-31",
            },
        )
    # The daily scan runs at half past seven on the stack's clock.
    world.stack.set_clock(datetime(2026, 9, 21, 7, 31, tzinfo=SHANGHAI))
    alert = wait_alert(world, code, status="open")
    wait_told(world, "officer", alert["id"])
    with world.api("projects") as projects:
        etag = projects.get(path).headers["ETag"]
        entry = projects.post(
            f"{path}/progress-entries",
            json={"on": "2026-09-20", "percent": "35", "note": "基础完成（演示）"},
            headers={"If-Match": etag},
        )
        assert entry.is_success, entry.text
    assert wait_alert(world, code, status="resolved")["id"] == alert["id"]


def change_stage(projects: httpx.Client, path: str, facts: dict[str, Any]) -> None:
    etag = projects.get(path).headers["ETag"]
    answer = projects.post(f"{path}/stage-changes", json=facts, headers={"If-Match": etag})
    assert answer.is_success, answer.text
