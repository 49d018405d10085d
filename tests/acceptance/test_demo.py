"""The newcomer's first command: it ends with the first alert's whole story."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ports import reserve_ports
from tests.support.stack import Stack, duban
from tests.support.world import ok

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(900)]


def test_demo_ends_with_the_story_of_a_spike(tmp_path: Path) -> None:
    port_base = reserve_ports()
    try:
        printed = duban("demo", "--data", str(tmp_path), "--port-base", str(port_base)).stdout
        stack = Stack(tmp_path, port_base)
        officer = stack.login("officer")
        with stack.client("alerts", stack.token(officer["username"], officer["password"])) as alerts:
            live = ok(alerts.get("/v1/alerts", params={"limit": 1000}))["items"]
        with stack.client("projects", stack.admin_token()) as projects:
            registered = ok(projects.get("/v1/projects", params={"limit": 1000}))["items"]
        with stack.client("energy", stack.admin_token()) as energy:
            meters = ok(energy.get("/v1/meters", params={"limit": 1000}))["items"]
            conditions = ok(energy.get("/v1/conditions", params={"limit": 1000}))["items"]
    finally:
        duban("down", "--data", str(tmp_path))
    for step in ("Reading", "Receipt", "Detection", "Alert", "Told", "Delivered", "Escalation"):
        assert step in printed, f"the story lacks: {step}\n{printed}"
    assert len(registered) >= 120
    assert len(meters) >= 400
    # A year of history without a false alarm: what is detected is what the feed planted.
    assert 1 <= len(conditions) <= 3
    kinds = {alert["condition_kind"] for alert in live}
    assert {"spike", "stalled"} <= kinds
