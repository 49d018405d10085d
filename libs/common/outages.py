"""Telling an outage of the database from a fault in what was asked of it: the one passes, the other never will."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolExhausted

# SQLSTATE classes: 08 connection, 40 serialization and deadlock, 53 resources, 57 intervention, 58 system.
_CLASSES = ("08", "40", "53", "57", "58")
# A lock held by another; a primary that became a standby; sessions and transactions ended by a time limit.
_STATES = frozenset({"55P03", "25006", "25P03", "25P04"})
# What the driver remembers of tables is older than a migration; SQLAlchemy has dropped it by the time we see this.
_STALE_MEMORY = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)


def is_database_outage(error: BaseException) -> bool:
    """True when the same transaction can succeed later: lost connection, deadlock, full pool, migration."""
    if isinstance(error, (OSError, DisconnectionError, PoolExhausted)):
        return True
    if isinstance(error, DBAPIError):
        # The dialect's own error says less than the driver's, from which it was raised.
        driver = getattr(error.orig, "__cause__", None) or error.orig
        return error.connection_invalidated or _is_outage_by_driver(driver)
    return _is_outage_by_driver(error)


def _is_outage_by_driver(error: BaseException | None) -> bool:
    if isinstance(error, _STALE_MEMORY):
        return True
    state = getattr(error, "sqlstate", None)
    if state:
        return state in _STATES or state.startswith(_CLASSES) or str(error).startswith("cache lookup failed")
    if isinstance(error, asyncpg.InterfaceError):
        # Values and settings that the driver refuses are refused again; a broken connection is replaced.
        return not isinstance(error, ValueError) and not str(error).startswith("the server expects")
    # The protocol lost its place, as when the server dies in the middle of an answer.
    return isinstance(error, (asyncpg.InternalClientError, OSError))
