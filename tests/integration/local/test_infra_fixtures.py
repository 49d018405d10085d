import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.conftest import DatabaseFactory, TemplateFactory


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
