"""Where a stack keeps its things: one directory, one block of ports."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.local.programs import write_atomically

CHECKOUT = Path(__file__).parents[2]
DEFAULT_PORT_BASE = 8100
PORTS_USED = 20  # from one port base to the next
WIDE_PORTS_USED = 60  # of a stack with several brokers or several workers of a kind
MOST_WORKERS = 8  # of a kind, in one stack

# Distances from the port base.
PROJECTS, ENERGY, ALERTS, CONSOLE, POSTGRES, KAFKA, KAFKA_CONTROLLER, SMTP, WEBHOOK = range(9)
MORE_BROKERS, MORE_ENERGY_WORKERS, MORE_ALERTS_WORKERS = 20, 30, 40


def default_directory() -> Path:
    """`.duban` in the checkout, or what DUBAN_DATA names."""
    return Path(os.environ.get("DUBAN_DATA") or CHECKOUT / ".duban")


@dataclass(frozen=True)
class Layout:
    """The files of the stack in `directory`."""

    directory: Path

    @property
    def stack_file(self) -> Path:
        return self.directory / "stack.json"

    @property
    def settings_file(self) -> Path:
        return self.directory / "settings.json"

    @property
    def secrets_file(self) -> Path:
        return self.directory / "secrets.json"

    @property
    def clock_file(self) -> Path:
        return self.directory / "clock.json"

    @property
    def mailbox(self) -> Path:
        return self.directory / "mailbox"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def tls(self) -> Path:
        """Keys and certificates of a stack that was asked for them."""
        return self.directory / "tls"

    @property
    def run(self) -> Path:
        return self.directory / "run"

    @property
    def status_file(self) -> Path:
        return self.run / "status.json"

    @property
    def supervisor_pid(self) -> Path:
        return self.run / "supervisor.pid"

    @property
    def stack_time_file(self) -> Path:
        return self.run / "stack-time.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def pid(self, name: str) -> Path:
        return self.run / f"{name}.pid"


@dataclass(frozen=True)
class Settings:
    """How this stack was asked to run; kept, so that the next start needs no options.

    `clock_origin` (ISO 8601 with zone) and `clock_rate` make a stack clock; without them it is real time.
    `services` False runs PostgreSQL, Kafka and the mailbox alone. `brokers` is 1 or 3 and stays as it was at the
    first start; the numbers of workers may change at any time. `inside_tls`: the brokers speak TLS alone, and to
    each service as what its certificate says.
    """

    port_base: int = DEFAULT_PORT_BASE
    clock_origin: str | None = None
    clock_rate: float = 1.0
    services: bool = True
    brokers: int = 1
    energy_workers: int = 1
    alerts_workers: int = 1
    inside_tls: bool = False

    @property
    def real_time(self) -> bool:
        return self.clock_origin is None and self.clock_rate == 1.0

    @property
    def broker_ports(self) -> tuple[tuple[int, int], ...]:
        """(port of the clients, port of the controller) of each broker."""
        first = (self.port(KAFKA), self.port(KAFKA_CONTROLLER))
        more = (self.port(MORE_BROKERS + 2 * number) for number in range(self.brokers - 1))
        return (first, *((port, port + 1) for port in more))

    @property
    def kafka_bootstrap(self) -> str:
        """All brokers: a client that starts while one is away finds another."""
        return ",".join(f"127.0.0.1:{port}" for port, _ in self.broker_ports)

    def port(self, offset: int) -> int:
        return self.port_base + offset


def load_settings(layout: Layout) -> Settings | None:
    body = _read_json(layout.settings_file)
    return Settings(**body) if body else None


def save_settings(layout: Layout, settings: Settings) -> None:
    write_atomically(layout.settings_file, json.dumps(asdict(settings), indent=2))


def load_stack(layout: Layout) -> dict[str, Any]:
    """The contents of stack.json; empty when there is none yet."""
    return _read_json(layout.stack_file) or {}


def save_stack(layout: Layout, body: dict[str, Any]) -> None:
    # Only its owner may read it: it holds passwords.
    write_atomically(layout.stack_file, json.dumps(body, indent=2, ensure_ascii=False), mode=0o600)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return body
