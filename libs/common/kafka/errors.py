"""Telling apart what passes by itself from what never will."""

from __future__ import annotations

from aiokafka.errors import KafkaError

from libs.common.kafka.producer import BrokerUnavailable
from libs.common.outages import is_database_outage


def is_transient(error: BaseException) -> bool:
    """True when the same record can succeed later: a lost connection, a deadlock, a full pool, a broker away.

    Everything else (a bug, a broken record, a violated constraint) is poison: repeating it would hold the
    partition for ever.
    """
    return isinstance(error, (KafkaError, BrokerUnavailable)) or is_database_outage(error)
