"""A base backup: databases by PostgreSQL's own tool, Kafka's log beside them, files that belong to the stack."""

import asyncio
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local.backup import sealing, wal
from deploy.local.backup.broker_log import carry_over
from deploy.local.backup.moments import note_clock
from deploy.local.backup.store import FORMAT, Base, Manifest, Store, name_at, store_in
from deploy.local.errors import DiskFull, StackError
from deploy.local.kafka_cluster import NOTES
from deploy.local.kafka_jars import KAFKA_VERSION
from deploy.local.layout import Layout, load_settings
from deploy.local.postgres import MAJOR_VERSION, SUPERUSER, PostgresServer, installation, postgres_of
from deploy.local.preflight import LAYOUT_VERSION
from deploy.local.processes import DATABASES
from deploy.local.revision import revision_of_code, revision_that_ran
from deploy.local.secrets import load_secrets

# What a stack has and its backup has not, with the reason; the command names them.
LEFT_OUT = (
    "logs, run, mailbox: what processes wrote and received, no data of the services",
    "feeds: files of utilities that were put there for the stack to fetch",
)
_SECRETS_LEFT_OUT = "secrets.json: passwords and the key of sealed columns; keep a copy of it elsewhere"
_MARK_EVERY_S = 0.2


def server_of(place: Layout) -> PostgresServer:
    """The stack's PostgreSQL. Raises StackError when the directory holds no stack."""
    settings = load_settings(place)
    if settings is None or not place.secrets_file.exists():
        raise StackError(f"There is no stack in {place.directory}.", "Name its directory: --data DIR")
    secrets = load_secrets(place.secrets_file, DATABASES)
    return postgres_of(place, settings, secrets.superuser)


def brokers_of(place: Layout) -> list[Path]:
    """The directories of the stack's brokers: one, or several side by side."""
    return sorted(path.parents[1] for path in place.directory.glob("kafka*/data/meta.properties"))


async def make_base(
    place: Layout, directory: Path, *, passphrase: str | None = None, keep: int | None = None
) -> Base:
    """Make a base backup of a running stack in `directory`; older ones beyond `keep` go.

    Raises StackError when the stack does not run, the directory is another's or something does not fit on it.
    """
    server = server_of(place)
    if not await server.is_ready():
        raise StackError(f"No stack runs in {place.directory}.", "Start it first: duban up")
    store = store_in(directory)
    system = await server.identity()
    store.belong_to(system, place.directory)
    with store.locked("base"):
        shutil.rmtree(store.unfinished, ignore_errors=True)
        store.unfinished.mkdir(mode=0o700)
        try:
            base = await _make(place, server, store, system, passphrase)
        finally:
            shutil.rmtree(store.unfinished, ignore_errors=True)
        if keep is not None:
            store.forget_all_but(keep)
    return base


def carry_logs(place: Layout, base: Path, earlier: Path | None = None) -> None:
    """Bring the logs of all brokers in a base up to where they are now, and note the stack's clock."""
    for broker in brokers_of(place):
        before = earlier / "kafka" / broker.name if earlier else None
        target = base / "kafka" / broker.name
        target.mkdir(parents=True, exist_ok=True)
        carry_over(broker / "data", target / "data", before / "data" if before else None)
        for note in NOTES:
            if (broker / note).exists():
                shutil.copyfile(broker / note, target / note)
    note_clock(place.clock_file, base / "clock.jsonl")


async def _make(place: Layout, server: PostgresServer, store: Store, system: str, passphrase: str | None) -> Base:
    begun = datetime.now(UTC)
    new = store.unfinished
    earlier = store.bases()
    try:
        await _copy_databases(server, new / "postgres")
        ended = datetime.now(UTC)
        # Behind the databases: whatever these know of a log stands in its copy.
        with store.locked("log"):
            await asyncio.to_thread(carry_logs, place, new, earlier[-1].directory if earlier else None)
        secrets = _copy_files(place, new / "stack", passphrase)
    except OSError as error:
        raise DiskFull(str(store.directory), shutil.disk_usage(store.directory).free >> 20, 0) from error
    ranges = json.loads((new / "postgres" / "backup_manifest").read_text(encoding="utf-8"))["WAL-Ranges"]
    manifest = Manifest(
        format=FORMAT,
        name=name_at(ended),
        begun_at=begun.isoformat(),
        ended_at=ended.isoformat(),
        revision=revision_that_ran(place) or revision_of_code(),
        layout=LAYOUT_VERSION,
        postgres=MAJOR_VERSION,
        kafka=KAFKA_VERSION,
        system=system,
        first_segment=wal.segment_of(ranges[0]["Timeline"], ranges[0]["Start-LSN"]),
        last_segment=wal.segment_of(ranges[-1]["Timeline"], ranges[-1]["End-LSN"]),
        migrations=await migrations_in(server),
        secrets=secrets,
        left_out=[*LEFT_OUT, *([] if secrets == "sealed" else [_SECRETS_LEFT_OUT])],
    )
    return store.finish(manifest)


async def _copy_databases(server: PostgresServer, target: Path) -> None:
    command = [str(installation() / "bin" / "pg_basebackup"), "-D", str(target), "--format=tar"]
    command += ["--wal-method=stream", "--checkpoint=fast", "--compress=client-gzip:1", "--label=duban"]
    command += ["--manifest-checksums=SHA256", "--no-password"]
    command += ["-h", "127.0.0.1", "-p", str(server.port), "-U", SUPERUSER]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": server.password},
    )
    marking = asyncio.create_task(_mark(server))
    try:
        _, said = await process.communicate()
    finally:
        marking.cancel()
        await asyncio.gather(marking, return_exceptions=True)
    if process.returncode:
        raise StackError(f"PostgreSQL's backup failed: {said.decode(errors='replace').strip()}")


async def _mark(server: PostgresServer) -> None:
    """Commit something now and then: the last commit that a recovery meets tells the moment it came to."""
    connection = await asyncpg.connect(server.dsn(), timeout=60)
    try:
        while True:
            await connection.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(_MARK_EVERY_S)
    finally:
        await connection.close()


def _copy_files(place: Layout, target: Path, passphrase: str | None) -> str:
    """Settings, archived months and, under a passphrase, the secrets; returns what became of the secrets."""
    target.mkdir()
    for file in (place.settings_file, place.directory / "version.json"):
        shutil.copyfile(file, target / file.name)
    if (place.directory / "archive").exists():
        shutil.copytree(place.directory / "archive", target / "archive")
    if passphrase is None:
        return "left out"
    sealing.seal(place.secrets_file, target / "secrets.sealed", passphrase)
    return "sealed"


async def migrations_in(server: PostgresServer) -> dict[str, str]:
    """The revision of each service's database; a database that has none yet is left out."""
    found: dict[str, str] = {}
    for name in DATABASES:
        connection = await asyncpg.connect(server.dsn(name), timeout=60)
        try:
            if await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
                found[name] = str(await connection.fetchval("SELECT max(version_num) FROM alembic_version"))
        finally:
            await connection.close()
    return found
