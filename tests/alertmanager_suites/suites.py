"""The Alertmanager's own acceptance suites against ours, or against another program that stands in its place."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from libs.common.database import migrate
from services.alerts.bootstrap import MIGRATIONS
from tests.alertmanager_suites import stand_in
from tests.alertmanager_suites.building import SUITES, Built
from tests.alertmanager_suites.verdicts import Verdict, repeated, verdicts
from tests.support.infra import ensure_infra

ROOT = Path(__file__).parents[2]
_TEMPLATE = "am_template"
_SECONDS = 3600
# More than the tests of the larger suite start; and than a single test does.
_FOR_A_SUITE, _FOR_A_TEST = 48, 4


@dataclass(frozen=True)
class Place:
    """Where what the suites leave lies: temporary files, databases ready and taken, what was printed."""

    directory: Path

    @property
    def scratch(self) -> Path:
        return self.directory / "scratch"

    @property
    def ready(self) -> Path:
        return self.directory / stand_in.READY

    def printed(self, suite: str) -> Path:
        return self.directory / f"{suite}.out"


def prepare(place: Place, built: Built, binary: Path | None) -> dict[str, str]:
    """Put the program where the suites look for it; answers the environment they run in."""
    for name in (stand_in.READY, stand_in.TAKEN, stand_in.MEMBERS):
        shutil.rmtree(place.directory / name, ignore_errors=True)
        (place.directory / name).mkdir(parents=True)
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(place.scratch)}
    program = built.root / "alertmanager"
    program.unlink(missing_ok=True)
    if binary is not None:
        program.symlink_to(binary.resolve())
        return environment
    dsn = ensure_infra().postgres_admin_dsn
    asyncio.run(_fresh_template(dsn))
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.alertmanager_suites.stand_in "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {
        **environment,
        "PYTHONPATH": path,
        "DUBAN_ALERTMANAGER_VERSION": built.version,
        stand_in.ADMIN_DSN: dsn,
        stand_in.DIRECTORY: str(place.directory),
    }


def run_suites(
    place: Place, built: Built, environment: dict[str, str], *, names: Sequence[str], only: str, parallel: int
) -> list[Verdict]:
    """Each test once, and those that failed once more by themselves.

    The suites measure in real time, to 150 ms: on a machine that others use as well a test fails now and then.
    That it passes by itself is told apart from passing among the others.
    """
    found: list[Verdict] = []
    for suite in names:
        make_ready(place, environment, _FOR_A_SUITE)
        first = _run(place, built, environment, suite, only, parallel)
        failed = [verdict.name for verdict in first if verdict.outcome == "FAIL"]
        again: list[Verdict] = []
        for name in failed:
            make_ready(place, environment, _FOR_A_TEST)
            again += _run(place, built, environment, suite, f"^{name}$", 1)
        found += repeated(first, again)
    return found


def _run(
    place: Place, built: Built, environment: dict[str, str], suite: str, only: str, parallel: int
) -> list[Verdict]:
    command = [str(built.folder(suite) / "suite.test"), "-test.v", f"-test.parallel={parallel}"]
    command += [f"-test.run={only}", f"-test.timeout={_SECONDS}s"]
    done = subprocess.run(
        command,
        cwd=built.folder(suite),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    with place.printed(suite).open("a", encoding="utf-8") as printed:
        printed.write(done.stdout)
    _end_left_over(place)
    return verdicts(suite, done.stdout)


def _end_left_over(place: Place) -> None:
    """End programs that a test left behind: some tests end theirs only if it started in time."""
    left = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(place.scratch) in argument for argument in process.info["cmdline"] or ()):
            process.terminate()
            left.append(process)
    for process in psutil.wait_procs(left, timeout=60)[1]:
        process.kill()


def make_ready(place: Place, environment: Mapping[str, str], count: int) -> None:
    """So many databases for :mod:`tests.alertmanager_suites.stand_in` to take; none where another program runs."""
    missing = count - len(list(place.ready.iterdir()))
    if stand_in.ADMIN_DSN in environment and missing > 0:
        names = asyncio.run(_copies(environment[stand_in.ADMIN_DSN], missing))
        for name in names:
            (place.ready / name).write_text(name)


async def _copies(dsn: str, count: int) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        names = [f"am_{secrets.token_hex(6)}" for _ in range(count)]
        for name in names:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_TEMPLATE}" STRATEGY FILE_COPY')
    finally:
        await connection.close()
    return names


async def _fresh_template(dsn: str) -> None:
    """A migrated database to copy; those of an earlier run are gone."""
    connection = await asyncpg.connect(dsn)
    try:
        for (name,) in await connection.fetch(r"SELECT datname FROM pg_database WHERE datname LIKE 'am\_%'"):
            await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{_TEMPLATE}"')
    finally:
        await connection.close()
    await migrate(f"{dsn.rpartition('/')[0]}/{_TEMPLATE}", MIGRATIONS)


NAMES = tuple(SUITES)
