"""What passes by itself and what never will."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from libs.common.outages import is_database_outage


def from_the_dialect(cause: Exception, *, invalidated: bool = False) -> DBAPIError:
    """As SQLAlchemy raises it: the dialect's error, raised from the driver's."""
    translated = Exception(str(cause))
    translated.__cause__ = cause
    return DBAPIError("SELECT 1", None, translated, connection_invalidated=invalidated)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("peer"),
        TimeoutError(),
        PoolExhausted("queue pool limit"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.InterfaceError("connection is closed"),
        from_the_dialect(asyncpg.DeadlockDetectedError("deadlock")),
        from_the_dialect(asyncpg.ReadOnlySQLTransactionError("a standby now")),
        from_the_dialect(asyncpg.InvalidCachedStatementError("cached statement plan is invalid")),
        from_the_dialect(asyncpg.InternalServerError("cache lookup failed for type 1")),
        from_the_dialect(asyncpg.InternalClientError("cannot switch to state 11")),
        from_the_dialect(ValueError("whatever"), invalidated=True),
    ],
)
def test_outage_is_known_when_repeating_can_help(error: Exception) -> None:
    assert is_database_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a bug"),
        IntegrityError("INSERT", None, Exception("duplicate")),
        from_the_dialect(asyncpg.UniqueViolationError("duplicate")),
        from_the_dialect(asyncpg.DataError("invalid input for query argument $1: out of range")),
        from_the_dialect(asyncpg.InFailedSQLTransactionError("commands ignored")),
        from_the_dialect(asyncpg.FeatureNotSupportedError("not implemented")),
        from_the_dialect(asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed")),
    ],
)
def test_fault_is_told_apart_when_repeating_cannot_help(error: Exception) -> None:
    assert not is_database_outage(error)
