"""Records, logs, secrets and checks that work on files, ports and processes of this machine."""

import dataclasses
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from deploy.local import kafka_jars
from deploy.local.accounts import Account, may_enter, open_the_way
from deploy.local.control import place_of
from deploy.local.demo import check_clock
from deploy.local.errors import DiskFull, PortInUse, StackError
from deploy.local.layout import Settings, save_settings, save_stack
from deploy.local.leftovers import stop_leftovers
from deploy.local.logs import Follower, last_lines, rotate
from deploy.local.migrations import fingerprint, is_done, note_done
from deploy.local.ports import is_free, owner_of
from deploy.local.preflight import check_disk, check_ports, prepare_directory
from deploy.local.programs import (
    STACK_MARKER,
    PidRecord,
    Program,
    is_alive,
    read_record,
    record_of,
    start,
    stop_recorded,
    write_atomically,
    write_record,
)
from deploy.local.secrets import load_secrets
from deploy.local.stack_clock import apply_change, start_clock, stop_clock
from libs.common.clock import read_clock, write_clock
from tests.support.ports import reserve_ports

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
# Starts a child of its own and ignores the polite request to end.
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('up', flush=True); time.sleep(60)",
)


def test_process_is_left_alone_when_only_its_pid_is_the_recorded_one(tmp_path: Path) -> None:
    mine = record_of(os.getpid(), "test")
    write_record(tmp_path / "a.pid", PidRecord(mine.pid, mine.started_at - 5, "test"))
    assert stop_recorded(tmp_path / "a.pid") is False
    assert not (tmp_path / "a.pid").exists()
    assert mine.process() is not None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "null"])
def test_record_counts_as_absent_when_a_crash_left_half_of_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.pid").write_text(content)
    assert read_record(tmp_path / "a.pid") is None
    assert stop_recorded(tmp_path / "a.pid") is False


def test_process_and_its_children_end_when_it_ignores_the_request(tmp_path: Path) -> None:
    process = start(Program("stubborn", STUBBORN, dict(os.environ)), tmp_path / "log", tmp_path / "a.pid")
    while "up" not in (tmp_path / "log").read_text():
        assert process.poll() is None
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    assert len(family) == 2
    assert stop_recorded(tmp_path / "a.pid", seconds=0.3) is True
    assert not any(is_alive(member) for member in family)
    process.wait()


def test_marked_process_ends_when_no_record_names_it(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    prepare_directory(place)
    with subprocess.Popen(SLEEP, env={**os.environ, STACK_MARKER: str(place.directory)}) as orphan:
        while not psutil.Process(orphan.pid).environ():
            pass
        assert stop_leftovers(place) is True
        orphan.wait(60)
    assert stop_leftovers(place) is False


def test_file_is_whole_and_private_when_written_atomically(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    write_atomically(path, "new", mode=0o600)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_stay_when_loaded_again_and_grow_with_a_new_service(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = load_secrets(path, ("energy",))
    second = load_secrets(path, ("energy", "alerts"))
    assert second.databases["energy"] == first.databases["energy"]
    assert second.admin_password == first.admin_password
    assert len(set(second.databases.values())) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_log_is_cut_and_its_older_part_kept_when_it_grew_large(tmp_path: Path) -> None:
    log = tmp_path / "energy.log"
    with log.open("ab") as writer:
        writer.write(b"old\n" * 100)
        writer.flush()
        rotate(tmp_path, limit=100)
        writer.write(b"new\n")
    assert log.read_text() == "new\n"
    assert (tmp_path / "energy.log.1").read_text() == "old\n" * 100
    assert last_lines(log, 5) == ["new"]
    assert last_lines(tmp_path / "none.log", 5) == []


def test_followed_lines_are_whole_when_written_in_pieces(tmp_path: Path) -> None:
    log = tmp_path / "energy.log"
    log.write_text("before\n")
    follower = Follower([log])
    found = []
    for piece in ("fir", "st\nsec", "ond\n"):
        with log.open("a") as writer:
            writer.write(piece)
        found += follower.new_lines()
    assert found == [("energy", "first"), ("energy", "second")]
    log.write_text("cut\n")
    assert follower.new_lines() == [("energy", "cut")]


def test_taken_port_names_its_owner() -> None:
    port = reserve_ports(1)
    assert is_free(port)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert not is_free(port)
        assert f"(pid {os.getpid()})" in owner_of(port)
        with pytest.raises(PortInUse) as failure:
            check_ports([Program("energy-api", (), ports=(port,))])
    assert "energy-api" in failure.value.message


def test_start_is_refused_when_the_disk_is_full(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="the stack needs at least 1000000000 MB"):
        check_disk(place_of(tmp_path), needed_mb=1_000_000_000)
    check_disk(place_of(tmp_path), needed_mb=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_account_may_pass_and_not_look_when_the_way_was_opened(tmp_path: Path) -> None:
    account = Account("nobody", 65534, 65534)
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    tmp_path.chmod(0o700)
    assert closed in open_the_way(closed / "data", account)
    assert may_enter(closed, account)
    listing = subprocess.run(["/bin/ls", closed], user=65534, group=65534, capture_output=True, check=False)
    assert listing.returncode != 0
    assert open_the_way(closed / "data", account) == []


def test_damaged_jar_is_noticed(tmp_path: Path) -> None:
    jar = kafka_jars.listed()[0]
    (tmp_path / jar.filename).write_bytes(b"something else")
    assert not kafka_jars._verified(tmp_path)
    found = {jar.filename: tmp_path / jar.filename}
    wanted = {jar.filename: jar}
    with pytest.raises(StackError, match="are not the listed ones"):
        kafka_jars._compare(found, wanted)
    same = kafka_jars.Jar(
        jar.coordinates, jar.version, hashlib.sha256(b"something else").hexdigest(), jar.filename
    )
    kafka_jars._compare(found, {jar.filename: same})


def test_clock_goes_on_or_starts_afresh_when_the_settings_change(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    prepare_directory(place)
    before = Settings(clock_origin="2026-09-15T08:30:00+08:00")
    start_clock(place, before)
    stop_clock(place)
    stopped = read_clock(place.clock_file)
    faster = dataclasses.replace(before, clock_rate=60.0)
    apply_change(place, before, faster)
    start_clock(place, faster)
    assert read_clock(place.clock_file).rate == 60.0
    assert read_clock(place.clock_file).origin == stopped.origin
    elsewhen = dataclasses.replace(before, clock_origin="2027-01-04T08:30:00+08:00")
    apply_change(place, before, elsewhen)
    start_clock(place, elsewhen)
    assert read_clock(place.clock_file).origin.year == 2027


def test_clock_follows_real_time_when_none_was_asked_for(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    prepare_directory(place)
    start_clock(place, Settings())
    stop_clock(place)
    # As if it had stood for an hour.
    earlier = datetime.now(UTC) - timedelta(hours=1)
    place.stack_time_file.write_text(json.dumps({"at": earlier.isoformat(), "rate": 1.0}))
    write_clock(place.clock_file, earlier, 0.0)
    start_clock(place, Settings())
    assert read_clock(place.clock_file).rate == 1.0
    assert abs((read_clock(place.clock_file).at(time.time()) - datetime.now(UTC)).total_seconds()) < 60


def test_demo_refuses_a_stack_that_runs_on_real_time(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    check_clock(place)
    save_settings(place, Settings())
    save_stack(place, {})
    with pytest.raises(StackError, match="demo's clock"):
        check_clock(place)


def test_migrations_run_again_when_data_or_variables_are_others(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    prepare_directory(place)
    done = fingerprint("projects", ("pg1", "kafka1"), {"DUBAN_X": "1"})
    assert not is_done(place, "projects", done)
    note_done(place, "projects", done)
    assert is_done(place, "projects", fingerprint("projects", ("pg1", "kafka1"), {"DUBAN_X": "1"}))
    for other in (
        fingerprint("projects", ("pg2", "kafka1"), {"DUBAN_X": "1"}),
        fingerprint("projects", ("pg1", "kafka1"), {"DUBAN_X": "2"}),
        fingerprint("energy", ("pg1", "kafka1"), {"DUBAN_X": "1"}),
    ):
        assert not is_done(place, "projects", other)
