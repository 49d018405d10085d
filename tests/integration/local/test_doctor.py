"""``duban doctor`` on a stack that is broken in one place after the other, each really broken."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.backup.plan import checked_plan, save_plan
from deploy.local.control import down, place_of, up
from deploy.local.doctor.command import CHECKS, examine
from deploy.local.doctor.findings import LANGUAGES, SECTIONS, Finding, State, catalogue, worst
from deploy.local.doctor.limits import load_limits
from deploy.local.doctor.stores import newest_revisions
from deploy.local.errors import StackError
from deploy.local.layout import CHECKOUT, Layout, Settings, load_stack
from deploy.local.postgres import PostgresServer
from deploy.local.processes import DATABASES, MIGRATIONS, environment
from deploy.local.programs import read_record, wait_until
from deploy.local.secrets import load_secrets
from libs.common.clock import write_clock
from tests.support.ports import reserve_ports

# The first of them waits for the migrations of three services.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """PostgreSQL, Kafka and the mailbox, with the databases and topics of all services."""
    place, settings = place_of(tmp_path_factory.mktemp("doctor")), Settings(reserve_ports(), services=False)
    try:
        up(place, settings)
        secrets = load_secrets(place.secrets_file, DATABASES)
        migrating = [
            subprocess.Popen(
                [sys.executable, "-m", f"services.{process.service}", "migrate"],
                env={**os.environ, **environment(process, place, settings, secrets)},
                cwd=CHECKOUT,
            )
            for process in MIGRATIONS
        ]
        assert [each.wait(600) for each in migrating] == [0, 0, 0]
        asyncio.run(_publish_all(place))
        yield place
    finally:
        down(place)


async def _publish_all(place: Layout) -> None:
    """As the relays would have done: what the migrations told waits for nobody here."""
    for name in DATABASES:
        async with database(place, name) as connection:
            await connection.execute("UPDATE outbox SET published_at = clock_timestamp()")


def one(found: list[Finding], code: str, **figures: Any) -> Finding:
    """The finding of that code whose figures are these."""
    chosen = [
        each
        for each in found
        if each.code == code and figures.items() <= {**each.figures}.items()  # what is not named may be anything
    ]
    assert len(chosen) == 1, [(each.code, each.state, dict(each.figures)) for each in found]
    return chosen[0]


@asynccontextmanager
async def database(place: Layout, name: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(load_stack(place)["postgres"][name])
    try:
        yield connection
    finally:
        await connection.close()


def superuser(place: Layout) -> str:
    secrets = load_secrets(place.secrets_file, DATABASES)
    port = int(load_stack(place)["kafka"].rpartition(":")[2]) - 1
    return PostgresServer(place.directory / "postgres", port, secrets.superuser).dsn()


def ask(place: Layout, *options: str, through: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*through, sys.executable, "-m", "deploy.local", "doctor", "--data", str(place.directory), *options]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=600)


async def test_nothing_is_bad_when_the_stack_is_well(place: Layout) -> None:
    found = await examine(place)
    unwell = {each.code for each in found if each.state is not State.OK}
    # Of a new stack nobody has a backup; whether the calendar runs out is a matter of the season.
    assert unwell <= {"backup.none", "calendar.end"}
    for name in DATABASES:
        assert one(found, "migrations.behind", service=name).state is State.OK
    answered = ask(place, "--json", "--language", "zh-CN")
    told = json.loads(answered.stdout)
    assert (told["state"], answered.returncode) in {("warn", 1), ("bad", 3)}
    assert {each["code"] for each in told["findings"]} == {each.code for each in found}
    assert all(each["runbook"].startswith("docs/runbook.zh-CN.md#") for each in told["findings"])


def test_disk_is_named_when_a_small_one_is_full(place: Layout, tmp_path: Path) -> None:
    """A file system of 4 MB in a namespace of its own, filled to its last block."""
    small = tmp_path / "small"
    small.mkdir()
    namespace = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-Urm")
    script = f'mount -t tmpfs -o size=4m none {small} && (cat /dev/zero > {small}/full || true) && exec "$@"'
    through = (*namespace, "sh", "-c", script, "sh")
    if subprocess.run([*through, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel gives no mount namespace to this account")
    answered = ask(place_of(small), "--json", "--language", "en", through=through)
    told = {each["code"]: each for each in json.loads(answered.stdout)["findings"]}
    assert answered.returncode == 3
    assert told["disk.space"]["figures"]["free_mb"] == 0
    assert told["disk.space"]["state"] == told["disk.writable"]["state"] == "bad"
    assert "No space left" in told["disk.writable"]["says"]
    assert told["disk.space"]["runbook"] == "docs/runbook.md#disk-full"


async def test_clock_is_bad_when_it_was_stepped(place: Layout) -> None:
    kept = place.clock_file.read_bytes()
    write_clock(place.clock_file, datetime.now(UTC) + timedelta(hours=1), 1.0)
    try:
        found = one(await examine(place), "clock.stack")
        assert found.state is State.BAD
        assert 3_590 < found.figures["seconds"] < 3_660
    finally:
        place.clock_file.write_bytes(kept)


async def test_dates_are_compared_when_a_site_names_a_source(place: Layout) -> None:
    """A server of the site's own that is an hour behind."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        behind = datetime.now(UTC) - timedelta(hours=1)
        writer.write(f"HTTP/1.1 200 OK\r\nDate: {behind:%a, %d %b %Y %H:%M:%S GMT}\r\n".encode())
        writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    limits = place.directory / "doctor.json"
    limits.write_text(json.dumps({"time_url": address}))
    try:
        found = one(await examine(place), "clock.source", source=address)
        assert found.state is State.BAD
        assert -3_660 < found.figures["seconds"] < -3_590
    finally:
        limits.unlink()
        server.close()
        await server.wait_closed()


async def test_postgres_is_looked_into_when_it_answers(place: Layout) -> None:
    """A forgotten transaction, one that waits for it, a slot nobody reads, and most connections taken."""
    limits = place.directory / "doctor.json"
    limits.write_text(
        json.dumps({"transaction_s": [0.2, 900], "lock_wait_s": [0.2, 0.3], "connections_percent": [20, 90]})
    )
    admin = await asyncpg.connect(superuser(place))
    async with database(place, "alerts") as holder, database(place, "alerts") as waiter:
        await admin.execute("SELECT pg_create_physical_replication_slot('nobody', true)")
        await holder.execute("BEGIN; LOCK TABLE alert IN ACCESS EXCLUSIVE MODE")
        waiting = asyncio.create_task(waiter.fetchval("SELECT count(*) FROM alert"))
        others = [await asyncpg.connect(superuser(place)) for _ in range(70)]
        try:
            while await admin.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0:
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            found = await examine(place)
        finally:
            await holder.execute("ROLLBACK")
            await waiting
            for each in others:
                await each.close()
            await admin.execute("SELECT pg_drop_replication_slot('nobody')")
            await admin.close()
            limits.unlink()
    pid = holder.get_server_pid() if not holder.is_closed() else None
    assert pid is None
    old = one(found, "postgres.transaction")
    assert (old.state, old.figures["database"]) == (State.WARN, "alerts")
    locked = one(found, "postgres.locks")
    assert locked.state is State.BAD
    assert locked.figures["pids"] == str(old.figures["pid"])
    assert f"pg_terminate_backend({old.figures['pid']})" in old.advice("en")
    assert one(found, "postgres.slot", slot="nobody").state is State.WARN
    assert one(found, "postgres.connections").state is State.WARN


async def test_work_is_bad_when_it_waits_too_long(place: Layout) -> None:
    """What a dead relay, a dead worker and a dead scheduler leave behind, and a feed whose sender is gone."""
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=1)
    async with database(place, "projects") as projects, database(place, "energy") as energy:
        await projects.execute(
            "INSERT INTO outbox (event_id, topic, type, source, subject, aggregate_version, occurred_at,"
            " recorded_at) VALUES ($1, 'projects.region.v1', '', '/projects', 'test', 1, $2, $2)",
            uuid4(),
            earlier,
        )
        await projects.execute(
            "INSERT INTO job_occurrence (job, due_at, status, attempts, available_at, planned_at)"
            " VALUES ('test', $1, 'pending', 0, $1, $1), ('test', $2, 'failed', 5, $1, $1)",
            earlier,
            earlier - timedelta(minutes=1),
        )
        await _insert_silent_feed(energy, earlier)
        try:
            found = await examine(place)
        finally:
            await projects.execute(
                "DELETE FROM outbox WHERE subject = 'test'; DELETE FROM job_occurrence WHERE job = 'test'"
            )
            await energy.execute("DELETE FROM feed_source WHERE code = 'test-feed'")
    outbox = one(found, "outbox.age", service="projects")
    assert (outbox.state, outbox.figures["waiting"]) == (State.BAD, 1)
    assert 3_590 < outbox.figures["seconds"] < 7_000
    late = one(found, "jobs.late", service="projects")
    assert (late.state, late.figures["late"], late.figures["job"]) == (State.BAD, 1, "test")
    assert one(found, "jobs.failed", service="projects").state is State.WARN
    feeds = one(found, "feeds.silent")
    assert (feeds.state, feeds.figures["codes"]) == (State.WARN, "test-feed")


async def _insert_silent_feed(energy: asyncpg.Connection, since: datetime) -> None:
    values: dict[str, Any] = {
        "id": uuid4(),
        "code": "test-feed",
        "name": "Test",
        "owner": "test",
        "transport": "http",
        "kind": "readings",
        "format": "ndjson",
        "source": "test",
        "source_name": "test",
        "priority": 50,
        "connection": "{}",
        "workdays_only": False,
        "grace_minutes": 5,
        "silent_after_minutes": 30,
        "is_active": True,
        "version": 1,
        "created_at": since,
        "changed_at": since,
        "changed_by": "test",
        "watched_from": since,
        "state": "silent",
        "state_since": since,
    }
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await energy.execute(f"INSERT INTO feed_source ({', '.join(values)}) VALUES ({places})", *values.values())


async def test_chase_is_bad_when_its_worker_is_away(place: Layout) -> None:
    """A timer nobody fires, a delivery that failed for good and one that waits: nothing works on them here."""
    now = datetime.now(UTC)
    async with database(place, "alerts") as alerts:
        await _insert_chase(alerts, now - timedelta(hours=1))
        try:
            found = await examine(place)
        finally:
            await alerts.execute("DELETE FROM delivery; DELETE FROM finding; DELETE FROM escalation_timer")
    assert one(found, "deliveries.failed").state is State.WARN
    late = one(found, "deliveries.late")
    assert (late.state, late.figures["waiting"]) == (State.BAD, 1)
    told = one(found, "watch.finding")
    assert (told.state, told.figures["kind"]) == (State.WARN, "timer_late")


async def _insert_chase(alerts: asyncpg.Connection, at: datetime) -> None:
    for status in ("failed", "pending"):
        await alerts.execute(
            "INSERT INTO delivery (id, reason, priority, kind, target, language, subject, body, status, attempts,"
            " attempts_forgiven, next_attempt_at, created_at)"
            " VALUES ($1, 'test', 0, 'webhook', 'test', 'en', 'test', 'test', $2, 3, 0, $3, $3)",
            uuid4(),
            status,
            at,
        )
    await alerts.execute(
        "INSERT INTO finding (id, kind, object_id, detail, found_at, last_seen_at, version)"
        " VALUES ($1, 'timer_late', 'test', '{}', $2, $2, 0)",
        uuid4(),
        at,
    )


async def test_lag_is_told_when_a_consumer_is_behind(place: Layout) -> None:
    """Three records on a topic that a consumer has positions on, and nobody who reads them."""
    from aiokafka import AIOKafkaProducer

    topic = "projects.region.v1"
    producer = AIOKafkaProducer(bootstrap_servers=load_stack(place)["kafka"])
    await producer.start()
    sent = [await producer.send_and_wait(topic, b"{}", key=b"k", partition=0) for _ in range(3)]
    await producer.stop()
    limits = place.directory / "doctor.json"
    limits.write_text(json.dumps({"lag_records": [1, 3]}))
    async with database(place, "energy") as energy:
        await energy.execute("INSERT INTO consumer_position VALUES ('energy', $1, 0, $2)", topic, sent[0].offset)
        try:
            found = one(await examine(place), "lag.records", service="energy")
        finally:
            await energy.execute("DELETE FROM consumer_position")
            limits.unlink()
    assert (found.state, found.figures["records"], found.figures["topic"]) == (State.BAD, 3, topic)


async def test_calendar_is_bad_when_next_year_is_unknown(tmp_path: Path, place: Layout) -> None:
    """The stack's time is put near the end of the last year whose notice is known."""
    kept = place.clock_file.read_bytes()
    try:
        write_clock(place.clock_file, datetime(2026, 12, 20, tzinfo=UTC), 0.0)
        found = one(await examine(place), "calendar.end")
        assert (found.state, found.figures) == (State.BAD, {"year": 2027, "days": 12})
        async with database(place, "projects") as projects:
            await projects.execute(
                'INSERT INTO calendar_day ("on", working, note, version, updated_at)'
                " VALUES ($1, false, $2, 1, now())",
                date(2027, 1, 1),
                "元旦",
            )
            try:
                after = one(await examine(place), "calendar.end")
            finally:
                await projects.execute("DELETE FROM calendar_day")
        assert (after.state, after.figures["year"]) == (State.OK, 2028)
    finally:
        place.clock_file.write_bytes(kept)


async def test_keys_certificates_backups_and_secrets_are_told_when_they_run_out(
    place: Layout, tmp_path: Path
) -> None:
    certificate = tmp_path / "feed.pem"
    certificate.write_bytes(_certificate(days=3))
    backups = tmp_path / "backups"
    (backups / "old").mkdir(parents=True)
    manifest = backups / "old" / "manifest.json"
    manifest.write_text("{}")
    long_ago = datetime.now(UTC).timestamp() - 10 * 86_400
    os.utime(manifest, (long_ago, long_ago))
    limits = place.directory / "doctor.json"
    limits.write_text(
        json.dumps({"certificates": [str(certificate), str(tmp_path / "no.pem")], "backups": str(backups)})
    )
    # A plan of backups whose process stands still.
    plan, archive = place.directory / "backup.json", place.run / "backup.json"
    save_plan(place, checked_plan(backups, 24, 7, 60))
    archive.write_text(json.dumps({"at": datetime.now(UTC).isoformat(), "problem": "no space left"}))
    place.secrets_file.chmod(0o644)
    async with database(place, "projects") as projects:
        await projects.execute(
            "INSERT INTO api_key (key_id, name, prefix, key_hash, role, scopes, expires_at, created_at,"
            " created_by, version, updated_at)"
            " VALUES ($1, 'feed of the test', 'x', 'x', 'feed', '{}', $2, $3, 'test', 1, $3)",
            uuid4(),
            datetime.now(UTC) + timedelta(days=5),
            datetime.now(UTC),
        )
        try:
            found = await examine(place)
        finally:
            await projects.execute("DELETE FROM api_key")
            place.secrets_file.chmod(0o600)
            for file in (limits, plan, archive):
                file.unlink()
    halted = one(found, "backup.archive")
    assert (halted.state, halted.figures["problem"]) == (State.BAD, "no space left")
    states = {each.state for each in found if each.code == "certificates.expiry"}
    assert states == {State.BAD, State.UNKNOWN}
    old = one(found, "backup.age")
    assert (old.state, round(old.figures["days"])) == (State.BAD, 10)
    secrets = one(found, "secrets.permissions", path=str(place.secrets_file))
    assert (secrets.state, secrets.figures["mode"]) == (State.BAD, "0644")
    assert one(found, "keys.expiry", name="feed of the test").state is State.BAD


def _certificate(days: int) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    dated = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=days))
    return dated.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


async def test_migrations_are_bad_when_the_database_is_behind(place: Layout) -> None:
    async with database(place, "energy") as energy:
        stands = await energy.fetchval("SELECT version_num FROM alembic_version")
        assert {stands} == newest_revisions("energy")
        await energy.execute("UPDATE alembic_version SET version_num = '0001'")
        try:
            found = await examine(place)
        finally:
            await energy.execute("UPDATE alembic_version SET version_num = $1", stands)
    behind = one(found, "migrations.behind", service="energy")
    assert (behind.state, behind.figures["stands"], behind.figures["newest"]) == (State.BAD, "0001", stands)


async def test_everything_else_is_still_told_when_broker_and_database_are_away(place: Layout) -> None:
    """Stopped by SIGSTOP: it neither answers nor is it started again."""
    record = read_record(place.pid("kafka"))
    assert record is not None
    process = record.process()
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        found = await examine(place)
    finally:
        process.send_signal(signal.SIGCONT)
    assert one(found, "broker.reachable").state is State.BAD
    assert one(found, "lag.records").state is State.UNKNOWN
    assert one(found, "postgres.reachable").state is State.OK
    assert one(found, "outbox.age", service="alerts").state is State.OK


async def test_stopped_stack_is_told_when_its_port_is_held_by_another(place: Layout) -> None:
    settings = Settings(int(load_stack(place)["kafka"].rpartition(":")[2]) - 5, services=False)
    down(place)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", settings.port(4))
    try:
        found = await examine(place)
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.to_thread(up, place, settings)
    assert one(found, "supervisor.state").state is State.BAD
    taken = one(found, "port.taken", process="postgres")
    assert taken.state is State.BAD
    assert f"(pid {os.getpid()})" in taken.figures["owner"]
    assert worst(found) is State.BAD
    assert one(found, "postgres.reachable").state is State.BAD
    # What asks the database is not called fine.
    assert {each.state for each in found if each.code == "deliveries.failed"} == {State.UNKNOWN}


def test_process_is_told_when_it_was_started_again(place: Layout) -> None:
    record = read_record(place.pid("mailbox"))
    assert record is not None
    process = record.process()
    assert process is not None
    process.kill()

    def told() -> bool:
        found = one(asyncio.run(examine(place)), "process.state", process="mailbox")
        return (found.figures["restarts"], found.figures["state"]) == (1, "ready")

    assert wait_until(told, 300, every=1.0)
    assert one(asyncio.run(examine(place)), "process.state", process="mailbox").state is State.WARN


def test_wrong_limits_are_refused_when_a_site_sets_them(tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    for body, named in (
        ({"disk_free_mb": [1]}, "disk_free_mb"),
        ({"disk_fre_mb": [1, 2]}, "disk_fre_mb"),
        ({"certificates": "x"}, "certificates"),
        ({"backups": 1}, "backups"),
    ):
        file.write_text(json.dumps(body))
        with pytest.raises(StackError, match=named):
            load_limits(tmp_path)
    file.write_text("{")
    with pytest.raises(StackError, match="no JSON"):
        load_limits(tmp_path)


def test_each_code_has_words_and_a_section_in_both_languages() -> None:
    words = [catalogue(language) for language in LANGUAGES]
    assert words[0].keys() == words[1].keys()
    assert {code.partition(".")[0] for code in words[0]} - {"unknown"} == set(SECTIONS)
    assert {code for code, _ in CHECKS} <= words[0].keys()
    for language, name in (("en", "runbook.md"), ("zh-CN", "runbook.zh-CN.md")):
        runbook = (CHECKOUT / "docs" / name).read_text(encoding="utf-8")
        for section in set(SECTIONS.values()):
            assert f'<a id="{section}"></a>' in runbook, (language, section)
