"""One stack and one browser for all journeys, which are collected from one module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESK, Visitor, running_browser
from tests.support.stack import Stack, running_stack
from tests.support.world import COUNTY, World, build_world, ok

_PARTS = "door energy year office day fund access away push way_in shift operation"
for _journeys in _PARTS.split():
    pytest.register_assert_rewrite(f"tests.browser.{_journeys}_journeys")

# A machine that runs the other half of the suite beside us is slow, not wrong.
expect.set_options(timeout=90_000)

MORNING = "2026-09-15T08:30:00+08:00"
PASSWORD = "Journey-2026-x"


@dataclass(frozen=True, eq=False)
class Office:
    """The county with accounts of its people, a few projects and meters."""

    world: World
    accounts: dict[str, str]

    @property
    def stack(self) -> Stack:
        return self.world.stack

    @property
    def password(self) -> str:
        return PASSWORD

    def raise_alerts(self, *alerts: dict[str, str]) -> None:
        """Alerts of another system, by the way such systems have: (name, severity, title)."""
        until = "2026-09-30T00:00:00+08:00"
        body = [
            {
                "labels": {"alertname": it["name"], "severity": it["severity"], "region_code": COUNTY},
                "annotations": {"summary_zh": it["title"], "summary_en": it.get("title_en", it["title"])},
                "startsAt": MORNING,
                "endsAt": until,
            }
            for it in alerts
        ]
        with self.world.api("alerts") as http:
            ok(http.post("/api/v2/alerts", json=body))

    def project(self, code: str, name: str) -> dict[str, Any]:
        with self.world.api("projects") as http:
            made: dict[str, Any] = ok(
                http.post(
                    "/v1/projects",
                    json={
                        "code": code,
                        "name": name,
                        "kind": "new_build",
                        "region_code": COUNTY,
                        "investor": "投资人（演示）",
                        "total_investment_yuan": "120000000",
                        "planned_start_on": "2026-10-01",
                        "planned_completion_on": "2027-10-01",
                    },
                )
            )
            return made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    options = ("--clock-origin", MORNING, "--clock-rate", "0")
    with running_stack(tmp_path_factory.mktemp("console"), *options) as stack:
        world = build_world(stack)
        accounts: dict[str, str] = {}
        with world.api("projects") as http:
            for name, role, person in (("clerk", "officer", "officer"), ("chief", "leader", "leader")):
                grants = {"role": role, "region_code": COUNTY, "person_id": world.people[person]}
                made = ok(http.post("/v1/accounts", json={"username": name, "password": PASSWORD, **grants}))
                accounts[name] = made["id"]
        yield Office(world, accounts)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the last journey: while it runs, Playwright's event loop is the only one of its worker."""
    with running_browser() as running:
        yield running


@pytest.fixture
def visit(office: Office, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens the console for somebody; at the end nothing may have been complained of."""
    visitors: list[Visitor] = []

    def visit(size: dict[str, int] = DESK, language: str = "zh-CN", username: str | None = "clerk") -> Visitor:
        visitor = Visitor(browser, office.stack.url("console"), size, language)
        visitors.append(visitor)
        if username:
            visitor.sign_in(username, PASSWORD)
        return visitor

    yield visit
    complaints = [complaint for visitor in visitors for complaint in visitor.complaints]
    for visitor in visitors:
        visitor.context.close()
    assert complaints == []
