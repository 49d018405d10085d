"""A stack is broken, and brought back by the runbook's own commands and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.processes import CONSOLE, SERVICE_PROCESSES
from deploy.observability.metrics import metrics
from libs.common.contracts.projects import REGION, RegionRecordedV1
from libs.common.ids import new_id
from libs.common.outbox.envelope import encode_headers
from tests.support.messaging import NOON
from tests.support.runbook import ROOT, play, sections
from tests.support.stack import Stack, duban, running_stack, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(3600)]

RUNBOOK = sections()
# Twelve days before the first day of a year without a notice.
DECEMBER = "2026-12-20T08:30:00+08:00"
_MB = 1024 * 1024


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of its own, small enough to be filled; an ordinary directory where it cannot be mounted."""
    directory = tmp_path_factory.mktemp("runbook") / "disk"
    directory.mkdir()
    size = ["mount", "-t", "tmpfs", "-o", "size=1900m,mode=0755", "none", str(directory)]
    mounted = subprocess.run(size, capture_output=True, check=False).returncode == 0
    yield directory
    if mounted:
        subprocess.run(["umount", "-l", str(directory)], check=False)


@pytest.fixture(scope="module")
def stack(small_disk: Path) -> Iterator[Stack]:
    with running_stack(small_disk / "stack", "--clock-origin", DECEMBER) as stack:
        yield stack


def doctor(stack: Stack) -> dict[str, dict[str, Any]]:
    """The worst finding of each code."""
    command = [sys.executable, "-m", "deploy.local", "doctor", "--json", "--data", str(stack.directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    order = {"bad": 0, "unknown": 1, "warn": 2, "ok": 3}
    told = sorted(json.loads(done.stdout)["findings"], key=lambda each: -order[each["state"]])
    return {each["code"]: each for each in told}


def section_of(finding: dict[str, Any]) -> str:
    return str(finding["runbook"]).partition("#")[2]


def test_metrics_are_those_of_the_list_when_processes_are_asked(stack: Stack) -> None:
    exposed: set[str] = set()
    for process in SERVICE_PROCESSES:
        if process.service != CONSOLE:
            text = httpx.get(f"http://127.0.0.1:{stack.port_base + process.port_offset}/metrics").text
            exposed |= {
                name.removesuffix("_total") for name in re.findall(r"^# TYPE (duban_\S+)", text, re.MULTILINE)
            }
    listed = {metric.name.removesuffix("_total") for metric in metrics()}
    # The stand-alone Alertmanager has one of its own, and made of a metric is its time of making.
    assert listed - exposed <= {"duban_alertmanager_build_info", "alertmanager_build_info"}
    assert {name for name in exposed - listed if not name.endswith("_created")} == set()


def test_calendar_is_known_again_when_the_section_was_played(stack: Stack, tmp_path: Path) -> None:
    before = doctor(stack)["calendar.end"]
    assert (before["state"], before["figures"]["year"]) == ("bad", 2027)
    days = tmp_path / "days.csv"
    days.write_text("on,working,note\n2027-01-01,no,元旦\n2027-02-14,yes,调休\n", encoding="utf-8")
    said = play(RUNBOOK[section_of(before)], stack.directory, {"DAYS": str(days)})
    assert "2 days are recorded." in said
    after = doctor(stack)["calendar.end"]
    assert (after["state"], after["figures"]["year"]) == ("ok", 2028)


async def _poison(stack: Stack) -> None:
    """A region whose name is a number, as a sender of another make might write it."""
    headers = encode_headers(
        event_id=new_id(),
        event_type=RegionRecordedV1.event_type,
        source="/projects",
        subject="421299",
        time=NOON,
        aggregate_version=1,
        region_code="421299",
        traceparent=None,
    )
    producer = AIOKafkaProducer(bootstrap_servers=stack.facts["kafka"])
    await producer.start()
    try:
        body = json.dumps({"code": "421299", "name": 7}).encode()
        await producer.send_and_wait(REGION.name, body, key=b"421299", headers=headers)
    finally:
        await producer.stop()


def test_poison_takes_effect_once_when_the_section_was_played(stack: Stack, tmp_path: Path) -> None:
    asyncio.run(_poison(stack))
    found = wait_for(lambda: _letters_of(stack, 2), 300, "both readers of the registry set the event aside")
    finding = doctor(stack)["letters.waiting"]
    assert (finding["state"], section_of(finding)) == ("warn", "poison")
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps({"code": "421299", "name": "测试区"}), encoding="utf-8")
    filled = {"SERVICE": "energy", "LETTER": found["energy"], "MENDED": str(mended)}
    assert found["energy"] in play(RUNBOOK["poison"], stack.directory, filled)
    assert _region_names(stack, "energy") == ["测试区"]
    play(RUNBOOK["poison"], stack.directory, {"SERVICE": "alerts", "UNWANTED": found["alerts"]})
    assert _region_names(stack, "alerts") == []
    assert doctor(stack)["letters.waiting"]["state"] == "ok"


def _letters_of(stack: Stack, number: int) -> dict[str, str]:
    lines = duban("letters", "list", "--data", str(stack.directory)).stdout.splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return {each["service"]: each["id"] for each in found} if len(found) == number else {}


def _region_names(stack: Stack, service: str) -> list[str]:
    statement = "SELECT '=' || name FROM region_replica WHERE code = '421299'"
    said = duban("sql", service, "-c", statement, "--data", str(stack.directory)).stdout
    return re.findall(r"=(\S+)", said)


def test_broker_answers_again_when_the_section_was_played(stack: Stack) -> None:
    psutil.Process(stack.pid("kafka")).send_signal(signal.SIGSTOP)
    before = doctor(stack)["broker.reachable"]
    assert before["state"] == "bad"
    play(RUNBOOK[section_of(before)], stack.directory)
    after = doctor(stack)
    assert after["broker.reachable"]["state"] == after["broker.replicas"]["state"] == "ok"
    assert stack.admin_token()


def test_stack_works_again_when_the_disk_was_full_and_the_section_was_played(stack: Stack) -> None:
    if not os.path.ismount(stack.directory.parent):
        pytest.skip("only root can mount a disk small enough to be filled")
    old = stack.directory / "mailbox" / "old.eml"
    with pytest.raises(OSError, match="No space"):
        _fill(old)
    long_ago = stack.directory.stat().st_mtime - 40 * 86_400
    os.utime(old, (long_ago, long_ago))
    before = doctor(stack)
    assert before["disk.space"]["state"] == "bad"
    play(RUNBOOK[section_of(before["disk.space"])], stack.directory)
    after = doctor(stack)
    assert after["disk.writable"]["state"] == after["postgres.reachable"]["state"] == "ok"
    assert stack.admin_token()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(_MB))


def test_every_other_section_can_be_played_when_all_is_well(stack: Stack) -> None:
    done = {"calendar", "poison", "broker-dead", "disk-full"}
    for section, blocks in RUNBOOK.items():
        if section not in done:
            play(blocks, stack.directory)
    assert doctor(stack)["process.state"]["state"] in {"ok", "warn"}
