"""Clients that people have, on a whole stack: what karma shows of it, and what an operator does with amtool.

The stack holds an alert of our own, opened by a spike that was read, beside alerts that were posted as Prometheus
posts them. karma's own answers are compared with what our interface says, fingerprint by fingerprint; the silence
is set and expired through karma's proxy as its page does.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from tests.alertmanager_suites.building import go, unpack
from tests.support.killing import Load, prepare
from tests.support.ports import reserve_ports
from tests.support.stack import Stack, running_stack, wait_for
from tests.support.world import World, build_world, ok

# What karma's server embeds of its page, where the page itself was not built: the server answers all the same.
_PAGE = "<!doctype html><title>karma</title>\n"
_POSTED = ("Down", "Slow", "Full")
_WAIT = 60


def build_karma(source: Path, target: Path) -> Path:
    """karma's server with an empty page in the place of the built one. Raises CannotBuild."""
    unpack(source, target, wants="cmd/karma/main.go")
    page = target / "ui" / "dist" / "index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_PAGE, encoding="utf-8")
    go(target, "build", "-o", "karma", "./cmd/karma")
    return target / "karma"


def use_clients(directory: Path, *, karma: Path | None, amtool: Path | None) -> str:
    """What the clients given saw and did, in lines; raises AssertionError where it is not what stands."""
    shutil.rmtree(directory / "stack", ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    options = ("--clock-origin", "2026-09-15T00:00:00+08:00", "--clock-rate", "0")
    with running_stack(directory / "stack", *options) as stack:
        world = build_world(stack)
        _open_alerts(world)
        lines = []
        if karma is not None:
            lines += _with_karma(world, karma, directory)
        if amtool is not None:
            lines += _with_amtool(world, amtool, directory)
    return "\n".join(lines) + "\n"


def _open_alerts(world: World) -> None:
    load: Load = prepare(world, ("K000",), seed=1)
    with world.feed() as feed:
        while not load.spikes:
            load.send_slot(feed)
            load.slot += 1
    with world.api("alerts") as alerts:
        ok(
            alerts.post(
                "/api/v2/alerts",
                json=[
                    {
                        "labels": {"alertname": name, "severity": "critical", "instance": f"host-{place}"},
                        "annotations": {"summary": f"{name} for the clients"},
                    }
                    for place, name in enumerate(_POSTED)
                ],
            )
        )

        def everything() -> bool:
            return len(ok(alerts.get("/api/v2/alerts"))) == len(_POSTED) + 1

        wait_for(everything, _WAIT, "the spike and the posted alerts are listed")


def _groups(world: World) -> dict[str, set[str]]:
    """Fingerprints of our groups' alerts by receiver."""
    found: dict[str, set[str]] = {}
    with world.api("alerts") as alerts:
        for group in ok(alerts.get("/api/v2/alerts/groups")):
            members = found.setdefault(group["receiver"]["name"], set())
            members.update(alert["fingerprint"] for alert in group["alerts"])
    return found


def _with_karma(world: World, program: Path, directory: Path) -> list[str]:
    with _karma(world.stack, world.admin, program, directory) as karma:
        ours = _groups(world)

        def same() -> dict[str, Any] | None:
            shown = _shown(karma)
            return shown if _by_receiver(shown) == ours else None

        shown = wait_for(same, _WAIT, f"karma shows the groups {ours}")
        assert shown is not None
        (upstream,) = shown["upstreams"]["instances"]
        assert (upstream["error"], shown["upstreams"]["counters"]["failed"]) == ("", 0), upstream
        total = sum(len(members) for members in ours.values())
        lines = [
            f"karma shows {total} alerts in {_count(shown)} groups of {len(ours)} receivers, of an Alertmanager "
            f"{upstream['version']}: the same fingerprints as GET /api/v2/alerts/groups"
        ]
        silence = _silence_through(karma, world)
        hidden = wait_for(lambda: _suppressed(karma, silence), _WAIT, "karma shows the alert as suppressed")
        # The stack's clock stands in the past, where karma's own finds every silence expired.
        listed = _json(karma.get("/silences.json", params={"showExpired": "1"}))
        assert [one["silence"]["id"] for one in listed] == [silence], listed
        with world.api("alerts") as alerts:
            assert ok(alerts.get(f"/v1/silences/{silence}"))["id"] == silence
        lines.append(f"a silence set through karma suppresses {hidden} alert, is in its list and among ours")
        answer = karma.delete(f"/proxy/alertmanager/duban/api/v2/silence/{silence}")
        assert answer.is_success, answer.text
        wait_for(lambda: not _suppressed(karma, silence), _WAIT, "karma shows the alert as active again")
        lines.append("expired through karma, it holds nothing back any more")
        return lines


@contextmanager
def _karma(stack: Stack, token: str, program: Path, directory: Path) -> Iterator[httpx.Client]:
    port = reserve_ports(1)
    configuration = {
        "alertmanager": {
            "interval": "1s",
            "servers": [
                {
                    "name": "duban",
                    "uri": stack.url("alerts"),
                    "timeout": "20s",
                    "proxy": True,
                    "headers": {"Authorization": f"Bearer {token}"},
                }
            ],
        },
        "listen": {"address": "127.0.0.1", "port": port},
    }
    # JSON is YAML.
    file = directory / "karma.yaml"
    file.write_bytes(orjson.dumps(configuration))
    with (directory / "karma.log").open("wb") as log:
        process = subprocess.Popen([program, f"--config.file={file}"], stdout=log, stderr=log, cwd=directory)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                wait_for(lambda: client.get("/health").is_success, _WAIT, "karma answers")
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)


def _json(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.status_code} {answer.text}"
    return answer.json()


def _shown(karma: httpx.Client) -> dict[str, Any]:
    """What karma's page would be given, every alert of every group."""
    body = {
        "gridLimits": {},
        "groupLimits": {},
        "gridLabel": "",
        "sortOrder": "startsAt",
        "sortLabel": "",
        "filters": [],
        "defaultGroupLimit": 1000,
        "gridSortReverse": False,
        "sortReverse": False,
    }
    shown: dict[str, Any] = _json(karma.post("/alerts.json", json=body))
    return shown


def _alert_groups(shown: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for grid in shown["grids"]:
        yield from grid["alertGroups"]


def _count(shown: Mapping[str, Any]) -> int:
    return sum(1 for _ in _alert_groups(shown))


def _by_receiver(shown: Mapping[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for group in _alert_groups(shown):
        members = found.setdefault(group["receiver"], set())
        for alert in group["alerts"]:
            members.update(instance["fingerprint"] for instance in alert["alertmanager"])
    return found


def _silence_through(karma: httpx.Client, world: World) -> str:
    now = world.stack.now()
    body = {
        "matchers": [{"name": "alertname", "value": _POSTED[0], "isRegex": False, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "operator@example.test",
        "comment": "known, DEVOPS-1",
    }
    return str(_json(karma.post("/proxy/alertmanager/duban/api/v2/silences", json=body))["silenceID"])


def _suppressed(karma: httpx.Client, silence: str) -> int:
    """How many alerts karma shows as suppressed by the silence."""
    return sum(
        alert["state"] == "suppressed" and any(silence in one["silencedBy"] for one in alert["alertmanager"])
        for group in _alert_groups(_shown(karma))
        for alert in group["alerts"]
    )


def _with_amtool(world: World, program: Path, directory: Path) -> list[str]:
    credentials = directory / "amtool.yml"
    credentials.write_text(f"authorization:\n  credentials: {world.admin}\n", encoding="utf-8")
    credentials.chmod(0o600)
    url = world.stack.url("alerts")

    def say(*arguments: str) -> str:
        done = subprocess.run(
            [program, f"--alertmanager.url={url}", f"--http.config.file={credentials}", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"amtool {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    version = re.search(r"version (\S+)", say("--version"))
    # amtool's times are those of this machine: so is the stack's from here on.
    world.stack.set_clock(datetime.now().astimezone(), rate=1.0)
    say("alert", "add", "Lost", "severity=warning", "--annotation=summary=lost")
    wait_for(lambda: "lost" in say("alert", "query", "Lost"), _WAIT, "amtool lists what it added")
    silence = say("silence", "add", "Lost", "--comment=known", "--author=operator", "--duration=1h").split()[-1]
    wait_for(lambda: silence in say("silence", "query"), _WAIT, "amtool lists the silence")
    wait_for(lambda: "lost" not in say("alert", "query", "Lost"), _WAIT, "the alert is held back")
    assert "lost" in say("alert", "query", "--silenced", "Lost")
    say("silence", "expire", silence)
    wait_for(lambda: "lost" in say("alert", "query", "Lost"), _WAIT, "the alert is back")
    assert silence in say("silence", "query", "--expired", "--within=1h")
    say("config", "routes", "show")
    receivers = say("config", "routes", "test", "alertname=Lost").split()
    return [
        f"amtool {version and version[1]}: alert add and query, silence add, query and expire, config routes show "
        f"and test ({', '.join(receivers)}) do on a stack with accounts what they do on an Alertmanager"
    ]
