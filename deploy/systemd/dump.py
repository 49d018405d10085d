"""Copies of the three databases, whole or not at all: ``python -m deploy.systemd.dump DIRECTORY --keep 14``.

The addresses with their passwords come as files of ``CREDENTIALS_DIRECTORY`` (``projects-dsn`` and so on); they
reach ``pg_dump`` by its environment, never by its command line, which everybody on the machine can read.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

SERVICES: Final = ("projects", "energy", "alerts")
_HALF: Final = ".half"
_NAME: Final = "%Y%m%dT%H%M%SZ"


class DumpFailed(Exception):
    """The message says which database and why."""


def connection(dsn: str) -> dict[str, str]:
    """``postgresql://name:password@host:port/database`` as the variables of PostgreSQL's programs.

    Raises DumpFailed for an address that names no database.
    """
    parts = urlsplit(dsn)
    database = parts.path.lstrip("/")
    if not parts.scheme.startswith("postgresql") or not parts.hostname or not database:
        raise DumpFailed("the address must be postgresql://name:password@host:port/database")
    given = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(database),
    }
    return {name: value for name, value in given.items() if value}


def dump(target: Path, credentials: Path, now: datetime, keep: int, programs: str = "") -> Path:
    """Write ``target/<time>/<service>.dump`` with ``SHA256SUMS``, and remove all but the newest ``keep``.

    ``programs``: where pg_dump and pg_restore are, if not on the path. Raises DumpFailed, OSError.
    """
    finished = target / now.astimezone(UTC).strftime(_NAME)
    half = finished.with_name(finished.name + _HALF)
    if finished.exists():
        raise DumpFailed(f"{finished} is there already")
    for left in target.glob(f"*{_HALF}"):
        shutil.rmtree(left)
    half.mkdir(parents=True, mode=0o700)
    sums = []
    for service in SERVICES:
        file = half / f"{service}.dump"
        variables = connection((credentials / f"{service}-dsn").read_text(encoding="utf-8").strip())
        _run(service, [_program("pg_dump", programs), "--format=custom", f"--file={file}"], variables)
        # Its table of contents can be read: it was written to the end.
        _run(service, [_program("pg_restore", programs), "--list", str(file)], {})
        with file.open("rb") as opened:
            sums.append(f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {file.name}\n")
    (half / "SHA256SUMS").write_text("".join(sums), encoding="ascii")
    half.rename(finished)
    _forget(target, keep)
    return finished


def _program(name: str, programs: str) -> str:
    return str(Path(programs) / name) if programs else name


def _run(service: str, command: list[str], variables: Mapping[str, str]) -> None:
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
    except FileNotFoundError as error:
        raise DumpFailed(f"{command[0]} is not installed: it comes with PostgreSQL's client") from error
    if done.returncode:
        raise DumpFailed(f"{service}: {done.stderr.strip()[-2000:]}")


def _forget(target: Path, keep: int) -> None:
    kept = sorted(path for path in target.iterdir() if (path / "SHA256SUMS").is_file())
    for old in kept[: max(0, len(kept) - keep)]:
        shutil.rmtree(old)


def main(arguments: Sequence[str]) -> int:
    """0: done, 1: a database could not be copied, 2: a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m deploy.systemd.dump", description="Copies of the databases.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--keep", type=int, default=14, help="How many copies stay.")
    parser.add_argument("--programs", default="", help="Where pg_dump and pg_restore are, if not on the path.")
    asked = parser.parse_args(arguments)
    if asked.keep < 1:
        parser.error("--keep must be at least 1")
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials is None:
        parser.error("CREDENTIALS_DIRECTORY names no folder with projects-dsn, energy-dsn and alerts-dsn")
    try:
        made = dump(asked.directory, Path(credentials), datetime.now(UTC), asked.keep, asked.programs)
    except (DumpFailed, OSError) as error:
        sys.stderr.write(f"the databases were not copied: {error}\n")
        return 1
    sys.stdout.write(f"{made}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
