"""What each service's account may do in a broker that knows accounts; everything else is refused.

A service reads and makes its own topics, reads those of the others, and writes beside these only the dead letters
that it sets aside of them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, CreateAclsRequest_v1

from deploy.local.errors import StartFailed
from libs.common.contracts.base import dead_letter_name
from libs.common.contracts.catalogue import TOPICS
from libs.common.kafka_address import client_options

# By Kafka's numbers: resources, patterns, operations.
_TOPIC, _GROUP = 2, 3
_LITERAL, _PREFIXED = 3, 4
_ALL, _READ, _DESCRIBE = 2, 3, 8
_ALLOW = 3

# Consumers of a service that set dead letters aside of others' topics.
CONSUMERS = {
    "projects": ("projects",),
    "energy": ("energy", "worker"),
    "alerts": ("alerts", "alerts-registry", "alerts-papers"),
}


class Grant(NamedTuple):
    """In the order of Kafka's request."""

    resource: int
    name: str
    pattern: int
    principal: str
    host: str
    operation: int
    permission: int


def grants() -> list[Grant]:
    """Of all services."""
    return [grant for service in CONSUMERS for grant in _of(service)]


def _of(service: str) -> Iterator[Grant]:
    def allow(resource: int, name: str, pattern: int, operation: int) -> Grant:
        return Grant(resource, name, pattern, f"User:{service}", "*", operation, _ALLOW)

    yield allow(_TOPIC, f"{service}.", _PREFIXED, _ALL)
    yield allow(_GROUP, service, _PREFIXED, _ALL)
    for other in CONSUMERS:
        if other != service:
            yield allow(_TOPIC, f"{other}.", _PREFIXED, _READ)
            yield allow(_TOPIC, f"{other}.", _PREFIXED, _DESCRIBE)
    for topic in TOPICS:
        if topic.owner != service:
            for consumer in CONSUMERS[service]:
                yield allow(_TOPIC, dead_letter_name(topic.name, consumer), _LITERAL, _ALL)


class _Grants(CreateAclsRequest):  # type: ignore[misc]  # the library has no types
    """All of them in one request; the library's own holds a single one."""

    def __init__(self, wanted: list[Grant]) -> None:
        self._wanted = wanted

    def build(self, request_struct_class: Any) -> CreateAclsRequest_v1:
        return CreateAclsRequest_v1([tuple(grant) for grant in self._wanted])


async def grant_services(address: str) -> None:
    """Give the services what is theirs; safe to repeat. Raises StartFailed."""
    client = AIOKafkaAdminClient(**client_options(address))
    await client.start()
    try:
        answer = await client._send_to_controller(_Grants(grants()))
    finally:
        await client.close()
    refused = {(code, message) for code, message in answer.creation_responses if code}
    if refused:
        raise StartFailed(f"Kafka did not take the services' grants: {sorted(refused)}")
