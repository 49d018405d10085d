"""What a backup is made of: Kafka's log carried over and cut, PostgreSQL's log in a row, a store that is whole."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from deploy.local.backup import sealing, wal
from deploy.local.backup.broker_log import batches, carry_over, cut_partition, segments
from deploy.local.backup.moments import clock_at, note_clock
from deploy.local.backup.plan import checked_plan, load_plan, save_plan
from deploy.local.backup.store import FORMAT, Manifest, Store, check_files, digest_of
from deploy.local.errors import BackupDamaged, StackError
from deploy.local.layout import Layout
from libs.common.clock import write_clock

NAMES = ("topic-0",)


def batch(offset: int, at_ms: Iterable[int]) -> bytes:
    """A batch of Kafka's own form, its first record at `offset`."""
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 16)
    for number, at in enumerate(at_ms):
        builder.append(number, at, b"key", b"value", [])
    # The offset is given by the broker and not part of what the checksum covers.
    return struct.pack(">q", offset) + bytes(builder.build())[8:]


class Broker:
    """A broker's data directory, written to as the broker does."""

    def __init__(self, directory: Path) -> None:
        self.data = directory
        self.partition = directory / "topic-0"
        self.partition.mkdir(parents=True)
        (directory / "meta.properties").write_text("cluster.id=one\n")
        (self.partition / "partition.metadata").write_text("version: 0\ntopic_id: one\n")

    def segment(self, base: int) -> Path:
        return self.partition / f"{base:020d}.log"

    def append(self, base: int, *written: bytes) -> None:
        with self.segment(base).open("ab") as file:
            file.writelines(written)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path / "live")


def test_copy_grows_with_the_log_when_it_is_carried_over_again(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    broker.append(0, batch(0, [1, 2]))
    carry_over(broker.data, kept)
    broker.append(0, batch(2, [3]))
    broker.append(3, batch(3, [4]))
    (broker.partition / "00000000000000000000.index").write_bytes(b"derived")
    carry_over(broker.data, kept)
    assert [path.name for path in segments(kept / "topic-0")] == [broker.segment(0).name, broker.segment(3).name]
    assert [found.last for part in segments(kept / "topic-0") for found in batches(part, checked=True)] == [
        1,
        2,
        3,
    ]
    assert not list(kept.rglob("*.index"))
    assert (kept / "meta.properties").read_text() == "cluster.id=one\n"


def test_copy_keeps_what_was_when_compaction_makes_a_closed_file_smaller(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    broker.append(0, batch(0, [1]), batch(1, [2]))
    broker.append(2, batch(2, [3]))
    carry_over(broker.data, kept)
    broker.segment(0).write_bytes(batch(1, [2]))
    broker.append(2, batch(3, [4]))
    carry_over(broker.data, kept)
    assert [found.first for part in segments(kept / "topic-0") for found in batches(part)] == [0, 1, 2, 3]


def test_end_is_copied_anew_when_the_broker_took_it_back(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    broker.append(0, batch(0, [1]), batch(1, [2]))
    carry_over(broker.data, kept)
    # After a power cut the last batch was gone, and others came in its place.
    broker.segment(0).write_bytes(batch(0, [1]) + batch(1, [5, 6, 7]))
    carry_over(broker.data, kept)
    assert broker.segment(0).read_bytes() == (kept / "topic-0" / broker.segment(0).name).read_bytes()


def test_copy_begins_anew_when_a_topic_was_deleted_and_made_again(broker: Broker, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    broker.append(0, batch(0, [1, 2, 3]))
    carry_over(broker.data, kept)
    (broker.partition / "partition.metadata").write_text("version: 0\ntopic_id: two\n")
    broker.segment(0).write_bytes(batch(0, [9]))
    carry_over(broker.data, kept)
    assert [found.latest_ms for found in batches(segments(kept / "topic-0")[0])] == [9]


def test_closed_files_are_shared_with_the_base_before(broker: Broker, tmp_path: Path) -> None:
    broker.append(0, batch(0, [1]))
    broker.append(1, batch(1, [2]))
    carry_over(broker.data, tmp_path / "first")
    carry_over(broker.data, tmp_path / "second", tmp_path / "first")
    first, second = (tmp_path / name / "topic-0" for name in ("first", "second"))
    assert [os.path.samefile(a, b) for a, b in zip(segments(first), segments(second), strict=True)] == [
        True,
        False,
    ]
    broker.append(1, batch(2, [3]))
    carry_over(broker.data, tmp_path / "second", tmp_path / "first")
    assert len(list(batches(segments(first)[1]))) == 1


@pytest.mark.parametrize(("before_ms", "end"), [(None, 6), (61, 6), (60, 5), (40, 2), (30, 2), (20, 1), (5, 0)])
def test_log_is_cut_before_the_first_batch_that_is_too_late(
    broker: Broker, tmp_path: Path, before_ms: int | None, end: int
) -> None:
    # The batch of 40 holds an earlier record: it was acknowledged as a whole, so not before 40.
    broker.append(0, batch(0, [10]), batch(1, [20]), batch(2, [15, 40]))
    broker.append(4, batch(4, [35]), batch(5, [60]))
    reached = cut_partition(broker.partition, tmp_path / "cut", before_ms)
    assert reached == end
    found = [one.last + 1 for part in segments(tmp_path / "cut") for one in batches(part, checked=True)]
    assert max(found, default=0) == end


def test_batch_that_is_not_whole_yet_is_left_out(broker: Broker, tmp_path: Path) -> None:
    broker.append(0, batch(0, [10]), batch(1, [20])[:-3])
    assert cut_partition(broker.partition, tmp_path / "cut", None) == 1
    # In the middle of the log it would be a hole.
    broker.append(2, batch(2, [30]))
    with pytest.raises(BackupDamaged, match="lacks its end"):
        cut_partition(broker.partition, tmp_path / "again", None)


def test_damage_is_named_when_a_byte_of_the_log_changed(broker: Broker) -> None:
    whole = bytearray(batch(0, [10]) + batch(1, [20]))
    whole[-2] ^= 1
    broker.segment(0).write_bytes(whole)
    with pytest.raises(BackupDamaged, match=r"00000000000000000000\.log is damaged in offset 1"):
        list(batches(broker.segment(0), checked=True))


def archived(directory: Path, *names: str) -> Path:
    spool, archive = directory / "spool", directory / "wal"
    for place in (spool, archive):
        place.mkdir(exist_ok=True)
    for name in names:
        (spool / name).write_bytes(bytes([len(names)]) * wal.SEGMENT_BYTES)
    wal.publish(spool, archive, wal.spooled(spool))
    return archive


FIRST, SECOND, THIRD = (f"0000000100000001000000{number}" for number in ("FE", "FF", "00"))


def test_log_of_postgresql_is_moved_and_comes_back_the_same(tmp_path: Path) -> None:
    archive = archived(tmp_path, FIRST, SECOND)
    assert list((tmp_path / "spool").iterdir()) == []
    assert wal.chain(archive, FIRST, FIRST) == [FIRST, SECOND]
    (tmp_path / "back").mkdir()
    wal.put_ready(archive, [SECOND], tmp_path / "back")
    assert gzip.decompress((tmp_path / "back" / f"{SECOND}.gz").read_bytes()) == bytes([2]) * wal.SEGMENT_BYTES


def test_chain_goes_over_to_the_next_number_and_names_what_is_missing(tmp_path: Path) -> None:
    following, later = "000000010000000200000000", "000000010000000200000002"
    archive = archived(tmp_path, SECOND, following, later)
    assert wal.chain(archive, SECOND, SECOND, up_to_a_gap=True) == [SECOND, following]
    with pytest.raises(BackupDamaged, match="lacks 000000010000000200000001"):
        wal.chain(archive, SECOND, SECOND)


def test_chain_begins_with_what_the_base_holds_itself(tmp_path: Path) -> None:
    following = "000000010000000200000000"
    archive = archived(tmp_path, following)
    assert wal.chain(archive, FIRST, SECOND) == [following]
    # The archive was switched off for a while: between the base's end and its beginning something is missing.
    with pytest.raises(BackupDamaged, match=f"lacks {SECOND}"):
        wal.chain(archive, FIRST, FIRST)


def test_damage_is_named_when_a_file_of_the_log_was_cut_off(tmp_path: Path) -> None:
    archive = archived(tmp_path, FIRST)
    packed = archive / f"{FIRST}.gz"
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(BackupDamaged, match=FIRST):
        wal.check(archive, [FIRST])


@pytest.mark.parametrize(
    ("position", "name"), [("0/2000028", "0" * 7 + "1" + "0" * 14 + "02"), ("1/FF000000", SECOND)]
)
def test_segment_is_named_after_its_position(position: str, name: str) -> None:
    assert wal.segment_of(1, position) == name


def manifest(name: str, first_segment: str = FIRST) -> Manifest:
    at = datetime(2026, 9, 15, tzinfo=UTC).isoformat()
    return Manifest(
        FORMAT, name, at, at, None, 1, "18", "4", "7", first_segment, first_segment, {}, "left out", []
    )


def store_with(directory: Path, *manifests: Manifest) -> Store:
    store = Store(directory)
    store.belong_to("7", Path("/stack"))
    for each in manifests:
        (store.unfinished / "postgres").mkdir(parents=True)
        (store.unfinished / "postgres" / "base.tar.gz").write_bytes(each.name.encode())
        store.finish(each)
    return store


def test_damage_is_named_when_a_file_of_a_base_changed_or_is_gone(tmp_path: Path) -> None:
    base = store_with(tmp_path / "b", manifest("20260915T000000Z")).bases()[0]
    check_files(base)
    file = base.directory / "postgres" / "base.tar.gz"
    file.write_bytes(b"20260915T000000Y")
    with pytest.raises(BackupDamaged, match=r"base\.tar\.gz is damaged"):
        check_files(base)
    file.unlink()
    with pytest.raises(BackupDamaged, match=r"base\.tar\.gz is missing"):
        check_files(base)


def test_older_bases_and_their_log_go_when_there_are_enough(tmp_path: Path) -> None:
    following = "000000010000000200000000"
    store = store_with(
        tmp_path / "b",
        manifest("20260915T000000Z", FIRST),
        manifest("20260916T000000Z", SECOND),
        manifest("20260917T000000Z", following),
    )
    archived(tmp_path / "b", FIRST, SECOND, following)
    assert store.forget_all_but(2) == ["20260915T000000Z"]
    assert [base.manifest.name for base in store.bases()] == ["20260916T000000Z", "20260917T000000Z"]
    assert wal.chain(store.wal, FIRST, FIRST) == [SECOND, following]
    # A thousand are not there; all that are stay.
    assert store.forget_all_but(1000) == []


def test_directory_is_refused_when_it_is_another_stacks_or_not_empty(tmp_path: Path) -> None:
    store = store_with(tmp_path / "b")
    store.belong_to("7", Path("/stack"))
    with pytest.raises(StackError, match="holds the backups of the stack in /stack"):
        store.belong_to("8", Path("/other"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(StackError, match="not empty and holds no backups"):
        Store(tmp_path / "full").belong_to("7", Path("/stack"))


def test_backup_is_refused_when_a_newer_version_made_it(tmp_path: Path) -> None:
    store = store_with(tmp_path / "b", manifest("20260915T000000Z"))
    file = store.directory / "bases" / "20260915T000000Z" / "manifest.json"
    file.write_text(file.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    with pytest.raises(StackError, match="newer version"):
        store.bases()
    file.write_text("{")
    with pytest.raises(BackupDamaged, match=r"manifest\.json is damaged"):
        store.bases()


def test_passphrase_that_is_too_short_or_cannot_be_read_is_refused(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse battery staple\n")
    assert sealing.passphrase_in(words) == "correct horse battery staple"
    words.write_text("short")
    with pytest.raises(StackError, match="has 5 characters"):
        sealing.passphrase_in(words)
    with pytest.raises(StackError, match="cannot be read"):
        sealing.passphrase_in(tmp_path / "none")


@pytest.mark.parametrize(
    ("fields", "named"),
    [((0.0, 7, 60), "every_hours"), ((24.0, 0, 60), "keep"), ((24.0, 7, 0), "archive_seconds")],
)
def test_plan_is_refused_when_a_field_makes_no_sense(
    tmp_path: Path, fields: tuple[float, int, int], named: str
) -> None:
    with pytest.raises(StackError, match=named):
        checked_plan(tmp_path, *fields)


def test_plan_is_kept_until_it_is_taken_away(tmp_path: Path) -> None:
    place, plan = Layout(tmp_path), checked_plan(tmp_path / "b", 6, 3, 10)
    assert load_plan(place) is None
    save_plan(place, plan)
    assert load_plan(place) == plan
    (tmp_path / "backup.json").write_text('{"directory": "x"}')
    with pytest.raises(StackError, match="no plan of backups"):
        load_plan(place)
    save_plan(place, None)
    assert load_plan(place) is None


def test_clock_is_known_for_any_moment_when_it_was_set_in_between(tmp_path: Path) -> None:
    clock, notes = tmp_path / "clock.json", tmp_path / "clock.jsonl"
    start = datetime(2026, 9, 15, tzinfo=UTC)
    first = write_clock(clock, start, 60.0)
    note_clock(clock, notes)
    note_clock(clock, notes)
    assert len(notes.read_text().splitlines()) == 1
    second = write_clock(clock, start + timedelta(days=3), 0.0)
    note_clock(clock, notes)
    middle = datetime.fromtimestamp((first.real_epoch + second.real_epoch) / 2, UTC)
    assert clock_at(notes, middle) == first.at(middle.timestamp())
    assert clock_at(notes, datetime.fromtimestamp(second.real_epoch + 5, UTC)) == start + timedelta(days=3)
    assert clock_at(tmp_path / "none", middle) is None


def test_digest_is_that_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert digest_of(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
