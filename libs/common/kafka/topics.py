"""Creating the catalogue's topics; run by each service's ``migrate`` role for the topics it owns."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, NoError, TopicAlreadyExistsError, for_code

from libs.common.contracts.base import FOREVER, Topic
from libs.common.kafka_address import client_options


class TopicCreationFailed(Exception):
    """The broker refused a topic; the message says which and why."""


def _config(topic: Topic, replication: int) -> dict[str, str]:
    config = {
        "max.message.bytes": "1048576",
        # With three brokers a record survives the loss of one; with one broker there is nothing to wait for.
        "min.insync.replicas": "2" if replication >= 3 else "1",
    }
    if topic.compacted:
        # A deletion stays readable long enough for a replica that was away for a week.
        config |= {"cleanup.policy": "compact", "delete.retention.ms": str(14 * 86_400_000)}
    else:
        kept_ms = -1 if topic.retention_hours == FOREVER else topic.retention_hours * 3_600_000
        config |= {"cleanup.policy": "delete", "retention.ms": str(kept_ms), "retention.bytes": "-1"}
    return config


async def ensure_topics(
    bootstrap: str, topics: Sequence[Topic], *, prefix: str, partitions: int, replication: int
) -> list[str]:
    """Create what is missing and return the names created; existing topics are left as they are.

    The number of partitions is fixed at creation: keys must not move between partitions afterwards.
    """
    client = AIOKafkaAdminClient(**client_options(bootstrap))
    try:
        await client.start()
    except KafkaConnectionError:
        await client.close()
        raise
    try:
        existing = set(await client.list_topics())
        wanted = [
            NewTopic(
                name=prefix + topic.name,
                num_partitions=topic.partitions or partitions,
                replication_factor=replication,
                topic_configs=_config(topic, replication),
            )
            for topic in topics
            if prefix + topic.name not in existing
        ]
        if not wanted:
            return []
        answer = await client.create_topics(wanted)
        created = []
        for name, code, *message in answer.topic_errors:
            error = for_code(code)
            if error is NoError:
                created.append(name)
            elif error is not TopicAlreadyExistsError:
                raise TopicCreationFailed(f"{name}: {error.__name__} {message}")
        return created
    finally:
        await client.close()
