"""A stack of PostgreSQL, Kafka and the mailbox: started, hurt, stopped, started again, without the services."""

import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.control import down, place_of, up
from deploy.local.errors import StackError
from deploy.local.layout import Layout, Settings, load_stack
from deploy.local.programs import PidRecord, is_alive, marked, read_record, wait_gone, wait_until, write_record
from deploy.local.status import Phase, State, load_status
from libs.common.clock import read_clock
from tests.support.ports import reserve_ports

ORIGIN = "2026-09-15T08:30:00+08:00"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Layout]:
    """A directory for a stack; whatever the test does, nothing of it runs on afterwards."""
    place = place_of(tmp_path / "stack")
    yield place
    down(place)
    assert marked(place.directory) == []


def settings(**changes: object) -> Settings:
    base = {"port_base": reserve_ports(), "services": False}
    return Settings(**{**base, **changes})  # type: ignore[arg-type]


def live(place: Layout, name: str) -> psutil.Process:
    record = read_record(place.pid(name))
    process = record.process() if record else None
    assert process is not None, f"{name} runs"
    return process


def restarted(place: Layout, name: str, times: int = 1) -> bool:
    status = load_status(place)
    found = status.processes[name] if status else None
    return found is not None and found.restarts >= times and found.state is State.READY


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Layout, Settings]]:
    """A stack for the tests that only look at it."""
    place, chosen = place_of(tmp_path_factory.mktemp("running")), settings()
    assert up(place, chosen) is True
    yield place, chosen
    down(place)


async def test_stack_is_described_in_its_file_when_it_is_up(running: tuple[Layout, Settings]) -> None:
    place, chosen = running
    assert up(place, chosen) is False  # it runs already
    assert stat.S_IMODE(place.stack_file.stat().st_mode) == 0o600
    stack = load_stack(place)
    base = chosen.port_base
    assert set(stack) == {"projects", "energy", "alerts", "console", "kafka", "postgres", "logins"}
    assert [stack[name] for name in ("projects", "energy", "alerts", "console")] == [
        f"http://127.0.0.1:{base}",
        f"http://127.0.0.1:{base + 1}",
        f"http://127.0.0.1:{base + 2}",
        None,
    ]
    assert stack["kafka"] == f"127.0.0.1:{base + 5}"
    assert [login["role"] for login in stack["logins"]] == ["admin"]
    for service, dsn in stack["postgres"].items():
        connection = await asyncpg.connect(dsn)
        who = await connection.fetchrow("SELECT current_user, current_database()")
        assert tuple(who) == (service, service)
        assert await connection.fetchval("SHOW fsync") == "on"
        await connection.close()


async def test_foreign_database_is_closed_when_a_service_tries_it(running: tuple[Layout, Settings]) -> None:
    dsn = load_stack(running[0])["postgres"]["energy"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(dsn.removesuffix("energy") + "alerts")


def test_other_ports_are_refused_when_the_stack_runs(running: tuple[Layout, Settings]) -> None:
    place, chosen = running
    with pytest.raises(StackError, match=f"runs at --port-base {chosen.port_base}"):
        up(place, Settings(port_base=chosen.port_base + 100, services=False))


async def test_data_survive_when_everything_is_killed_and_started_again(place: Layout) -> None:
    chosen = settings()
    up(place, chosen)
    await write(place, 1)
    for name in ("postgres", "kafka", "mailbox"):
        live(place, name).kill()
    for name in ("postgres", "kafka", "mailbox"):
        assert wait_until(lambda name=name: restarted(place, name), 300), f"{name} came back"  # type: ignore[misc]
    assert "was killed by SIGKILL; starts again" in place.log("supervisor").read_text()
    await write(place, 2)

    supervisor = live(place, "supervisor")
    children = [live(place, name) for name in ("postgres", "kafka", "mailbox")]
    supervisor.kill()
    assert wait_gone([supervisor], 60) == []
    assert all(is_alive(child) for child in children)
    up(place, chosen)  # ends the orphans, then starts its own
    assert not any(is_alive(child) for child in children)
    assert await read(place) == ([1, 2], [1, 2])

    supervisor = live(place, "supervisor")
    children = [live(place, name) for name in ("postgres", "kafka", "mailbox")]
    supervisor.kill()
    assert down(place) is True
    assert not any(is_alive(child) for child in children)
    assert down(place) is False


@pytest.mark.long
def test_two_stacks_run_when_their_directories_and_ports_differ(place: Layout, tmp_path: Path) -> None:
    other = place_of(tmp_path / "other")
    up(place, settings())
    try:
        up(other, settings())
        assert load_stack(place)["kafka"] != load_stack(other)["kafka"]
        assert load_stack(place)["logins"] != load_stack(other)["logins"]
        first, second = live(place, "postgres").pid, live(other, "postgres").pid
        assert first != second
    finally:
        down(other)
    assert live(place, "postgres").is_running()


def test_start_names_port_and_owner_when_the_port_is_taken(place: Layout) -> None:
    chosen = settings()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", chosen.port_base + 7))
        taken.listen()
        with pytest.raises(StackError) as failure:
            up(place, chosen)
    assert f"Port {chosen.port_base + 7}, wanted by mailbox" in failure.value.message
    assert f"(pid {os.getpid()})" in failure.value.message
    assert "--port-base" in failure.value.advice
    status = load_status(place)
    assert status is not None
    assert status.phase is Phase.FAILED
    up(place, chosen)  # the port is free now


def test_stack_starts_when_a_crash_left_locks_and_half_made_data(place: Layout) -> None:
    chosen = settings()
    for name in ("postgres", "kafka"):
        (place.directory / name / "data.new").mkdir(parents=True)
        (place.directory / name / "data.new" / "half").touch()
    up(place, chosen)
    down(place)
    # The pid of a living process that is no PostgreSQL: as after a restart of the machine.
    lock = place.directory / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n1\n{chosen.port_base + 4}\n\n127.0.0.1\n\n")
    (place.directory / "kafka" / "data" / ".lock").touch()
    reused = PidRecord(os.getpid(), psutil.Process().create_time() - 1000, "kafka")
    write_record(place.pid("kafka"), reused)
    (place.run / "mailbox.pid").write_text('{"pid": 1')
    up(place, chosen)


@pytest.mark.parametrize(
    ("version_file", "content", "message"),
    [
        ("postgres/data/PG_VERSION", "17", "was made by PostgreSQL 17"),
        ("kafka/version", "99.0.0", "was made by Apache Kafka 99.0.0"),
        ("version.json", '{"layout": 99}', "was made by a newer version"),
        ("postgres/data/stranger", "", "is not empty and is no PostgreSQL data directory"),
    ],
)
def test_start_refuses_when_the_data_are_of_another_make(
    place: Layout, version_file: str, content: str, message: str
) -> None:
    path = place.directory / version_file
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(StackError, match=message):
        up(place, settings())
    assert path.read_text() == content


def test_clock_goes_on_where_it_stopped_when_stack_is_started_again(place: Layout) -> None:
    chosen = settings(clock_origin=ORIGIN, clock_rate=60.0)
    before = time.time()
    up(place, chosen)
    started = read_clock(place.clock_file).at(time.time())
    gone = started - datetime.fromisoformat(ORIGIN)
    assert timedelta(0) <= gone <= timedelta(seconds=60 * (time.time() - before))
    down(place)
    stopped = read_clock(place.clock_file).at(time.time())
    assert stopped >= started
    time.sleep(0.5)
    assert read_clock(place.clock_file).at(time.time()) == stopped  # it stands still
    before = time.time()
    up(place, chosen)
    gone_on = read_clock(place.clock_file)
    assert gone_on.rate == 60.0
    assert stopped <= gone_on.at(time.time()) <= stopped + timedelta(seconds=60 * (time.time() - before))


def test_stop_is_orderly_when_the_supervisor_is_asked_to_end(place: Layout) -> None:
    up(place, settings())
    supervisor = live(place, "supervisor")
    supervisor.send_signal(signal.SIGTERM)
    assert wait_gone([supervisor], 300) == []
    assert marked(place.directory) == []
    assert "database system is shut down" in place.log("postgres").read_text()
    status = load_status(place)
    assert status is not None
    assert status.phase is Phase.STOPPED
    assert not any(place.run.glob("*.pid"))


async def write(place: Layout, number: int) -> None:
    stack = load_stack(place)
    connection = await asyncpg.connect(stack["postgres"]["energy"])
    await connection.execute("CREATE TABLE IF NOT EXISTS thing (number int)")
    await connection.execute("INSERT INTO thing VALUES ($1)", number)
    await connection.close()
    if number == 1:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack["kafka"])
        await admin.start()
        await admin.create_topics([NewTopic("things.v1", 1, 1)])
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=stack["kafka"], acks="all")
    await producer.start()
    await producer.send_and_wait("things.v1", json.dumps(number).encode())
    await producer.stop()


async def read(place: Layout) -> tuple[list[int], list[int]]:
    """The numbers written: in the database, in the topic."""
    stack = load_stack(place)
    connection = await asyncpg.connect(stack["postgres"]["energy"])
    rows = [row["number"] for row in await connection.fetch("SELECT number FROM thing ORDER BY number")]
    await connection.close()
    consumer = AIOKafkaConsumer("things.v1", bootstrap_servers=stack["kafka"], auto_offset_reset="earliest")
    await consumer.start()
    messages = [json.loads((await consumer.getone()).value) for _ in rows]
    await consumer.stop()
    return rows, messages
