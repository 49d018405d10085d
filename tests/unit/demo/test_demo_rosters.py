"""The demo's duty rosters: set up once, from people whom the registry knows."""

from datetime import date
from typing import Any

import httpx
import orjson

from deploy.demo import duty_rosters
from deploy.demo.client import DemoClient
from deploy.demo.dataset import registry
from deploy.demo.transport import Transport

PERSONS = {person.key: f"id-{person.key}" for person in registry.PEOPLE}
TODAY = date(2026, 9, 15)


class Alerts:
    """Keeps rosters and their rotations as the service does."""

    def __init__(self) -> None:
        self.rosters: dict[str, list[Any]] = {}
        self.writes = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")[3:]
        if request.method == "POST":
            self.writes += 1
            body = orjson.loads(request.content)
            if not parts:
                self.rosters[body["code"]] = []
            else:
                self.rosters[parts[0]].append(body)
            return httpx.Response(201, json={})
        if parts[0] not in self.rosters:
            return httpx.Response(404, json={"code": "duty.roster_not_found"})
        return httpx.Response(200, json={"items": self.rosters[parts[0]]})


async def test_rosters_are_set_up_once() -> None:
    alerts = Alerts()
    urls = {"projects": "http://projects", "energy": "http://energy", "alerts": "http://alerts"}
    client = DemoClient(Transport(urls, api_key="dk_x", patience=0, transport=httpx.MockTransport(alerts)))

    async def at_once(attempt: Any) -> None:
        await attempt()

    for _ in range(2):
        await duty_rosters.configure(client, PERSONS, TODAY, at_once)
    assert {code: len(turns) for code, turns in alerts.rosters.items()} == {
        roster.code: 1 for roster in duty_rosters.ROSTERS
    }
    assert alerts.writes == 2 * len(duty_rosters.ROSTERS)


def test_everybody_on_duty_has_a_backup_who_is_somebody_else() -> None:
    for roster in duty_rosters.ROSTERS:
        assert len(roster.members) == len(roster.people) > 1
        for first, second in roster.members:
            assert first != second
            assert {first, second} <= PERSONS.keys()
