import asyncio

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.conftest import DatabaseFactory, TemplateFactory
from tests.support.databases import Beside, Databases
from tests.support.infra import Infra


async def test_database_is_empty_and_own_when_asked_for(fresh_database: DatabaseFactory) -> None:
    first, second = fresh_database("thing"), fresh_database("thing")
    assert first != second
    connection = await asyncpg.connect(first)
    try:
        tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert tables == 0


async def test_migration_runs_once_when_two_databases_are_copied(template_database: TemplateFactory) -> None:
    runs = 0

    async def migrate(dsn: str) -> None:
        nonlocal runs
        runs += 1
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE thing (id int PRIMARY KEY)")
        await connection.close()

    for _ in range(2):
        connection = await asyncpg.connect(template_database("things", migrate))
        await connection.execute("INSERT INTO thing VALUES (1)")
        await connection.close()
    assert runs == 1


async def test_copy_made_ahead_and_what_was_dropped_are_gone_at_the_end(infra: Infra) -> None:
    async def names() -> set[str]:
        connection = await asyncpg.connect(infra.postgres_admin_dsn)
        try:
            found = await connection.fetch("SELECT datname FROM pg_database WHERE datname ~ 'ahead_'")
        finally:
            await connection.close()
        return {str(row["datname"]) for row in found}

    async def migrate(dsn: str) -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE thing (id int PRIMARY KEY)")
        await connection.close()

    beside = Beside()
    databases = Databases(infra.postgres_admin_dsn, beside)
    first, second = databases.copy("ahead", migrate), databases.copy("ahead", migrate)
    assert first != second
    left_connected = await asyncpg.connect(first)
    assert await left_connected.fetchval("SELECT count(*) FROM thing") == 0
    databases.drop(first)
    databases.drop(second)
    await asyncio.to_thread(databases.close)
    await asyncio.to_thread(beside.settle)
    assert await names() == set()
    left_connected.terminate()


def test_failure_beside_a_test_is_told(infra: Infra) -> None:
    async def fail() -> None:
        raise LookupError("beside")

    beside = Beside()
    beside.leave(fail())
    with pytest.raises(LookupError, match="beside"):
        beside.settle()


async def test_broker_takes_a_message_when_topic_was_made(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}things.v1"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, acks="all")
    await producer.start()
    try:
        record = await producer.send_and_wait(topic, b"value", key=b"key")
    finally:
        await producer.stop()
    assert record.topic == topic
