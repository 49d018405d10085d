"""``duban alertmanager``: the alerts service in the place of an Alertmanager, with a PostgreSQL of its own.

It takes the Alertmanager's flags, says where it listens at once (connections wait until it is ready), hands
SIGHUP on
and ends with SIGTERM. Its data live below ``--storage.path``; a database elsewhere is named by
``DUBAN_DATABASE_DSN``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.errors import StackError

if TYPE_CHECKING:
    from deploy.local.postgres import PostgresServer

_BACKLOG = 2048
_DSN = "DUBAN_DATABASE_DSN"
_CHECKOUT = Path(__file__).parents[2]
_OWN = ("--web.listen-address", "--cluster.listen-address", "--storage.path")


@dataclass(frozen=True)
class Places:
    """What this program itself looks at among the flags."""

    web: str
    cluster: str
    storage: Path


def places_of(arguments: Sequence[str]) -> Places:
    """Raises StackError for an address that is none."""
    given = {"--web.listen-address": "127.0.0.1:9093", "--cluster.listen-address": "127.0.0.1:0"}
    given["--storage.path"] = "data"
    for place, argument in enumerate(arguments):
        name, has_value, value = argument.partition("=")
        if name in _OWN:
            following = arguments[place + 1] if place + 1 < len(arguments) else ""
            given[name] = value if has_value else following
    return Places(
        given["--web.listen-address"], given["--cluster.listen-address"], Path(given["--storage.path"]).resolve()
    )


def main(arguments: Sequence[str]) -> int:
    """The command: what cannot be is said in a line."""
    try:
        return run(arguments)
    except StackError as error:
        sys.stderr.write(f"{error.message} {error.advice}\n")
        return 1


def run(arguments: Sequence[str]) -> int:
    """The exit code, once everything has ended."""
    places = places_of(arguments)
    web, cluster = _listen(places.web), _bound(places.cluster or "127.0.0.1:0")
    address = "{}:{}".format(*web.getsockname()[:2])
    _say("Listening on", address=address)
    ending = _Ending()
    with ending:
        cluster_address = "{}:{}".format(*cluster.getsockname()[:2])
        if _DSN in os.environ:
            return _serve(arguments, os.environ[_DSN], web, cluster_address, ending)
        server = _database(places.storage)
        try:
            dsn = asyncio.run(_prepared(server, places.storage))
            return _serve(arguments, dsn, web, cluster_address, ending)
        finally:
            _stop(server)


class _Ending:
    """Signals that come while we are still starting are kept for the one who can act on them."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.kept: list[int] = []

    def __enter__(self) -> _Ending:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._hand_on)
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def start(self, command: Sequence[str], listener: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """The child to whom signals are handed on; what came while it was being started is not forgotten."""
        # It ignores SIGHUP until it can act on it: it reads the file as it starts.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.child = subprocess.Popen(command, pass_fds=(listener,), env=environment)
        signal.signal(signal.SIGHUP, self._hand_on)
        if self.is_wanted:
            self.child.terminate()
        return self.child

    def _hand_on(self, number: int, _frame: object) -> None:
        if self.child is None:
            self.kept.append(number)
        elif self.child.poll() is None:
            self.child.send_signal(number)

    @property
    def is_wanted(self) -> bool:
        return any(number != signal.SIGHUP for number in self.kept)


def _serve(arguments: Sequence[str], dsn: str, web: socket.socket, cluster: str, ending: _Ending) -> int:
    if ending.is_wanted:
        return 0
    command = [sys.executable, "-m", "services.alerts.standalone", *arguments]
    command += ["--web.listen-fd", str(web.fileno()), "--cluster.address", cluster]
    command += ["--web.listen-address", "{}:{}".format(*web.getsockname()[:2])]
    path = os.pathsep.join(filter(None, [str(_CHECKOUT), os.environ.get("PYTHONPATH", "")]))
    child = ending.start(command, web.fileno(), {**os.environ, _DSN: dsn, "PYTHONPATH": path})
    web.close()
    code = child.wait()
    # Ended as it was told to is well ended.
    return 0 if code in (0, -signal.SIGTERM, -signal.SIGINT) else code


def _database(storage: Path) -> PostgresServer:
    """The server on this data, started; one left over from a killed process is ended first."""
    # Not before we listen: whoever starts us waits for that word, and these take their time.
    from deploy.local import postgres, programs  # noqa: PLC0415

    storage.mkdir(parents=True, exist_ok=True)
    secret = storage / "postgres.json"
    known = json.loads(secret.read_text()) if secret.exists() else {"password": postgres.new_password()}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    programs.write_atomically(secret, json.dumps(known), mode=0o600)
    server = postgres.PostgresServer(storage / "postgres", port, known["password"])
    process = programs.start(server.program(str(storage)), storage / "postgres.log", storage / "postgres.pid")
    programs.let_go(process)
    return server


async def _prepared(server: PostgresServer, storage: Path) -> str:
    """The address of the service's own database, made if it is new. Raises StackError."""
    deadline = time.monotonic() + 120
    while not await server.is_ready():
        if time.monotonic() > deadline or server.running() is None:
            raise StackError("PostgreSQL does not start.", f"See {storage / 'postgres.log'}")
        await asyncio.sleep(0.05)
    return await server.ensure_database("alerts", server.password)


def _stop(server: PostgresServer) -> None:
    from deploy.local import programs  # noqa: PLC0415 - as above

    running = server.running()
    if running is not None:
        programs.stop(running, first=signal.SIGINT, seconds=60)


def _listen(address: str) -> socket.socket:
    listener = _bound(address)
    # From now on who calls waits, and is answered when everything is there.
    listener.listen(_BACKLOG)
    return listener


def _bound(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "0.0.0.0"  # noqa: S104 - ":9093" means every interface, as the flag always has
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        found.close()
        raise StackError(f"Cannot listen on {address}: {error}", "Choose another --web.listen-address") from error
    return found


def _say(message: str, **facts: str) -> None:
    written = " ".join(f"{name}={value}" for name, value in facts.items())
    sys.stderr.write(f'level=info component=alertmanager msg="{message}" {written}\n')
    sys.stderr.flush()
