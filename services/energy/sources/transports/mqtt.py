"""Topics of an MQTT broker. A message is acknowledged there after our own log has its readings."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from services.energy.sources.domain.connection import MqttPlace
from services.energy.sources.domain.messages import Message
from services.energy.sources.intake import Intake

log = structlog.get_logger(__name__)

# How many messages the broker may send ahead of our acknowledgements: what bounds the memory, and a delivery.
_AHEAD: Final = 2_000
_KEPT_SECONDS: Final = 7 * 24 * 3600
_REMEMBERED: Final = 20_000


class _Client(aiomqtt.Client):
    """The library's client, which leaves acknowledging to us."""

    def acknowledge_by_hand(self) -> None:
        self._client.manual_ack_set(True)

    def acknowledge(self, message: aiomqtt.Message) -> None:
        if message.qos:
            self._client.ack(message.mid, message.qos)


@dataclass(slots=True)
class MqttFeed:
    """One connection with a session of its own: what comes while we are away waits at the broker."""

    code: str
    place: MqttPlace
    secret: str | None
    intake: Intake
    # Digests of what our log has and the broker may send again, marked as a duplicate.
    _taken: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    async def run(self, connected: Callable[[], Awaitable[None]]) -> None:
        """Receive until cancelled. Raises MqttError when the connection is lost or refused."""
        async with self._client() as client:
            await self._subscribe(client)
            await connected()
            while True:
                await self._take(client, await self._batch(client))

    def _client(self) -> _Client:
        place = self.place
        options: dict[str, Any] = {
            "identifier": place.client_id or f"duban-{self.code}",
            "username": place.username,
            "password": self.secret if place.username is not None else None,
            "tls_context": ssl.create_default_context() if place.tls else None,
            "max_queued_incoming_messages": 10 * _AHEAD,
            "keepalive": 30,
        }
        # Either way the session outlives the connection.
        if place.protocol == "5":
            options |= {"protocol": aiomqtt.ProtocolVersion.V5, "clean_start": False}
            options["properties"] = _connect_properties()
        else:
            options |= {"protocol": aiomqtt.ProtocolVersion.V311, "clean_session": False}
        client = _Client(place.host, place.port, **options)
        client.acknowledge_by_hand()
        return client

    async def _subscribe(self, client: _Client) -> None:
        if self.place.protocol == "5":
            # Retained messages come with the first subscription of the session, not with each connection.
            options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            codes: Any = await client.subscribe(self.place.topic, options=options)
        else:
            codes = await client.subscribe(self.place.topic, qos=1)
        refused = [code for code in codes if int(getattr(code, "value", code)) >= 0x80]
        if refused:
            raise aiomqtt.MqttError(f"the broker refuses the topic {self.place.topic}")

    async def _batch(self, client: _Client) -> list[aiomqtt.Message]:
        """The next message, and those that came with it."""
        iterator = client.messages
        batch = [await anext(iterator)]
        while len(iterator) and len(batch) < _AHEAD:
            batch.append(await anext(iterator))
        return batch

    async def _take(self, client: _Client, batch: list[aiomqtt.Message]) -> None:
        fresh: dict[bytes, Message] = {}
        for message in batch:
            digest = hashlib.sha256(f"{message.topic}\0".encode() + _payload(message)).digest()
            # The same words twice within a batch, or again after a lost acknowledgement, are said once.
            if digest not in self._taken:
                fresh.setdefault(digest, self._message(message))
        poison = await self.intake.deliver_messages(list(fresh.values()), self.place.topic)
        for spoilt, error in poison:
            log.warning("mqtt.poison", feed=self.code, topic=str(spoilt.place), cause=str(error)[:200])
        for message in batch:
            client.acknowledge(message)
        for digest in fresh:
            self._taken[digest] = None
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)
        await asyncio.sleep(0)

    def _message(self, message: aiomqtt.Message) -> Message:
        levels = str(message.topic).split("/")
        level = self.place.meter_level
        meter_no = levels[level - 1] if level is not None and level <= len(levels) else None
        return Message(str(message.topic), _payload(message), meter_no, is_retained=bool(message.retain))


def _payload(message: aiomqtt.Message) -> bytes:
    payload = message.payload
    return payload if isinstance(payload, bytes) else str(payload or "").encode()


def _connect_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # the library has no types here
    properties.SessionExpiryInterval = _KEPT_SECONDS
    properties.ReceiveMaximum = _AHEAD
    return properties
