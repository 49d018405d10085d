"""How fast the record is verified, and how many listeners one process of the stream serves.

``python -m tests.benchmarks.alerts_evidence trail [ENTRIES]`` or ``… stream [LISTENERS]``: on the PostgreSQL of
the tests (fsync off), the stream through a real server process and real sockets, all on this machine.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import psutil

from libs.common.clock import SystemClock
from libs.common.context import Context
from libs.common.contracts import alerts as contract
from libs.common.database import Database, migrate
from libs.common.ids import new_id
from libs.common.outbox.record import event_row, record_events
from libs.common.outbox.relay import Relay
from libs.common.security.principal import ROLE_SCOPES, SYSTEM, Principal, Role
from libs.common.settings import Environment
from libs.common.web.serving import serve
from services.alerts.api import build_api
from services.alerts.bootstrap import MIGRATIONS
from services.alerts.seals import service as seals
from services.alerts.seals.keys import SealKey
from services.alerts.seals.verification import Question, verify
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from services.alerts.trail.domain import chain
from tests.support.infra import ensure_infra
from tests.support.ports import reserve_ports

START = datetime(2026, 9, 15, 0, 30, tzinfo=UTC)
PER_ALERT = 10
EVENTS = 50
READER = Principal("reader", Role.SUPERVISOR, "421224", scopes=ROLE_SCOPES[Role.SUPERVISOR])


async def fresh_database(name: str) -> str:
    infra = ensure_infra()
    connection = await asyncpg.connect(infra.postgres_admin_dsn)
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    dsn = f"{infra.postgres_admin_dsn.rpartition('/')[0]}/{name}"
    await migrate(dsn, MIGRATIONS)
    return dsn


async def measure_trail(entries: int) -> None:
    """Entries a second of a whole verification, everything sealed."""
    database = Database(await fresh_database("bench_trail"))
    async with database.direct() as connection:
        await connection.execute("ALTER TABLE alert_trail DISABLE TRIGGER USER")
        for start in range(0, entries // PER_ALERT, 5_000):
            await _write(connection, start, min(5_000, entries // PER_ALERT - start))
        await connection.execute("INSERT INTO trail_unsealed SELECT alert_id, seq FROM alert_trail")
        await connection.execute("ANALYZE")
    begun = time.perf_counter()
    async with database.transaction() as session:
        made = await seals.seal_all(Context(session, START, new_id, SYSTEM), SealKey.derived("bench"))
    sealed = time.perf_counter() - begun
    begun, cpu = time.perf_counter(), time.process_time()
    async with database.direct() as connection:
        report = await verify(connection, Question())
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    assert report.is_intact, report.faults[:3]
    print_line(
        entries=report.entries,
        seals=made,
        seal_seconds=round(sealed, 2),
        verify_seconds=round(seconds, 2),
        entries_a_second=round(report.entries / seconds),
        entries_a_cpu_second=round(report.entries / cpu),
        memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    )
    await database.close()


async def _write(connection: asyncpg.Connection, start: int, count: int) -> None:
    alerts, rows = [], []
    facts = {
        "reason": "opened",
        "recipients": [{"name": "张三（演示）", "post": "officer", "ways": ["mail"]}],
        "step": 0,
    }
    for number in range(start, start + count):
        alert_id, previous = UUID(int=number + 1), chain.BEGINNING
        for seq in range(1, PER_ALERT + 1):
            entry = chain.link(
                alert_id=alert_id,
                seq=seq,
                kind="notified",
                at=START + timedelta(seconds=seq),
                actor="system",
                facts=facts,
                previous=previous,
            )
            rows.append((alert_id, seq, entry.kind, entry.at, entry.actor, entry.facts, previous, entry.digest))
            previous = entry.digest
        alerts.append((alert_id, previous))
    await connection.execute(
        """
        INSERT INTO alert (id, version, rule_code, rule_revision, resolves_when_cleared, severity, status,
            title_zh, title_en, text_zh, text_en, object_type, object_id, condition_kind, region_code, facts,
            source_event_id, occurred_at, received_at, updated_at, policy, escalation_level, trail_length,
            trail_head)
        SELECT id, 1, 'r', 1, true, 'red', 'resolved', 't', 't', 't', 't', 'meter', id::text, 'spike', '421224',
            '{}', id, $3, $3, $3, '{}', 0, $4, head FROM unnest($1::uuid[], $2::text[]) AS made (id, head)
        """,
        [alert_id for alert_id, _ in alerts],
        [head for _, head in alerts],
        START,
        PER_ALERT,
    )
    columns = ["alert_id", "seq", "kind", "at", "actor", "facts", "previous", "digest"]
    await connection.copy_records_to_table("alert_trail", records=rows, columns=columns)


class _Anybody:
    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        return READER


class _Nowhere:
    async def publish(self, topic: str, key: bytes, value: bytes | None, headers: Any) -> None:
        return None


async def run_server(dsn: str, port: int) -> None:
    """The API in this process, until it is ended."""
    database, hub_database = Database(dsn), Database(dsn)
    settings = AlertsSettings.model_validate(
        {"environment": Environment.LOCAL, "database_dsn": dsn, "kafka_bootstrap": "127.0.0.1:1"}
    )
    hub = AlertHub(hub_database, poll_seconds=0.02)
    app = build_api(settings=settings, database=database, clock=SystemClock(), authenticator=_Anybody(), hub=hub)
    polling = asyncio.create_task(hub.run())
    await serve(app, "127.0.0.1", port)
    polling.cancel()


async def measure_stream(listeners: int) -> None:
    """Time from the commit of an event to each listener's socket, and what a listener costs the server."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    dsn = await fresh_database("bench_stream")
    port = reserve_ports(1)
    command = [sys.executable, "-m", "tests.benchmarks.alerts_evidence", "serve", dsn, str(port)]
    silent = asyncio.subprocess.DEVNULL
    server = await asyncio.create_subprocess_exec(*command, stdout=silent, stderr=silent)
    try:
        await _listen(dsn, port, listeners, psutil.Process(server.pid))
    finally:
        server.terminate()
        await server.wait()


async def _listen(dsn: str, port: int, listeners: int, server: psutil.Process) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.1)
    before = server.memory_info().rss
    seconds: list[float] = []
    counts: list[int] = [0] * listeners
    ready = asyncio.Semaphore(0)
    tasks = []
    for number in range(listeners):
        tasks.append(asyncio.create_task(_listener(port, number, counts, seconds, ready)))
        if number % 100 == 99:
            await asyncio.sleep(0.2)
    for _ in range(listeners):
        await ready.acquire()
    idle_begun, cpu = time.perf_counter(), sum(server.cpu_times()[:2])
    await asyncio.sleep(5)
    idle = (sum(server.cpu_times()[:2]) - cpu) / (time.perf_counter() - idle_begun)
    database = Database(dsn)
    async with database.engine.connect() as connection:
        relay = Relay(database, _Nowhere())
        for _ in range(EVENTS):
            async with database.transaction() as session:
                await record_events(Context(session, START, new_id, SYSTEM), [_event(session)])
            await relay.relay_once(connection)
            await asyncio.sleep(1.0)
    await asyncio.sleep(3)
    busy = sum(server.cpu_times()[:2]) - cpu - idle * (time.perf_counter() - idle_begun)
    after = server.memory_info().rss
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    seconds.sort()
    assert set(counts) == {EVENTS}, "a listener missed or doubled an event"
    print_line(
        listeners=listeners,
        events=EVENTS,
        p50_ms=round(seconds[len(seconds) // 2] * 1000),
        p99_ms=round(seconds[int(len(seconds) * 0.99)] * 1000),
        max_ms=round(seconds[-1] * 1000),
        server_mb=round(after / 2**20),
        kb_a_listener=round((after - before) / listeners / 1024, 1),
        idle_cpu_percent=round(idle * 100, 1),
        cpu_us_an_event_and_listener=round(busy / EVENTS / listeners * 1e6),
    )


async def _listener(
    port: int, number: int, counts: list[int], seconds: list[float], ready: asyncio.Semaphore
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/alerts/stream HTTP/1.1\r\nHost: bench\r\n\r\n")
    while line := await reader.readline():
        if line.startswith(b"event: ready"):
            ready.release()
        elif line.startswith(b'data: {"alert_id"'):
            counts[number] += 1
            seconds.append(time.time() - float(orjson.loads(line[6:])["title_en"]))


def _event(session: Any) -> Any:
    alert_id = new_id()
    payload = contract.AlertOpenedV1(
        alert_id=alert_id,
        number=1,
        rule_code="energy.spike",
        severity=contract.Severity.RED,
        status=contract.AlertStatus.OPEN,
        title_zh="1号矿热炉（演示）用电突增",
        title_en=str(time.time()),
        object_type="meter",
        object_id=str(uuid4()),
        condition_kind="spike",
        region_code="421224",
        occurred_at=START,
        received_at=START,
        escalation_level=0,
        source_event_id=uuid4(),
    )
    ctx = Context(session, START, new_id, SYSTEM)
    return event_row(ctx, payload, subject=str(alert_id), aggregate_version=1, region_code="421224")


def print_line(**figures: object) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")


def main(arguments: list[str]) -> None:
    what = arguments[0] if arguments else ""
    if what == "serve":
        asyncio.run(run_server(arguments[1], int(arguments[2])))
    elif what == "trail":
        asyncio.run(measure_trail(int(arguments[1]) if len(arguments) > 1 else 1_000_000))
    elif what == "stream":
        asyncio.run(measure_stream(int(arguments[1]) if len(arguments) > 1 else 2_000))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
