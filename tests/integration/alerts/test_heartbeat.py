"""The outward heartbeat: told while events go round, missed when a link is gone; the receiver is a process."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local import heartbeat_watch
from libs.common.clock import SystemClock
from libs.common.contracts.heartbeat import HEARTBEAT
from libs.common.database import Database
from libs.common.ids import new_id
from libs.common.kafka.deadletter import DeadLetters, dead_letter_topic
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.runner import ConsumerRunner
from libs.common.kafka.topics import ensure_topics
from libs.common.outbox.relay import Relay
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.outgoing import GuardedClient, outgoing_client
from libs.common.webhooks.signing import new_secret
from services.alerts.heartbeat.jobs import Heartbeat, Receiver
from services.alerts.subscriptions import BEATS
from tests.support.messaging import eventually
from tests.support.ports import reserve_ports

_SILENT_AFTER = 4.0


@dataclass
class Outside:
    """A running `duban heartbeat-watch`, and the file to which its command adds what it is told."""

    port: int
    alarms: Path
    secret: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/beats"

    def told(self) -> list[dict[str, Any]]:
        lines = self.alarms.read_text().splitlines() if self.alarms.exists() else []
        return [json.loads(line) for line in lines]

    def known(self) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=60).json()
        return answer


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """Run as on another machine: the one file, by a Python that knows nothing of this checkout."""
    port, alarms, secret = reserve_ports(1), tmp_path / "alarms", new_secret()
    (tmp_path / "secret").write_text(secret)
    command = [sys.executable, "-I", "-S", str(Path(heartbeat_watch.__file__)), "--port", str(port)]
    command += ["--silent-after", str(_SILENT_AFTER), "--secret-file", str(tmp_path / "secret")]
    command += ["--command", f"cat >> {alarms}; echo >> {alarms}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert '"watching"' in process.stdout.readline()
    yield Outside(port, alarms, secret)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    process.stdout.close()


@dataclass
class Chain:
    """Relay and consumer of the alerts service for beats, each on its own, so that each can be cut."""

    database: Database
    publisher: KafkaPublisher
    bootstrap: str
    prefix: str

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        async with _running(Relay(self.database, self.publisher, topic_prefix=self.prefix).run()):
            yield

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[None]:
        runner = ConsumerRunner(
            bootstrap=self.bootstrap,
            consumer="alerts",
            subscriptions=[BEATS],
            database=self.database,
            clock=SystemClock(),
            new_id=new_id,
            dead_letters=DeadLetters(self.publisher, consumer="alerts"),
            topic_prefix=self.prefix,
            gathers=True,
        )
        async with _running(runner.run()):
            yield

    @asynccontextmanager
    async def beating(
        self, outside: Outside, *, allowed: str = "127.0.0.1", states: tuple[str, ...] = ("ready",)
    ) -> AsyncIterator[None]:
        def asker(state: str) -> Any:
            async def ask() -> str:
                return state

            return ask

        async with outgoing_client(60) as client:
            heartbeat = Heartbeat(
                self.database,
                SystemClock(),
                new_id,
                GuardedClient(client, AllowedHosts.of([allowed], require_https=False)),
                Receiver(outside.url, [outside.secret], every_seconds=0.5, patience_seconds=300),
                {f"service-{number}": asker(state) for number, state in enumerate(states)},
            )
            async with _running(heartbeat.run()):
                yield


@asynccontextmanager
async def _running(work: Any) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def chain(database: Database, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Chain]:
    topics = [HEARTBEAT, dead_letter_topic(HEARTBEAT, "alerts")]
    await ensure_topics(kafka_bootstrap, topics, prefix=topic_prefix, partitions=1, replication=1)
    publisher = KafkaPublisher(kafka_bootstrap, client_id="test")
    await publisher.start()
    yield Chain(database, publisher, kafka_bootstrap, topic_prefix)
    await publisher.stop()


async def test_alarm_comes_and_goes_when_the_relay_is_cut(chain: Chain, outside: Outside) -> None:
    async with chain.consuming(), chain.beating(outside):
        async with chain.relaying():
            await eventually(lambda: _heard(outside, 3))
            assert outside.known()["last_state"] == "ok"
            before = len(outside.told())
        # The process beats on, but nothing is published any more: outside it is silent.
        await eventually(lambda: _told_more(outside, before, "alarm"))
        # What is told is rounded to a tenth of a second.
        alarm = next(each for each in outside.told()[before:] if each["event"] == "alarm")
        assert alarm["silent_seconds"] >= _SILENT_AFTER
        last = alarm["last_sequence"] or 0
        before = len(outside.told())
        async with chain.relaying():
            await eventually(lambda: _told_more(outside, before, "recovered"))
    assert max(each["last_sequence"] or 0 for each in outside.told()) > last


async def test_alarm_comes_when_the_consumer_is_cut(chain: Chain, outside: Outside) -> None:
    async with chain.relaying(), chain.beating(outside):
        async with chain.consuming():
            await eventually(lambda: _heard(outside, 2))
            before = len(outside.told())
        await eventually(lambda: _told_more(outside, before, "alarm"))


async def test_beat_says_degraded_when_a_service_is_not_ready(chain: Chain, outside: Outside) -> None:
    async with chain.relaying(), chain.consuming(), chain.beating(outside, states=("ready", "no answer")):
        await eventually(lambda: _heard(outside, 1))
    assert outside.known()["last_state"] == "degraded"


async def test_nothing_is_sent_when_the_receiver_is_no_allowed_host(chain: Chain, outside: Outside) -> None:
    async with chain.relaying(), chain.consuming(), chain.beating(outside, allowed="hooks.example.org"):
        await eventually(lambda: _has_error(chain, "host_not_allowed"))
    assert outside.known()["last_sequence"] is None


def test_forged_and_old_beats_do_not_count_when_they_are_sent(outside: Outside) -> None:
    forged = httpx.post(
        outside.url, json={"sequence": 1}, headers={"webhook-timestamp": str(int(time.time()))}, timeout=60
    )
    assert forged.status_code == 401
    body, now = json.dumps({"sequence": 1, "state": "ok"}), int(time.time())
    for age, status in ((10, 200), (10, 409), (20, 409), (4_000, 401), (5, 200)):
        assert _signed(outside, body, now - age).status_code == status, age
    assert httpx.post(f"http://127.0.0.1:{outside.port}/other", content=b"{}", timeout=60).status_code == 400


def _signed(outside: Outside, body: str, at: int) -> httpx.Response:
    from datetime import UTC, datetime

    from libs.common.webhooks.signing import signed_headers

    # The same instant again is the same beat sent again.
    signed = signed_headers([outside.secret], "heartbeat-1", datetime.fromtimestamp(at, UTC), body)
    return httpx.post(outside.url, content=body, headers=signed, timeout=60)


def test_watch_refuses_to_run_when_nobody_would_hear_it() -> None:
    with pytest.raises(SystemExit) as refused:
        heartbeat_watch.main(["--port", "0"])
    assert refused.value.code == 2


async def _heard(outside: Outside, sequence: int) -> bool:
    return (outside.known()["last_sequence"] or 0) >= sequence


async def _told_more(outside: Outside, than: int, event: str) -> bool:
    return event in [each["event"] for each in outside.told()[than:]]


async def _has_error(chain: Chain, text: str) -> bool:
    from services.alerts.heartbeat.tables import HeartbeatRow

    async with chain.database.session() as session:
        row = await session.get(HeartbeatRow, "outward")
        return row is not None and text in (row.last_error or "")
