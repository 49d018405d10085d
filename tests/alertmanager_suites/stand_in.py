"""What the suites start as ``alertmanager``: ``duban alertmanager`` on a database of a shared PostgreSQL.

The suites start a program for every test and wait seconds for it: a PostgreSQL made anew each time would be
measured rather than the interface. Whoever is started again on the same ``--storage.path`` finds its own data. Who
names a ``--cluster.peer`` joins that peer's database: members of a cluster are the processes on one database
(docs/decisions/0045).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg

ADMIN_DSN, TEMPLATE, MEMBERS = "SUITES_ADMIN_DSN", "SUITES_TEMPLATE", "SUITES_MEMBERS"


def value_of(arguments: Sequence[str], flag: str) -> str:
    """The last value that a flag is given, by ``--flag=value`` or ``--flag value``; empty without one."""
    found = ""
    for place, argument in enumerate(arguments):
        name, has_value, value = argument.partition("=")
        if name == flag:
            found = value if has_value else arguments[place + 1]
    return found


async def ensure_database(name: str) -> None:
    """A copy of the migrated template, unless an earlier start of the same made it."""
    connection = await asyncpg.connect(os.environ[ADMIN_DSN])
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{os.environ[TEMPLATE]}" STRATEGY FILE_COPY'
            )
    finally:
        await connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str]) -> None:
    """Does not return: the process becomes ``duban alertmanager``, so that signals reach it."""
    members = Path(os.environ[MEMBERS])
    peer = value_of(arguments, "--cluster.peer")
    if peer:
        name = (members / peer.rpartition(":")[2]).read_text()
    else:
        name = "am_" + hashlib.sha256(value_of(arguments, "--storage.path").encode()).hexdigest()[:16]
        asyncio.run(ensure_database(name))
    port = free_port()
    (members / str(port)).write_text(name)
    os.environ["DUBAN_DATABASE_DSN"] = f"{os.environ[ADMIN_DSN].rpartition('/')[0]}/{name}"
    command = [sys.executable, "-m", "deploy.local", "alertmanager", *arguments]
    os.execv(sys.executable, [*command, f"--cluster.listen-address=127.0.0.1:{port}"])


if __name__ == "__main__":
    main(sys.argv[1:])
