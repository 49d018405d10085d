"""Puts a stack back into a new directory: its databases at a moment, and Kafka's log cut at the same one."""

import json
import shutil
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.accounts import unprivileged_account
from deploy.local.backup import broker_log, sealing, wal
from deploy.local.backup.databases import SQUEEZED
from deploy.local.backup.keys import KEY_FILE, opened_key
from deploy.local.backup.moments import clock_at
from deploy.local.backup.recovery import Recovered, recover
from deploy.local.backup.sealed_files import ArchiveKey
from deploy.local.backup.store import Base, Store, check_files, store_in
from deploy.local.control import place_of
from deploy.local.errors import DiskFull, StackError
from deploy.local.kafka_cluster import NOTES
from deploy.local.layout import Layout, Settings
from deploy.local.postgres import MAJOR_VERSION, PostgresServer, postgres_of
from deploy.local.preflight import LAYOUT_VERSION, check_ports
from deploy.local.processes import DATABASES
from deploy.local.programs import write_atomically
from deploy.local.secrets import load_secrets
from libs.common.contracts.energy.readings import READINGS

# What PostgreSQL lets its log grow to (max_wal_size), whatever it replays.
MAX_WAL_BYTES = 2 << 30


@dataclass(frozen=True)
class Restored:
    """`at`: the moment to which the databases came; `offsets`: the next one of each partition, by broker."""

    base: str
    at: datetime
    offsets: dict[str, dict[str, int]]
    left_out: list[str]


async def restore(
    source: Path,
    target: Path,
    *,
    at: datetime | None = None,
    port_base: int | None = None,
    secrets: Path | None = None,
    passphrase: str | None = None,
    known: dict[str, set[str]],
) -> Restored:
    """Put the stack back as it was at `at`, by default as late as the archive reaches.

    `known`: the revisions of each database that this version knows. Raises StackError, BackupDamaged among them,
    with nothing left in `target`.
    """
    store = store_in(source)
    place = place_of(target)
    base = _chosen(store, at)
    _check_version(base, known)
    if place.directory.exists() and any(place.directory.iterdir()):
        raise StackError(f"{place.directory} is not empty.", "Choose a directory that is empty or new.")
    key = _key(store, base, passphrase)
    check_files(base, key)
    # For the latest moment a gap is a loss; before a moment that was asked for it need not be.
    made = base.manifest
    needed = wal.chain(store.wal, made.first_segment, made.last_segment, up_to_a_gap=at is not None)
    wal.check(store.wal, needed, key, all_sealed=made.sealed)
    for broker in base.kafka.iterdir():
        base.rest(key).copies(broker).check()
    _check_room(place, base, len(needed))
    existed = place.directory.exists()
    place.directory.mkdir(parents=True, exist_ok=True)
    try:
        return await _restore(store, base, key, needed, place, at, port_base, secrets, passphrase)
    except BaseException:
        shutil.rmtree(place.directory, ignore_errors=True)
        if existed:
            place.directory.mkdir()
        raise


async def _restore(
    store: Store,
    base: Base,
    key: ArchiveKey | None,
    needed: list[str],
    place: Layout,
    at: datetime | None,
    port_base: int | None,
    secrets: Path | None,
    passphrase: str | None,
) -> Restored:
    settings = _put_files(base, key, place, port_base, secrets, passphrase)
    known = load_secrets(place.secrets_file, DATABASES)
    server = postgres_of(place, settings, known.superuser)
    check_ports([server.program()])
    _put_databases(store, base, key, needed, server)
    recovered = await recover(server, place.directory, at)
    shutil.rmtree(_recovery_log(server))
    offsets = _put_logs(base, key, place, recovered, is_latest=at is None)
    _check_positions(recovered, offsets)
    stack_time = clock_at(base.clock, recovered.at)
    if not settings.real_time and stack_time is not None:
        place.run.mkdir(exist_ok=True)
        body = {"at": stack_time.isoformat(), "rate": settings.clock_rate}
        write_atomically(place.stack_time_file, json.dumps(body))
    return Restored(base.manifest.name, recovered.at, offsets, base.manifest.left_out)


def _key(store: Store, base: Base, passphrase: str | None) -> ArchiveKey | None:
    """The key of a backup that is encrypted, or whose archive is by now."""
    if base.manifest.sealed:
        # Its own copy where that of the archive is lost.
        file = store.directory / KEY_FILE
        return opened_key(file if file.exists() else base.directory / KEY_FILE, passphrase)
    return opened_key(store.directory / KEY_FILE, passphrase) if _is_encrypted_later(store, passphrase) else None


def _is_encrypted_later(store: Store, passphrase: str | None) -> bool:
    return passphrase is not None and (store.directory / KEY_FILE).exists()


def _chosen(store: Store, at: datetime | None) -> Base:
    bases = store.bases()
    if not bases:
        raise StackError(f"There is no backup in {store.directory}.", "Name the directory of: duban backup DIR")
    fitting = [base for base in bases if at is None or base.manifest.ended < at]
    if not fitting:
        first = bases[0].manifest.ended.isoformat(timespec="seconds")
        raise StackError(f"The oldest backup in {store.directory} is of {first}.", "Choose a later moment: --at")
    return fitting[-1]


def _check_version(base: Base, known: dict[str, set[str]]) -> None:
    made = base.manifest
    if made.layout > LAYOUT_VERSION:
        raise StackError(
            f"The backup {made.name} was made by a newer version (layout {made.layout}, this one knows "
            f"{LAYOUT_VERSION}).",
            "Use the newer version.",
        )
    if made.postgres != MAJOR_VERSION:
        raise StackError(
            f"The backup {made.name} is of PostgreSQL {made.postgres}; this version brings {MAJOR_VERSION}.",
            "Use the version that made it.",
        )
    for database, revision in made.migrations.items():
        if revision not in known.get(database, set()):
            raise StackError(
                f"The backup {made.name} was made by a newer version: its database {database} is at revision "
                f"{revision}, which this one does not know.",
                f"Use the version that made it{f' ({made.revision[:12]})' if made.revision else ''}.",
            )


def _check_room(place: Layout, base: Base, segments: int) -> None:
    existing = next(path for path in [place.directory, *place.directory.parents] if path.exists())
    log = sum(path.stat().st_size for path in base.kafka.rglob("*") if path.is_file())
    # Compressed to a quarter or less; what it becomes is not written down.
    replayed = min(segments * wal.SEGMENT_BYTES, MAX_WAL_BYTES)
    needed = 4 * sum(base.manifest.sizes.values()) + replayed + log
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise DiskFull(str(place.directory), free >> 20, needed >> 20)


def _put_files(
    base: Base,
    key: ArchiveKey | None,
    place: Layout,
    port_base: int | None,
    secrets: Path | None,
    passphrase: str | None,
) -> Settings:
    stack, rest = base.directory / "stack", base.rest(key)
    with rest.reading(base.directory, "stack/settings.json") as file:
        settings = json.load(file)
    if port_base is not None:
        settings["port_base"] = port_base
    write_atomically(place.settings_file, json.dumps(settings, indent=2))
    for path in [stack / "version.json", *sorted((stack / "archive").rglob("*"))]:
        if path.is_file():
            target = place.directory / path.relative_to(stack)
            target.parent.mkdir(parents=True, exist_ok=True)
            rest.take(base.directory, str(path.relative_to(base.directory)), target)
    if rest.key is not None and secrets is None:
        with rest.reading(base.directory, f"stack/{place.secrets_file.name}") as file:
            text = file.read().decode()
    else:
        text = _secrets(stack, secrets, passphrase)
    write_atomically(place.secrets_file, text, mode=0o600)
    return Settings(**settings)


def _secrets(stack: Path, given: Path | None, passphrase: str | None) -> str:
    if given is not None:
        try:
            return given.read_text(encoding="utf-8")
        except OSError as error:
            raise StackError(f"{given} cannot be read: {error.strerror}.", "Name a secrets.json.") from error
    sealed = stack / "secrets.sealed"
    if not sealed.exists():
        raise StackError(
            "The backup was made without a passphrase, so the stack's secrets are not in it.",
            "Name the copy of secrets.json that you kept: --secrets FILE",
        )
    if passphrase is None:
        raise StackError("The secrets in the backup are sealed.", "Name the passphrase: --passphrase-file FILE")
    return sealing.open_sealed(sealed, passphrase)


def _put_databases(
    store: Store, base: Base, key: ArchiveKey | None, needed: list[str], server: PostgresServer
) -> None:
    account = unprivileged_account()
    server.data.mkdir(parents=True, mode=0o700)
    # In backups of before the log stands in a file of its own.
    for name, target in ((SQUEEZED, server.data), ("postgres/pg_wal.tar.gz", server.data / "pg_wal")):
        if not (base.directory / name).exists():
            continue
        with (
            base.rest(key).reading(base.directory, name) as file,
            tarfile.open(fileobj=file, mode="r|gz") as packed,
        ):
            packed.extractall(target, filter="data")
    server.data.chmod(0o700)
    log = _recovery_log(server)
    log.mkdir(mode=0o700)
    wal.put_ready(store.wal, needed, log, key)
    if account is not None:
        for path in [server.data, log, *server.data.rglob("*"), *log.rglob("*")]:
            shutil.chown(path, account.uid, account.gid)


def _recovery_log(server: PostgresServer) -> Path:
    return server.directory / "recovery"


def _put_logs(
    base: Base, key: ArchiveKey | None, place: Layout, recovered: Recovered, *, is_latest: bool
) -> dict[str, dict[str, int]]:
    """The logs up to the moment of the databases; returns the next offset of each partition.

    Readings acknowledged since are kept when as much as possible was asked for: they tell of no row of a database.
    """
    bound = _bound_ms(recovered.at, is_latest=is_latest)
    offsets: dict[str, dict[str, int]] = {}
    for broker in sorted(base.kafka.iterdir()):
        target = place.directory / broker.name
        (target / "data").mkdir(parents=True)
        copies = base.rest(key).copies(broker)
        for note in NOTES:
            if copies.size(broker / note) is not None:
                broker_log.take(broker / note, target / note, copies)
        found = offsets.setdefault(broker.name, {})
        for entry in copies.listing(broker / "data"):
            if entry.is_file() or entry.name == broker_log.METADATA:
                broker_log.take(entry, target / "data" / entry.name, copies)
            else:
                topic = entry.name.rpartition("-")[0]
                is_kept = is_latest and topic == READINGS.name
                found[entry.name] = broker_log.cut_partition(
                    entry, target / "data" / entry.name, None if is_kept else bound, copies
                )
    return offsets


def _bound_ms(moment: datetime, *, is_latest: bool) -> int:
    """The first millisecond that is too late.

    A moment that was asked for is a whole millisecond and itself excluded, as in the databases; the last commit of
    the archive is included.
    """
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return milliseconds + 1 if is_latest else milliseconds


def _check_positions(recovered: Recovered, offsets: dict[str, dict[str, int]]) -> None:
    """Raises StackError when a database has read further than the log reaches: something is missing of it."""
    for partition, position in recovered.positions.items():
        reached = max((ends.get(partition, 0) for ends in offsets.values()), default=0)
        if position > reached:
            raise StackError(
                f"The databases have read {partition} up to {position}, its log in the backup ends at {reached}.",
                "Restore to an earlier moment (--at), or from another base backup.",
            )
