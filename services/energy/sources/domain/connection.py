"""Where a feed that is fetched is to be found; as data in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final


class Transport(StrEnum):
    """How a feed comes: it is sent to us (HTTP), or fetched from where the utility puts it."""

    HTTP = "http"
    MQTT = "mqtt"
    KAFKA = "kafka"
    FOLDER = "folder"

    @property
    def is_fetched(self) -> bool:
        return self is not Transport.HTTP


class PlaceInvalid(ValueError):
    """A part of a connection makes no sense; ``name`` says which."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder below the site's own root. ``pattern``: of the names that count; ``stable_seconds``: real time for
    which a file must not have changed before it is taken (0: senders rename when they are done)."""

    directory: str
    pattern: str = "*"
    stable_seconds: float = 5.0

    def __post_init__(self) -> None:
        path = PurePosixPath(self.directory)
        if not self.directory or path.is_absolute() or ".." in path.parts or "\x00" in self.directory:
            raise PlaceInvalid("directory", "a path below the root of feeds")
        if "/" in self.pattern or not self.pattern:
            raise PlaceInvalid("pattern", "a pattern of file names")
        if not 0 <= self.stable_seconds <= 3600:
            raise PlaceInvalid("stable_seconds", "0 to 3600")


@dataclass(frozen=True, slots=True)
class MqttPlace:
    """Topics of a broker. ``meter_level``: the topic's level, from 1, that names the meter where messages do not.

    ``protocol``: 5 keeps retained messages from coming again with every connection; 3.1.1 for old brokers.
    """

    host: str
    topic: str
    port: int = 1883
    client_id: str | None = None
    username: str | None = None
    protocol: str = "5"
    tls: bool = False
    meter_level: int | None = None

    def __post_init__(self) -> None:
        _check_host(self.host)
        if not 1 <= self.port <= 65535:
            raise PlaceInvalid("port", "1 to 65535")
        levels = self.topic.split("/")
        if not self.topic or "\x00" in self.topic or ("#" in self.topic and levels[-1] != "#"):
            raise PlaceInvalid("topic", "a topic filter of MQTT")
        if any(("+" in level and level != "+") or ("#" in level and level != "#") for level in levels):
            raise PlaceInvalid("topic", "a topic filter of MQTT")
        if self.protocol not in {"5", "3.1.1"}:
            raise PlaceInvalid("protocol", "5 or 3.1.1")
        if self.meter_level is not None and self.meter_level < 1:
            raise PlaceInvalid("meter_level", "from 1")


@dataclass(frozen=True, slots=True)
class KafkaPlace:
    """A topic of a utility's Kafka. ``security``: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""

    bootstrap: str
    topic: str
    group: str | None = None
    security: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str | None = None

    def __post_init__(self) -> None:
        for part in self.hosts:
            _check_host(part.rpartition(":")[0])
        if not self.topic or len(self.topic) > 249 or not set(self.topic) <= _TOPIC_LETTERS:
            raise PlaceInvalid("topic", "a topic of Kafka")
        if self.security not in {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}:
            raise PlaceInvalid("security", "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")
        if self.mechanism not in {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}:
            raise PlaceInvalid("mechanism", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.bootstrap.split(","))


Place = FolderPlace | MqttPlace | KafkaPlace
_TOPIC_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_PLACES: Final[Mapping[Transport, type[Place]]] = {
    Transport.FOLDER: FolderPlace,
    Transport.MQTT: MqttPlace,
    Transport.KAFKA: KafkaPlace,
}


def place_of(transport: Transport, connection: Mapping[str, Any]) -> Place | None:
    """The place a connection names; None for what is sent to us. Raises PlaceInvalid."""
    kind = _PLACES.get(transport)
    if kind is None:
        if connection:
            raise PlaceInvalid(next(iter(connection)), "a feed that is sent to us has no connection")
        return None
    known = set(kind.__dataclass_fields__)
    for name in connection:
        if name not in known:
            raise PlaceInvalid(name, f"one of {', '.join(sorted(known))}")
    try:
        return kind(**connection)
    except TypeError as error:
        missing = next((name for name in known if name in str(error)), "connection")
        raise PlaceInvalid(missing, "is needed, or of another type") from error


def hosts_of(place: Place | None) -> tuple[str, ...]:
    """The addresses a place has us connect to, ``host:port``."""
    if isinstance(place, MqttPlace):
        return (f"{place.host}:{place.port}",)
    return place.hosts if isinstance(place, KafkaPlace) else ()


def is_allowed(address: str, allowed: tuple[str, ...]) -> bool:
    """Whether the site lets us connect there: the address or its host is on the list."""
    return address in allowed or address.rpartition(":")[0] in allowed


def _check_host(host: str) -> None:
    if not host or len(host) > 253 or any(letter.isspace() or letter in "/@,\x00" for letter in host):
        raise PlaceInvalid("host", "a host name or address")
