"""PostgreSQL and Kafka of a stack, lost and restored together; what is refused. Without the services."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.backup.recovery import POSITION_GAP
from deploy.local.backup.restoring import restore
from deploy.local.backup.sealed_files import header_of
from deploy.local.backup.store import Store
from deploy.local.control import down, place_of, up
from deploy.local.errors import StackError
from deploy.local.layout import Layout, Settings, load_stack
from deploy.local.programs import marked
from deploy.local.status import supervisor_of
from tests.support.backups import plan_backups, wait_archived, wait_base
from tests.support.ports import reserve_ports
from tests.support.stack import Stack, duban

TOPIC = "projects.condition.v1"
KNOWN: dict[str, set[str]] = {}
# Of the tables that a service has, the columns that a restore looks at.
TABLES = """
CREATE TABLE consumer_position (consumer text, topic text, partition int, next_offset bigint);
CREATE TABLE outbox (position bigint);
CREATE TABLE fact (number int);
"""


@dataclass(frozen=True)
class Lost:
    """A stack that is gone: `moment` lies between its two facts; both are in Kafka and in the database."""

    place: Layout
    settings: Settings
    backups: Path
    moment: datetime
    passphrase: str | None


async def note(place: Layout, number: int) -> None:
    """A record acknowledged by Kafka, and then the row that tells of it, the position of its reader included."""
    stack = load_stack(place)
    producer = AIOKafkaProducer(bootstrap_servers=stack["kafka"], acks="all")
    await producer.start()
    try:
        sent = await producer.send_and_wait(TOPIC, str(number).encode(), partition=0)
    finally:
        await producer.stop()
    connection = await asyncpg.connect(stack["postgres"]["projects"])
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO fact VALUES ($1)", number)
            await connection.execute("INSERT INTO outbox VALUES ($1)", number)
            await connection.execute(
                "INSERT INTO consumer_position VALUES ('alerts', $1, 0, $2)", TOPIC, sent.offset + 1
            )
    finally:
        await connection.close()


async def prepare(place: Layout) -> None:
    stack = load_stack(place)
    admin = AIOKafkaAdminClient(bootstrap_servers=stack["kafka"])
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    finally:
        await admin.close()
    connection = await asyncpg.connect(stack["postgres"]["projects"])
    try:
        await connection.execute(TABLES)
    finally:
        await connection.close()


async def found(place: Layout) -> tuple[list[int], list[int], int]:
    """Facts of the database, records of the topic, and the floor of the positions."""
    stack = load_stack(place)
    connection = await asyncpg.connect(stack["postgres"]["projects"])
    try:
        facts = [row["number"] for row in await connection.fetch("SELECT number FROM fact ORDER BY number")]
        floor = int(await connection.fetchval("SELECT current_setting('duban.position_floor', true)") or 0)
    finally:
        await connection.close()
    item = TopicPartition(TOPIC, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=stack["kafka"], auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([item])
        end = (await consumer.end_offsets([item]))[item]
        records = [int((await consumer.getone()).value) for _ in range(end)]
    finally:
        await consumer.stop()
    return facts, records, floor


@pytest.fixture(scope="module", params=[None, "correct horse battery staple"], ids=["plain", "encrypted"])
def lost(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lost:
    directory = tmp_path_factory.mktemp("lost")
    words: Path | None = None
    if request.param is not None:
        words = directory / "words"
        words.write_text(request.param)
    place = place_of(directory / "stack")
    settings = Settings(port_base=reserve_ports(), services=False)
    plan_backups(place.directory, directory / "backups", words)
    up(place, settings)
    try:
        stack = Stack(place.directory, settings.port_base)
        wait_base(directory / "backups")
        asyncio.run(prepare(place))
        asyncio.run(note(place, 1))
        moment = wait_archived(stack, directory / "backups")
        asyncio.run(note(place, 2))
        wait_archived(stack, directory / "backups")
        supervisor = supervisor_of(place)
        running = supervisor.process() if supervisor else None
        assert running is not None
        for process in (running, *marked(place.directory)):
            process.kill()
    finally:
        down(place)
    return Lost(place, settings, directory / "backups", moment, request.param)


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "again"
    down(place_of(tmp_path / "again"))


def bring_back(lost: Lost, target: Path, at: datetime | None) -> tuple[list[int], list[int], int]:
    # Encrypted, a backup has its stack's secrets in it.
    secrets = None if lost.passphrase else lost.place.secrets_file
    asyncio.run(restore(lost.backups, target, at=at, secrets=secrets, passphrase=lost.passphrase, known=KNOWN))
    place = place_of(target)
    up(place, lost.settings)
    return asyncio.run(found(place))


def test_database_and_log_are_complete_when_the_latest_is_restored(lost: Lost, target: Path) -> None:
    assert bring_back(lost, target, None) == ([1, 2], [1, 2], 2 + POSITION_GAP)
    # What was restored can be worked on, and lost again.
    place = place_of(target)
    asyncio.run(note(place, 3))
    assert asyncio.run(found(place))[:2] == ([1, 2, 3], [1, 2, 3])


def test_database_and_log_end_together_when_a_moment_is_named(lost: Lost, target: Path) -> None:
    assert bring_back(lost, target, lost.moment) == ([1], [1], 1 + POSITION_GAP)


def refusal(lost: Lost, target: Path, **changes: object) -> str:
    options: dict[str, object] = {"at": None, "secrets": lost.place.secrets_file, "known": KNOWN}
    options |= {"passphrase": lost.passphrase, **changes}
    with pytest.raises(StackError) as refused:
        asyncio.run(restore(Path(str(options.pop("source", lost.backups))), target, **options))  # type: ignore[arg-type]
    return refused.value.message


def test_restore_is_refused_when_the_target_is_not_empty(lost: Lost, target: Path) -> None:
    target.mkdir()
    (target / "mine").touch()
    assert "is not empty" in refusal(lost, target)
    assert [path.name for path in target.iterdir()] == ["mine"]


def test_restore_is_refused_when_the_moment_is_outside_the_archive(lost: Lost, target: Path) -> None:
    assert "The oldest backup" in refusal(lost, target, at=lost.moment - timedelta(days=1))
    late = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    assert f"does not reach {late.isoformat()}" in refusal(lost, target, at=late)
    assert not target.exists()


def test_restore_is_refused_when_the_secrets_are_missing_or_anothers(
    lost: Lost, target: Path, tmp_path: Path
) -> None:
    if lost.passphrase is None:
        assert "secrets are not in it" in refusal(lost, target, secrets=None)
    else:
        assert "are encrypted" in refusal(lost, target, passphrase=None)
        assert "passphrase does not open" in refusal(lost, target, passphrase="correct horse battery stable")
    body = json.loads(lost.place.secrets_file.read_text())
    (tmp_path / "secrets.json").write_text(json.dumps({**body, "superuser": "another"}))
    assert "superuser's password" in refusal(lost, target, secrets=tmp_path / "secrets.json")
    assert not target.exists()


def test_restore_is_refused_when_a_file_is_damaged_or_a_newer_version_made_it(
    lost: Lost, target: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(lost.backups, copy)
    base = Store(copy).bases()[-1]
    told = (base.directory / "manifest.json").read_text()
    newer = replace(base.manifest, migrations={"projects": "9999"})
    manifest = base.directory / "manifest.json"
    manifest.write_text(json.dumps(newer.__dict__))
    assert "newer version: its database projects is at revision 9999" in refusal(lost, target, source=copy)
    manifest.write_text(told)
    archived = sorted((copy / "wal").glob("0*.gz"))
    whole = archived[-1].read_bytes()
    archived[-1].write_bytes(whole[: len(whole) // 2])
    assert f"{archived[-1]} is damaged" in refusal(lost, target, source=copy)
    assert not target.exists()
    archived[-1].write_bytes(whole)
    archived[-2].unlink()
    assert f"lacks {archived[-2].stem}" in refusal(lost, target, source=copy)
    (base.directory / "postgres" / "base.tar.gz").write_bytes(b"")
    assert "base.tar.gz is damaged" in refusal(lost, target, source=copy)
    assert not target.exists()


def test_nothing_of_the_stack_is_readable_in_an_encrypted_backup(lost: Lost, tmp_path: Path) -> None:
    base = Store(lost.backups).bases()[-1]
    files = [path for path in lost.backups.rglob("*") if path.is_file() and not path.name.startswith(".")]
    clear = {path.name for path in files if header_of(path) is None}
    told = {"archive.json", "key.json", "manifest.json", "clock.jsonl"}
    # What is told in the clear is what the documentation says, and nothing else.
    assert (clear == told) is (lost.passphrase is not None)
    secrets = json.loads(lost.place.secrets_file.read_text())
    rests = b"".join(path.read_bytes() for path in files)
    assert (secrets["superuser"].encode() in rests) is False
    assert (TOPIC.encode() in (base.directory / "manifest.json").read_bytes()) is False
    if lost.passphrase is None:
        return
    words = tmp_path / "words"
    words.write_text(lost.passphrase)
    checked = duban("backup", "verify", str(lost.backups), "--passphrase-file", str(words))
    assert ": whole;" in checked.stdout
    # Whole, and with the key of another: the log of a broker that lost a record at its end.
    copy = tmp_path / "copy"
    shutil.copytree(lost.backups, copy)
    log = next((copy / "bases" / base.manifest.name / "kafka").glob(f"*/data/{TOPIC}-0/*.log"))
    log.write_bytes(log.read_bytes()[:-1])
    assert f"{log}" in refusal(lost, tmp_path / "none", source=copy)
    assert not (tmp_path / "none").exists()
