"""One PostgreSQL and one Kafka for all integration tests, started once and shared by every worker.

`python -m tests.support.infra up` starts them (or finds them running) and prints where they are,
`down` stops them. Their data is thrown away at every start; fsync is off.
"""

import asyncio
import fcntl
import json
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.kafka import KafkaServer
from deploy.local.postgres import PostgresServer, new_password
from deploy.local.programs import (
    Program,
    let_go,
    marked,
    read_record,
    start,
    stop_all,
    stop_recorded,
    write_atomically,
)
from tests.support.ports import reserve_ports

DIRECTORY = Path(__file__).parents[2] / "build" / "test-infra"


@dataclass(frozen=True)
class Infra:
    """Where tests find them: a superuser's DSN and Kafka's bootstrap address."""

    postgres_admin_dsn: str
    kafka_bootstrap: str


def ensure_infra() -> Infra:
    """The running infrastructure; started when there is none. Safe from many processes at once."""
    with _locked():
        running = _find_running()
        return running or _start()


def stop_infra() -> bool:
    """Stop it and remove its data. True when something ran."""
    with _locked():
        return _stop()


def _find_running() -> Infra | None:
    try:
        infra = Infra(**json.loads((DIRECTORY / "infra.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    records = [read_record(DIRECTORY / f"{name}.pid") for name in ("postgres", "kafka")]
    return infra if all(record and record.process() for record in records) else None


def _start() -> Infra:
    _stop()
    port = reserve_ports(3)
    postgres = PostgresServer(DIRECTORY / "postgres", port, new_password(), durable=False)
    # Nobody kills this broker; a machine that stands still for seconds must not take the topics from everybody.
    kafka = KafkaServer(DIRECTORY / "kafka", port + 1, port + 2, heap_mb=512, session_seconds=60)
    programs = [postgres.program(str(DIRECTORY)), kafka.program(str(DIRECTORY))]
    for program in programs:
        let_go(start(program, DIRECTORY / f"{program.name}.log", DIRECTORY / f"{program.name}.pid"))
    asyncio.run(_wait_ready(programs))
    infra = Infra(postgres.dsn(), kafka.bootstrap)
    write_atomically(DIRECTORY / "infra.json", json.dumps(asdict(infra)))
    return infra


async def _wait_ready(programs: list[Program]) -> None:
    deadline = time.monotonic() + 300
    for program in programs:
        while not await program.ready():
            record = read_record(DIRECTORY / f"{program.name}.pid")
            if time.monotonic() > deadline or record is None or record.process() is None:
                raise RuntimeError(f"{program.name} did not start: see {DIRECTORY / program.name}.log")
            await asyncio.sleep(0.1)


def _stop() -> bool:
    # Nobody needs this data again: PostgreSQL need not write a checkpoint first.
    stopped = [
        stop_recorded(DIRECTORY / "postgres.pid", first=signal.SIGQUIT, seconds=60),
        stop_recorded(DIRECTORY / "kafka.pid", seconds=60),
    ]
    stop_all(marked(DIRECTORY))
    for name in ("postgres", "kafka"):
        shutil.rmtree(DIRECTORY / name, ignore_errors=True)
    (DIRECTORY / "infra.json").unlink(missing_ok=True)
    return any(stopped)


@contextmanager
def _locked() -> Iterator[None]:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with (DIRECTORY / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    match sys.argv[1:]:
        case ["up"]:
            sys.stdout.write(json.dumps(asdict(ensure_infra()), indent=2) + "\n")
        case ["down"]:
            sys.stdout.write("stopped\n" if stop_infra() else "nothing was running\n")
        case _:
            sys.exit("usage: python -m tests.support.infra up|down")


if __name__ == "__main__":
    main()
