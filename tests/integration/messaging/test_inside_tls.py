"""A real broker that speaks TLS alone and knows accounts: who gets in, and what a service may do there."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError

from deploy.local.authority import Authority
from deploy.local.kafka import BROKER, OPERATOR, KafkaServer, operator_address
from deploy.local.kafka_grants import CONSUMERS, grant_services
from deploy.local.programs import let_go, read_record, start, stop_recorded
from libs.common.contracts import energy, projects
from libs.common.contracts.base import Topic
from libs.common.kafka.deadletter import dead_letter_topic
from libs.common.kafka.producer import KafkaPublisher
from libs.common.kafka.topics import TopicCreationFailed, ensure_topics
from libs.common.kafka_address import KafkaAddress, KafkaSecurity, client_options
from tests.support.ports import reserve_ports

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Site:
    server: KafkaServer
    authority: Authority

    def of(self, name: str, authority: Authority | None = None) -> str:
        """The broker's address, as a service asks it."""
        own = (authority or self.authority).of(name)
        return KafkaAddress(
            self.server.bootstrap,
            KafkaSecurity.SSL,
            ca_file=self.authority.ca,
            certificate_file=own.certificate,
            key_file=own.key,
        ).text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    place = tmp_path_factory.mktemp("inside")
    authority = Authority(place / "tls")
    for name in (BROKER, OPERATOR, *CONSUMERS, "stranger"):
        authority.issue(name, datetime.now(UTC))
    port = reserve_ports(2)
    server = KafkaServer(place / "kafka", port, port + 1, heap_mb=384, authority=authority)
    program = server.program(str(place))
    let_go(await asyncio.to_thread(start, program, place / "kafka.log", place / "kafka.pid"))
    try:
        async with asyncio.timeout(300):
            while not await server.is_ready():
                record = read_record(place / "kafka.pid")
                assert record is not None, "it was started"
                assert record.process() is not None, (place / "kafka.log").read_text()[-3000:]
                await asyncio.sleep(0.2)
        address = operator_address(server.bootstrap, authority).text
        for _ in range(2):
            await grant_services(address)
        yield Site(server, authority)
    finally:
        await asyncio.to_thread(stop_recorded, place / "kafka.pid", seconds=20)


async def _publish(address: str, topic: str) -> None:
    producer = AIOKafkaProducer(**client_options(address), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"1")
    finally:
        await producer.stop()


async def _make(address: str, topic: Topic) -> list[str]:
    return await ensure_topics(address, [topic], prefix="", partitions=1, replication=1)


async def test_who_shows_no_certificate_of_ours_does_not_get_in(site: Site, tmp_path: Path) -> None:
    foreign = Authority(tmp_path / "foreign")
    foreign.issue("energy", datetime.now(UTC))
    own = KafkaAddress.of(site.of("energy"))
    refused = {
        "no TLS": site.server.bootstrap,
        "no account": KafkaAddress(own.servers, KafkaSecurity.SSL, ca_file=own.ca_file).text,
        "of another authority": site.of("energy", foreign),
        # And the other way round: a broker of another authority is not believed.
        "believes another": KafkaAddress(
            own.servers,
            KafkaSecurity.SSL,
            ca_file=foreign.ca,
            certificate_file=own.certificate_file,
            key_file=own.key_file,
        ).text,
    }
    let_in = []
    for how, address in refused.items():
        consumer = AIOKafkaConsumer(**client_options(address), request_timeout_ms=2_000)
        try:
            await consumer.start()
            let_in.append(how)
        except (KafkaConnectionError, ssl.SSLError):
            pass
        finally:
            await consumer.stop()
    assert let_in == []
    # Old versions of TLS are not spoken.
    offer = ["openssl", "s_client", "-connect", own.servers, "-tls1_1", "-brief"]
    done = await asyncio.to_thread(subprocess.run, offer, input=b"", capture_output=True, check=False, timeout=60)
    assert done.returncode != 0


async def test_each_service_writes_its_own_topics_and_its_dead_letters_and_no_other(site: Site) -> None:
    assert await _make(site.of("energy"), energy.CONDITION) == [energy.CONDITION.name]
    assert await _make(site.of("projects"), projects.CONDITION) == [projects.CONDITION.name]
    with pytest.raises(TopicCreationFailed, match="Authorization"):
        await _make(site.of("alerts"), Topic("energy.forged.v1", "alerts", "nobody's"))
    await _publish(site.of("energy"), energy.CONDITION.name)
    for service in ("alerts", "projects"):
        with pytest.raises(TopicAuthorizationFailedError):
            await _publish(site.of(service), energy.CONDITION.name)
    # The relay's own client says so too, rather than trying for ever.
    publisher = KafkaPublisher(site.of("alerts"), client_id="alerts-relay", delivery_timeout_seconds=60)
    await publisher.start()
    with pytest.raises(Exception, match=r"(?i)authori[sz]"):
        await publisher.publish(energy.CONDITION.name, None, b"forged", [])
    await publisher.stop()
    dead = dead_letter_topic(energy.CONDITION, "alerts")
    assert await _make(site.of("alerts"), dead) == [dead.name]
    await _publish(site.of("alerts"), dead.name)
    with pytest.raises(TopicAuthorizationFailedError):
        await _publish(site.of("projects"), dead.name)


async def test_a_service_reads_in_its_own_group_and_who_was_granted_nothing_reads_nothing(site: Site) -> None:
    await _make(site.of("energy"), energy.SITUATION)
    await _publish(site.of("energy"), energy.SITUATION.name)

    async def read(name: str, group: str) -> bytes | None:
        options = {"group_id": group, "auto_offset_reset": "earliest"}
        consumer = AIOKafkaConsumer(energy.SITUATION.name, **client_options(site.of(name)), **options)
        try:
            await consumer.start()
            async with asyncio.timeout(120):
                value: bytes | None = (await consumer.getone()).value
                return value
        finally:
            await consumer.stop()

    assert await read("alerts", "alerts-registry") == b"1"
    with pytest.raises(GroupAuthorizationFailedError):
        await read("alerts", "energy-worker")
    with pytest.raises((TopicAuthorizationFailedError, GroupAuthorizationFailedError)):
        await read("stranger", "stranger")
