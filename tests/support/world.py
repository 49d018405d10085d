"""A small county for acceptance tests, built through the REST APIs as an integrator would.

All people are made up and labelled so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.support.stack import Stack, wait_for

SHANGHAI = ZoneInfo("Asia/Shanghai")
COUNTY = "421224"
OTHER_COUNTY = "421221"
TOWN = "421224101"
POSTS = ("officer", "leader", "supervision_group")


@dataclass(frozen=True)
class World:
    """Ids of what was registered; ``people`` by post."""

    stack: Stack
    admin: str
    feed_key: str
    people: dict[str, str]
    unit_id: str
    _renewed: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def api(self, service: str) -> httpx.Client:
        """As the administrator, who signs in anew when half of a token's life is over."""
        if time.monotonic() > self._renewed.get("until", 0.0):
            login = self.stack.login("admin")
            tokens = self.stack.signed_in(login["username"], login["password"])
            self._renewed.update(tokens, until=time.monotonic() + tokens["expires_in"] / 2)
        return self.stack.client(service, self._renewed["access_token"])

    def feed(self) -> httpx.Client:
        return self.stack.client("energy", **{"X-API-Key": self.feed_key})


def ok(answer: httpx.Response) -> Any:
    """The body of an answer that must have succeeded."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url} → {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def build_world(stack: Stack) -> World:
    """Regions, a unit, a person for each post, a feed key; a webhook and an address for mail for each person."""
    admin = stack.admin_token()
    with stack.client("projects", admin) as projects:
        for code, name in (
            ("420000", "湖北省"),
            ("421200", "咸宁市"),
            (COUNTY, "通山县"),
            (OTHER_COUNTY, "嘉鱼县"),
            (TOWN, "通羊镇"),
        ):
            ok(projects.put(f"/v1/regions/{code}", json={"name": name}))
        unit = ok(
            projects.post("/v1/units", json={"code": "office", "name": "经信局（演示）", "region_code": COUNTY})
        )
        people = {
            post: ok(
                projects.post(
                    "/v1/persons",
                    json={
                        "name": f"{post}（演示）",
                        "unit_id": unit["id"],
                        "region_code": COUNTY,
                        "post": post,
                        "email": f"{post}@example.test",
                    },
                )
            )["id"]
            for post in POSTS
        }
        key = ok(
            projects.post(
                "/v1/api-keys",
                json={
                    "name": "utility feed",
                    "role": "feed",
                    "scopes": ["energy:ingest", "energy:read"],
                    "region_code": COUNTY,
                },
            )
        )["key"]
    world = World(stack, admin, key, people, unit["id"])
    for post, person in people.items():
        channel = {"kind": "webhook", "person_id": person, "target": stack.webhook(post), "name": post}
        wait_for(partial(add_channel, world, channel), 240, f"alerts knows the {post}")
    return world


def add_channel(world: World, channel: dict[str, str]) -> bool:
    """False while the person has not reached the alerts service yet."""
    with world.api("alerts") as alerts:
        answer = alerts.post("/v1/channels", json=channel)
        if answer.status_code == 409 and answer.json()["code"] == "channel.unknown_recipient":
            return False
        ok(answer)
        return True


def register_meters(world: World, meter_nos: Sequence[str], *, since: date, **facts: Any) -> None:
    """Meters of 15 minutes and 5 MW in the county, valid from ``since``; waits until the feed key reaches them."""
    with world.api("energy") as energy:
        for meter_no in meter_nos:
            body = {
                "name": f"Meter {meter_no}",
                "region_code": COUNTY,
                "interval_minutes": 15,
                "capacity_kw": 5000,
                "valid_from": since.isoformat(),
                **facts,
            }
            ok(energy.put(f"/v1/meters/{meter_no}", json=body))

    def key_is_known() -> bool:
        with world.feed() as feed:
            return feed.get("/v1/meters", params={"limit": 1}).status_code == 200

    wait_for(key_is_known, 240, "the feed key reaches the energy service")


def post_curves(world: World, curves: Sequence[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    """Post day curves in kW; returns the receipt's body."""
    with world.feed() as feed:
        body = {"unit": "kW", "interval_minutes": 15, "source": "acceptance", "curves": list(curves), **facts}

        def taken() -> httpx.Response | None:
            # As callers do: what is not taken now is sent again.
            answer = feed.post("/v1/curves", json=body)
            return None if answer.status_code in {429, 503} else answer

        answer = wait_for(taken, 240, "the door lets curves in")
        assert answer is not None
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt


def wait_stored(world: World, receipt_id: str, seconds: float = 300) -> dict[str, Any]:
    """The receipt once the worker has merged all of it."""

    def merged() -> dict[str, Any] | None:
        with world.feed() as feed:
            body: dict[str, Any] = ok(feed.get(f"/v1/receipts/{receipt_id}"))
            return body if body["status"] == "merged" else None

    found = wait_for(merged, seconds, f"receipt {receipt_id} is merged")
    assert found is not None
    return found


def slots_of(day: date) -> list[datetime]:
    """Starts of the 96 slots of a day, in Chinese standard time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    return [midnight + timedelta(minutes=15 * slot) for slot in range(96)]
