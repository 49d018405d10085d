"""The brokers of a stack: one, or three of which any one may be lost.

A data directory belongs to a cluster of one size: what one broker alone was given exists once and would have to
be copied before a second could answer for it. So the number is chosen at the first start and remembered beside the
data.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.local.authority import Authority
from deploy.local.errors import ForeignData, StackError
from deploy.local.kafka import BROKER, OPERATOR, KafkaServer, new_cluster_id, operator_address
from deploy.local.kafka_grants import grant_services
from deploy.local.layout import Layout, Settings
from deploy.local.programs import Program, write_atomically

SIZES = (1, 3)
_HEAP_OF_SEVERAL_MB = 512
_CLUSTER = "cluster.json"
# Beside the data of a broker; without them the data are not opened, so a copy takes them along.
NOTES = ("version", _CLUSTER)


@dataclass(frozen=True)
class KafkaCluster:
    """`size` brokers below `directory`: the first in `kafka`, as a broker alone, then `kafka-2` and `kafka-3`.

    `ports` are (clients, controller) of each.
    """

    directory: Path
    ports: tuple[tuple[int, int], ...]
    authority: Authority | None = None

    @property
    def size(self) -> int:
        return len(self.ports)

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port, _ in self.ports)

    @property
    def address(self) -> str:
        """As who runs the stack asks them."""
        return self.bootstrap if self.authority is None else operator_address(self.bootstrap, self.authority).text

    def issue_certificates(self, services: Iterable[str], now: datetime) -> None:
        """Of the brokers, of who runs the stack and of its services, where they show any."""
        if self.authority is not None:
            for name in (BROKER, OPERATOR, *services):
                self.authority.issue(name, now)

    async def grant(self) -> None:
        """Give the services' accounts what is theirs, where there are accounts."""
        if self.authority is not None:
            await grant_services(self.address)

    def check_size(self) -> None:
        """Raises StackError for a number that makes no sense, ForeignData when the data have another."""
        if self.size not in SIZES:
            raise StackError(
                f"A stack has 1 broker or 3, not {self.size}.",
                "Of two none may be lost, since both must have what is acknowledged: --brokers 3",
            )
        found = self._remembered_size()
        if found is not None and found != self.size:
            raise ForeignData(
                f"{self.directory} was made with --brokers {found}; it cannot go on with {self.size}.",
                f"Go on with --brokers {found}, or choose another directory: --data DIR",
            )

    def check_data(self) -> None:
        """Raises ForeignData when these brokers may not open the data directories."""
        self.check_size()
        for server in self._servers(None):
            server.check_data()

    def identity(self) -> str:
        """The id that the data got when they were formatted."""
        return self._servers(None)[0].identity()

    def programs(self, marker: str = "") -> list[Program]:
        """Of each broker; remembers the size, and the id that all are formatted with."""
        cluster_id = None if self.size == 1 else self._remember()
        return [server.program(marker) for server in self._servers(cluster_id)]

    def _servers(self, cluster_id: str | None) -> list[KafkaServer]:
        if self.size == 1:
            return [KafkaServer(self.directory / "kafka", *self.ports[0], authority=self.authority)]
        controllers = tuple(controller for _, controller in self.ports)
        return [
            KafkaServer(
                self.directory / ("kafka" if node == 1 else f"kafka-{node}"),
                port,
                controller,
                heap_mb=_HEAP_OF_SEVERAL_MB,
                node=node,
                controllers=controllers,
                cluster_id=cluster_id,
                authority=self.authority,
            )
            for node, (port, controller) in enumerate(self.ports, start=1)
        ]

    @property
    def _note(self) -> Path:
        return self.directory / "kafka" / _CLUSTER

    def _remembered_size(self) -> int | None:
        """None before the first start."""
        if self._note.exists():
            return int(json.loads(self._note.read_text())["brokers"])
        # A broker alone leaves no note.
        return 1 if (self.directory / "kafka" / "data" / "meta.properties").exists() else None

    def _remember(self) -> str:
        if not self._note.exists():
            self._note.parent.mkdir(parents=True, exist_ok=True)
            body = {"brokers": self.size, "cluster_id": new_cluster_id()}
            write_atomically(self._note, json.dumps(body))
        return str(json.loads(self._note.read_text())["cluster_id"])


def kafka_of(place: Layout, settings: Settings) -> KafkaCluster:
    authority = Authority(place.tls) if settings.inside_tls else None
    return KafkaCluster(place.directory, settings.broker_ports, authority)
