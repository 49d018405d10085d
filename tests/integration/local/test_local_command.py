"""The command `duban` as a user types it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import reserve_ports

ROOT = Path(__file__).parents[3]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "stack"
    duban("down", data=tmp_path / "stack")


def duban(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    # From another directory, by DUBAN_DATA: nothing may depend on where it is called.
    return subprocess.run(
        [str(ROOT / "bin" / "duban"), *arguments],
        cwd="/",
        env={**os.environ, "DUBAN_DATA": str(data), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_stack_is_started_shown_and_stopped_by_the_command(data: Path) -> None:
    port = str(reserve_ports())
    started = duban("up", "--port-base", port, "--no-services", data=data)
    assert started.returncode == 0, started.stderr
    assert "Ready after" in started.stdout
    assert f"http://127.0.0.1:{port}" in started.stdout

    again = duban("up", data=data)  # knows its ports by itself
    assert again.returncode == 0
    assert "already running and healthy" in again.stdout

    shown = duban("status", data=data)
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ("postgres", "kafka", "mailbox"))

    logs = duban("logs", "postgres", data=data)
    assert "database system is ready to accept connections" in logs.stdout
    unknown = duban("logs", "nobody", data=data)
    assert unknown.returncode == 1
    assert "There are: kafka, mailbox, postgres, supervisor" in unknown.stderr

    stopped = duban("down", data=data)
    assert stopped.returncode == 0
    assert "Stopped the stack" in stopped.stdout


def test_command_says_so_when_nothing_runs(data: Path) -> None:
    assert duban("down", data=data).returncode == 0
    status = duban("status", data=data)
    assert status.returncode == 3
    assert "No stack runs" in status.stdout
    feed = duban("feed", data=data)
    assert feed.returncode == 1
    assert "Start one with demo data: duban demo" in feed.stderr


@pytest.mark.parametrize("origin", ["yesterday", "2026-09-15T08:30:00"])
def test_clock_is_refused_when_its_origin_is_no_instant(data: Path, origin: str) -> None:
    refused = duban("up", "--clock-origin", origin, data=data)
    assert refused.returncode == 1
    assert "2026-09-15T08:30:00+08:00" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_start_says_what_to_do_when_the_directory_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    refused = duban("up", data=tmp_path / "file")
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert "--data DIR" in refused.stderr
