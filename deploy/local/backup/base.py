"""A base backup: databases by PostgreSQL's own tool, Kafka's log beside them, files that belong to the stack."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.backup.broker_log import carry_file, carry_over
from deploy.local.backup.copies import PLAIN
from deploy.local.backup.databases import SQUEEZED, copy_databases, migrations_in
from deploy.local.backup.keys import KEY_FILE, key_for_writing
from deploy.local.backup.moments import note_clock
from deploy.local.backup.plan import load_plan
from deploy.local.backup.rest import Rest
from deploy.local.backup.sealed_files import ArchiveKey
from deploy.local.backup.store import FORMAT, Base, Manifest, Store, name_at, store_in
from deploy.local.errors import DiskFull, StackError
from deploy.local.kafka_cluster import NOTES
from deploy.local.kafka_jars import KAFKA_VERSION
from deploy.local.layout import Layout, load_settings
from deploy.local.postgres import MAJOR_VERSION, PostgresServer, postgres_of
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

    Under a `passphrase` it is encrypted, and so is everything that comes into `directory` from then on. Raises
    StackError when the stack does not run, the directory is another's, the passphrase is, or something does not
    fit on it.
    """
    server = server_of(place)
    if not await server.is_ready():
        raise StackError(f"No stack runs in {place.directory}.", "Start it first: duban up")
    store = store_in(directory)
    system = await server.identity()
    store.belong_to(system, place.directory)
    _check_plan(place, store, passphrase)
    key = key_for_writing(store.directory, passphrase)
    with store.locked("base"):
        shutil.rmtree(store.unfinished, ignore_errors=True)
        store.unfinished.mkdir(mode=0o700)
        try:
            base = await _make(place, server, store, system, key)
        finally:
            shutil.rmtree(store.unfinished, ignore_errors=True)
        if keep is not None:
            store.forget_all_but(keep)
    return base


def _check_plan(place: Layout, store: Store, passphrase: str | None) -> None:
    """Raises StackError where the stack itself would go on in the clear in a directory that is to be encrypted."""
    plan = load_plan(place)
    if passphrase and plan and not plan.passphrase_file and Path(plan.directory) == store.directory:
        raise StackError(
            f"The stack's own plan backs up into {store.directory} without a passphrase.",
            f"Give it the passphrase (duban backup plan {store.directory} --passphrase-file FILE; duban down; "
            "duban up), or choose another directory.",
        )


def carry_logs(place: Layout, base: Path, rest: Rest, earlier: Base | None = None) -> None:
    """Bring the logs of all brokers in a base, whose files rest by `rest`, up to where they are now.

    Files that `earlier` has as they are now are shared with it. The stack's clock is noted beside the logs.
    """
    before = None if earlier is None else earlier.rest(rest.key)
    for broker in brokers_of(place):
        target = base / "kafka" / broker.name
        (target / "data").mkdir(parents=True, exist_ok=True)
        copies = rest.copies(target)
        for note in NOTES:
            if (broker / note).exists():
                carry_file(broker / note, target / note, copies)
        there = None if earlier is None else earlier.kafka / broker.name
        carry_over(
            broker / "data",
            target / "data",
            there / "data" if there else None,
            copies=copies,
            earlier_copies=before.copies(there) if there and before else PLAIN,
        )
    note_clock(place.clock_file, base / "clock.jsonl")


async def _make(place: Layout, server: PostgresServer, store: Store, system: str, key: ArchiveKey | None) -> Base:
    begun = datetime.now(UTC)
    new = store.unfinished
    rest = Rest(key, begun.isoformat())
    earlier = next(reversed(store.bases()), None)
    try:
        (new / "postgres").mkdir()
        with rest.writing(new, SQUEEZED) as target:
            first, last = await copy_databases(server, target)
        ended = datetime.now(UTC)
        # Behind the databases: whatever these know of a log stands in its copy.
        with store.locked("log"):
            await asyncio.to_thread(carry_logs, place, new, rest, earlier)
        secrets = _copy_files(place, new, rest)
        if key is not None:
            shutil.copyfile(store.directory / KEY_FILE, new / KEY_FILE)
    except OSError as error:
        raise DiskFull(str(store.directory), shutil.disk_usage(store.directory).free >> 20, 0) from error
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
        first_segment=first,
        last_segment=last,
        migrations=await migrations_in(server),
        secrets=secrets,
        left_out=[*LEFT_OUT, *([] if secrets == "sealed" else [_SECRETS_LEFT_OUT])],
    )
    return store.finish(manifest, key)


def _copy_files(place: Layout, new: Path, rest: Rest) -> str:
    """Settings, archived months and, under a key, the secrets; returns what became of the secrets."""
    files = {"settings.json": place.settings_file, "version.json": place.directory / "version.json"}
    archive = place.directory / "archive"
    files |= {str(path.relative_to(place.directory)): path for path in archive.rglob("*") if path.is_file()}
    if rest.key is not None:
        files[place.secrets_file.name] = place.secrets_file
    for name, file in files.items():
        (new / "stack" / name).parent.mkdir(parents=True, exist_ok=True)
        rest.put(file, new, f"stack/{name}")
    return "sealed" if rest.key is not None else "left out"
