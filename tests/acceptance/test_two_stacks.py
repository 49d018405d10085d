"""Two stacks side by side share nothing, and going down leaves no process behind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psutil
import pytest

from tests.support.stack import running_stack
from tests.support.world import build_world, ok, register_meters

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(600)]


def processes_of(directory: Path) -> list[int]:
    marker = str(directory)
    return [
        process.info["pid"]
        for process in psutil.process_iter(["pid", "cmdline"])
        if any(marker in part for part in process.info["cmdline"] or ())
    ]


def test_stacks_share_nothing_when_two_run_side_by_side(tmp_path: Path) -> None:
    options = ("--clock-origin", "2026-09-15T08:30:00+08:00")
    with (
        running_stack(tmp_path / "east", *options) as east,
        running_stack(tmp_path / "west", *options) as west,
    ):
        worlds = build_world(east), build_world(west)
        register_meters(worlds[0], ["ONLY-EAST"], since=date(2026, 1, 1))
        for world, expected in zip(worlds, (["ONLY-EAST"], []), strict=True):
            with world.api("energy") as energy:
                assert [meter["meter_no"] for meter in ok(energy.get("/v1/meters"))["items"]] == expected
    assert processes_of(tmp_path) == []
