"""Telling apart what passes by itself from what never will."""

from __future__ import annotations

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from libs.common.kafka.producer import BrokerUnavailable

# SQLSTATE classes: 08 connection, 40 serialization and deadlock, 53 resources, 57 intervention, 58 system.
_TRANSIENT_CLASSES = ("08", "40", "53", "57", "58")
# Lock not available: another transaction holds it now.
_TRANSIENT_STATES = frozenset({"55P03"})


def is_transient(error: BaseException) -> bool:
    """True when the same record can succeed later: a lost connection, a deadlock, a full pool.

    Everything else (a bug, a broken record, a violated constraint) is poison: repeating it would hold the
    partition for ever.
    """
    if isinstance(error, (OSError, TimeoutError, KafkaError, BrokerUnavailable, DisconnectionError)):
        return True
    if isinstance(error, (InterfaceError, OperationalError, PoolExhausted)):
        return True
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        return _state_is_transient(state)
    if isinstance(error, asyncpg.PostgresError):
        return _state_is_transient(error.sqlstate)
    return isinstance(error, asyncpg.InterfaceError)


def _state_is_transient(state: str | None) -> bool:
    return state is not None and (state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES))
