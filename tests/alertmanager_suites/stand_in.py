"""What the suites start as ``alertmanager``: ``duban alertmanager`` on a database of a shared PostgreSQL.

The suites start a program for every test and wait five seconds for its word where it listens: a PostgreSQL made
anew each time would be measured rather than the interface, so databases lie ready to be taken. Whoever
is started again on the same ``--storage.path`` finds its own. Who names a ``--cluster.peer`` joins that peer's
database: members of a cluster are the processes on one database (docs/decisions/0045).
"""

# Little is imported: it counts against those five seconds.
from __future__ import annotations

import hashlib
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import alertmanager

ADMIN_DSN, DIRECTORY = "SUITES_ADMIN_DSN", "SUITES_DIRECTORY"
# Below the directory: databases that nobody has taken, those taken by their storage path, and by members' ports.
READY, TAKEN, MEMBERS = "ready", "taken", "members"


def value_of(arguments: Sequence[str], flag: str) -> str:
    """The last value that a flag is given, by ``--flag=value`` or ``--flag value``; empty without one."""
    found = ""
    for place, argument in enumerate(arguments):
        name, has_value, value = argument.partition("=")
        if name == flag:
            found = value if has_value else arguments[place + 1]
    return found


def take(directory: Path, storage: str) -> str:
    """The database of a storage path: the one it had, or the next that lies ready."""
    own = directory / TAKEN / hashlib.sha256(storage.encode()).hexdigest()
    while not own.exists():
        name = min(os.listdir(directory / READY))
        try:
            # Whoever renames it has it.
            (directory / READY / name).rename(own)
        except FileNotFoundError:
            continue
    return own.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str]) -> int:
    """``duban alertmanager`` in this very process, so that signals reach it; its exit code."""
    directory = Path(os.environ[DIRECTORY])
    peer = value_of(arguments, "--cluster.peer")
    if peer:
        name = (directory / MEMBERS / peer.rpartition(":")[2]).read_text()
    else:
        name = take(directory, value_of(arguments, "--storage.path"))
    port = free_port()
    (directory / MEMBERS / str(port)).write_text(name)
    os.environ["DUBAN_DATABASE_DSN"] = f"{os.environ[ADMIN_DSN].rpartition('/')[0]}/{name}"
    return alertmanager.main([*arguments, f"--cluster.listen-address=127.0.0.1:{port}"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
