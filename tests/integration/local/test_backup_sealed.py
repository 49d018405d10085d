"""Backups under a passphrase: what comes back, what shows, what is never read in the clear."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.backup import sealing, wal
from deploy.local.backup.broker_log import batches, carry_over, cut_partition, segments
from deploy.local.backup.copies import SealedCopies
from deploy.local.backup.keys import KEY_FILE, envelope, key_for_writing, opened_key
from deploy.local.backup.sealed_files import CHUNK, ArchiveKey, opened, sealing_to
from deploy.local.backup.store import Store, check_files
from deploy.local.errors import BackupDamaged, StackError
from deploy.local.layout import CHECKOUT
from tests.integration.local.test_backup_files import FIRST, SECOND, Broker, archived, batch, manifest

WORDS = "correct horse battery staple"
KEY = ArchiveKey(bytes(range(32)))
OTHER = ArchiveKey(bytes(32))


def sealed_file(path: Path, body: bytes, key: ArchiveKey = KEY, purpose: str = "file") -> Path:
    with sealing_to(path, key, purpose) as sink:
        # In pieces that fit no chunk.
        for start in range(0, len(body), 700_001):
            sink.write(body[start : start + 700_001])
    return path


def read(path: Path, key: ArchiveKey = KEY, purpose: str = "file") -> bytes:
    with opened(path, key, purpose) as file:
        return file.read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_file_comes_back_the_same_and_shows_nothing_meanwhile(tmp_path: Path, size: int) -> None:
    body = (b"telephone 13800001111 " * (size // 20 + 1))[:size]
    path = sealed_file(tmp_path / "sealed", body)
    assert read(path) == body
    assert b"13800001111" not in path.read_bytes()
    # Twice the same is not the same.
    assert sealed_file(tmp_path / "again", body).read_bytes() != path.read_bytes()


def _chunks(raw: bytes) -> list[bytes]:
    """The beginning and the chunks of a sealed file, the end among them, as they rest."""
    found, position = [raw[:24]], 24
    while position < len(raw):
        whole = 4 + 12 + int.from_bytes(raw[position : position + 4]) + 16
        found.append(raw[position : position + whole])
        position += whole
    return found


def _flipped(raw: bytes) -> bytes:
    return raw[:40] + bytes([raw[40] ^ 1]) + raw[41:]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw[:-1], "not what was written"),
        (lambda raw: raw[: len(raw) // 2], "not what was written"),
        # Whole chunks alone are left: the end is missing.
        (lambda raw: b"".join(_chunks(raw)[:-1]), "its end is missing"),
        (lambda raw: b"".join(_chunks(raw)[:2]), "its end is missing"),
        (lambda raw: b"".join(_chunks(raw)[:2] + _chunks(raw)[3:]), "not what was written"),
        (lambda raw: b"".join([_chunks(raw)[0], _chunks(raw)[2], _chunks(raw)[1], *_chunks(raw)[3:]]), "not what"),
        (lambda raw: b"".join(_chunks(raw)[:2] + _chunks(raw)[-1:]), "not what was written"),
        (_flipped, "not what was written"),
        (lambda raw: raw + b"x", "something stands behind its end"),
        (lambda raw: b"\x1f\x8b" + raw[2:], "does not begin as a sealed file does"),
        (lambda _raw: b"", "does not begin as a sealed file does"),
        (lambda raw: raw[:24] + b"\xff\xff\xff\xff" + raw[28:], "a chunk is too long"),
    ],
)
def test_change_shows_when_a_sealed_file_is_read(
    tmp_path: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    path = sealed_file(tmp_path / "sealed", random.Random(1).randbytes(2 * CHUNK + 100))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BackupDamaged, match=said):
        read(path)


def test_file_opens_for_its_key_and_its_purpose_alone(tmp_path: Path) -> None:
    path = sealed_file(tmp_path / "sealed", b"body")
    with pytest.raises(BackupDamaged):
        read(path, OTHER)
    with pytest.raises(BackupDamaged):
        read(path, purpose="another file")
    # Chunks of two files of the same purpose do not mix.
    other = sealed_file(tmp_path / "other", b"BODY")
    path.write_bytes(_chunks(path.read_bytes())[0] + b"".join(_chunks(other.read_bytes())[1:]))
    with pytest.raises(BackupDamaged):
        read(path)


_FLAT = """
import resource, shutil, sys
from pathlib import Path
from deploy.local.backup.sealed_files import ArchiveKey, opened, sealing_to
key, path = ArchiveKey(bytes(32)), Path(sys.argv[1])
piece = bytes(1 << 20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with sealing_to(path, key, "big") as sink:
    for _ in range(256):
        sink.write(piece)
with opened(path, key, "big") as source, open("/dev/null", "wb") as nowhere:
    shutil.copyfileobj(source, nowhere, 1 << 20)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_stays_flat_when_a_file_is_large(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FLAT, str(tmp_path / "big")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    # MiB beyond what the process had, for 256 MiB there and back.
    assert int(done.stdout) < 32


def test_key_opens_with_its_passphrase_alone_and_once_made_is_needed(tmp_path: Path) -> None:
    assert key_for_writing(tmp_path, None) is None
    key = key_for_writing(tmp_path, WORDS)
    assert key is not None
    assert key_for_writing(tmp_path, WORDS) == key == opened_key(tmp_path / KEY_FILE, WORDS)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    with pytest.raises(StackError, match="passphrase does not open"):
        key_for_writing(tmp_path, WORDS + "s")
    with pytest.raises(StackError, match="are encrypted"):
        key_for_writing(tmp_path, None)
    body = json.loads((tmp_path / KEY_FILE).read_text())
    for damaged in (
        "{",
        json.dumps(body | {"format": 9}),
        json.dumps(body | {"kdf": {**body["kdf"], "n": 2**40}}),
    ):
        (tmp_path / KEY_FILE).write_text(damaged)
        with pytest.raises(BackupDamaged, match=r"key\.json is damaged"):
            opened_key(tmp_path / KEY_FILE, WORDS)


def test_secrets_of_earlier_backups_open_with_their_passphrase(tmp_path: Path) -> None:
    # As they were sealed before everything else was.
    salt = bytes(16)
    sealed = envelope(WORDS, salt).seal(b'{"superuser": "s3cret"}', "duban backup secrets")
    (tmp_path / "sealed").write_text(json.dumps({"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "sealed": sealed}))
    assert sealing.open_sealed(tmp_path / "sealed", WORDS) == '{"superuser": "s3cret"}'
    with pytest.raises(StackError, match="does not open"):
        sealing.open_sealed(tmp_path / "sealed", WORDS + "s")


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path / "live")


def copies_in(place: Path, base: str = "one", key: ArchiveKey = KEY) -> SealedCopies:
    (place / "data").mkdir(parents=True, exist_ok=True)
    return SealedCopies(place, key, base)


def carry(broker: Broker, place: Path) -> None:
    carry_over(broker.data, place / "data", copies=copies_in(place))


def offsets(place: Path) -> list[int]:
    copies = copies_in(place)
    found = segments(place / "data" / "topic-0", copies)
    return [one.first for part in found for one in batches(part, checked=True, copies=copies)]


def test_sealed_copy_grows_with_the_log_and_is_cut_as_a_plain_one(broker: Broker, tmp_path: Path) -> None:
    place = tmp_path / "kafka"
    broker.append(0, batch(0, [10]), batch(1, [20])[:-3])
    carry(broker, place)
    # The rest of a batch that was half there, and a file behind it.
    broker.segment(0).write_bytes(batch(0, [10]) + batch(1, [20]))
    broker.append(2, batch(2, [30]))
    carry(broker, place)
    broker.append(2, batch(3, [40]))
    carry(broker, place)
    assert offsets(place) == [0, 1, 2, 3]
    copies = copies_in(place)
    copies.check()
    assert cut_partition(place / "data" / "topic-0", tmp_path / "cut", 40, copies) == 3
    assert (tmp_path / "cut" / broker.segment(2).name).read_bytes() == batch(2, [30])
    assert (tmp_path / "cut" / "partition.metadata").read_text().endswith("topic_id: one\n")
    rests = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"value" not in rests
    assert b"topic_id" not in rests


def test_sealed_copy_follows_what_the_broker_took_back_compacted_or_made_anew(
    broker: Broker, tmp_path: Path
) -> None:
    place = tmp_path / "kafka"
    broker.append(0, batch(0, [1]), batch(1, [2]))
    carry(broker, place)
    broker.segment(0).write_bytes(batch(0, [1]) + batch(1, [5, 6, 7]))
    carry(broker, place)
    assert offsets(place) == [0, 1]
    broker.append(4, batch(4, [9]))
    broker.segment(0).write_bytes(batch(1, [5, 6, 7]))
    carry(broker, place)
    assert offsets(place) == [0, 1, 4]
    (broker.partition / "partition.metadata").write_text("version: 0\ntopic_id: two\n")
    broker.segment(4).unlink()
    broker.segment(0).write_bytes(batch(0, [9]))
    carry(broker, place)
    assert offsets(place) == [0]


def test_what_a_crash_left_behind_is_written_again(broker: Broker, tmp_path: Path) -> None:
    place = tmp_path / "kafka"
    broker.append(0, batch(0, [1]))
    carry(broker, place)
    index = (place / "index").read_bytes()
    broker.append(0, batch(1, [2]))
    broker.append(2, batch(2, [3]))
    carry(broker, place)
    # Killed before the index told of it: half of a chunk too much in one file, and a file that nobody knows.
    (place / "index").write_bytes(index)
    kept = place / "data" / "topic-0" / broker.segment(0).name
    kept.write_bytes(kept.read_bytes()[:-5])
    assert offsets(place) == [0]
    carry(broker, place)
    assert offsets(place) == [0, 1, 2]
    copies_in(place).check()


def test_closed_sealed_files_are_shared_between_bases_and_stay_when_one_goes_on(
    broker: Broker, tmp_path: Path
) -> None:
    first, second = tmp_path / "a" / "kafka", tmp_path / "b" / "kafka"
    broker.append(0, batch(0, [1]))
    broker.append(1, batch(1, [2]))
    carry(broker, first)
    copies = copies_in(second, "two")
    carry_over(broker.data, second / "data", first / "data", copies=copies, earlier_copies=copies_in(first))
    names = [path.relative_to(first) for path in segments(first / "data" / "topic-0", copies_in(first))]
    assert [os.path.samefile(first / name, second / name) for name in names] == [True, False]
    broker.segment(0).write_bytes(batch(0, [7]) + batch(1, [8]))
    broker.segment(1).unlink()
    carry_over(broker.data, second / "data", copies=copies)
    copies_in(first).check()
    assert offsets(first) == [0, 1]
    # An index is its own base's.
    with pytest.raises(BackupDamaged):
        copies_in(second, "one")


@pytest.mark.parametrize("harm", ["gone", "shorter", "exchanged", "index gone"])
def test_damage_is_named_when_a_sealed_log_is_not_what_its_index_says(
    broker: Broker, tmp_path: Path, harm: str
) -> None:
    place = tmp_path / "kafka"
    broker.append(0, batch(0, [1]))
    carry(broker, place)
    kept = place / "data" / "topic-0" / broker.segment(0).name
    earlier = kept.read_bytes()
    broker.append(0, batch(1, [2]))
    carry(broker, place)
    named = kept
    if harm == "gone":
        kept.unlink()
    elif harm == "shorter":
        kept.write_bytes(earlier)
    elif harm == "exchanged":
        shutil.copytree(broker.data, tmp_path / "live2" / "live")
        carry_over(tmp_path / "live2" / "live", tmp_path / "c" / "data", copies=copies_in(tmp_path / "c"))
        shutil.copyfile(tmp_path / "c" / "data" / "topic-0" / kept.name, kept)
    else:
        named = place / "index"
        named.unlink()
    with pytest.raises(BackupDamaged, match=named.name):
        copies_in(place).check()


def test_log_of_postgresql_rests_sealed_and_is_put_ready_in_the_clear(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    archive, back = tmp_path / "wal", tmp_path / "back"
    for place in (spool, archive, back):
        place.mkdir()
    body = (b"13800001111" * (wal.SEGMENT_BYTES // 11 + 1))[: wal.SEGMENT_BYTES]
    (spool / FIRST).write_bytes(body)
    wal.publish(spool, archive, [FIRST], KEY)
    names = wal.chain(archive, FIRST, FIRST)
    wal.check(archive, names, KEY, all_sealed=True)
    wal.put_ready(archive, names, back, KEY)
    unpacked = subprocess.run(["gzip", "-dc", str(back / f"{FIRST}.gz")], capture_output=True, check=True)
    assert unpacked.stdout == body
    with pytest.raises(StackError, match="is encrypted"):
        wal.check(archive, names)
    # One file under another's name, one that was never sealed, one cut off.
    shutil.copyfile(archive / f"{FIRST}.gz", archive / f"{SECOND}.gz")
    with pytest.raises(BackupDamaged, match=SECOND):
        wal.check(archive, [SECOND], KEY)
    (archive / f"{SECOND}.gz").unlink()
    (tmp_path / "plain").mkdir()
    shutil.copyfile(archived(tmp_path / "plain", SECOND) / f"{SECOND}.gz", archive / f"{SECOND}.gz")
    wal.check(archive, [SECOND], KEY)
    with pytest.raises(BackupDamaged, match="it is not encrypted"):
        wal.check(archive, [SECOND], KEY, all_sealed=True)
    raw = (archive / f"{FIRST}.gz").read_bytes()
    (archive / f"{FIRST}.gz").write_bytes(raw[:-40])
    with pytest.raises(BackupDamaged, match=FIRST):
        wal.check(archive, [FIRST], KEY)


def test_manifest_that_was_changed_shows_to_who_has_the_key(tmp_path: Path) -> None:
    store = Store(tmp_path / "b")
    store.belong_to("7", Path("/stack"))
    for name in ("20260915T000000Z", "20260916T000000Z"):
        (store.unfinished / "postgres").mkdir(parents=True)
        sealed_file(store.unfinished / "postgres" / "base.tar.gz", name.encode())
        store.finish(manifest(name), KEY)
    for base in store.bases():
        check_files(base, KEY)
        assert base.manifest.sealed
        with pytest.raises(BackupDamaged, match=r"manifest\.json is damaged"):
            check_files(base, OTHER)
        with pytest.raises(StackError, match="is encrypted"):
            base.rest(None)
    older, newer = (base.directory for base in store.bases())
    # An old base in place of the new one.
    shutil.rmtree(newer)
    shutil.copytree(older, newer)
    with pytest.raises(BackupDamaged, match="is another backup's"):
        check_files(store.bases()[1], KEY)
    file = older / "manifest.json"
    file.write_text(file.read_text().replace('"left out"', '"sealed"'))
    with pytest.raises(BackupDamaged, match=r"manifest\.json is damaged"):
        check_files(store.bases()[0], KEY)
