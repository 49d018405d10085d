"""What tasks that run for as long as the process does have to heed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from libs.common.outages import is_database_outage

log = structlog.get_logger(__name__)

_PAUSE_AFTER_ERROR_SECONDS = 1.0
_SHORTEST_REST, _REST_FOR_EACH, _LONGEST_REST = 0.04, 0.0004, 0.25


async def take_turns(step: Callable[[], Awaitable[object]], interrupted: str, *, poll_seconds: float) -> None:
    """Call ``step`` again and again until cancelled; errors of the database are waited out.

    ``interrupted``: the event by which the log tells of such an error.
    """
    while True:
        try:
            await step()
        except Exception as error:
            # Of a driver's own connection as well, where no mapper stands between.
            if not isinstance(error, (SQLAlchemyError, TimeoutError)) and not is_database_outage(error):
                raise
            log.warning(interrupted, error=repr(error)[:200])
            await asyncio.sleep(_PAUSE_AFTER_ERROR_SECONDS)
        await asyncio.sleep(poll_seconds)


async def waited(wanted: asyncio.Event, seconds: float) -> None:
    """Wait until somebody wants us, but no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wanted.wait()


def rest_after(done: int) -> float:
    """Seconds for which a loop leaves the process to others, after a round in which it did so many things.

    What comes meanwhile is done together in the next round: few things wait a moment, thousands in a row leave
    those who ask us something most of the time. Not by how long the round took: on a busy machine everything would
    wait the longer for it.
    """
    return min(_SHORTEST_REST + _REST_FOR_EACH * done, _LONGEST_REST)


def heed_cancellation() -> None:
    """Raise CancelledError in a task that was told to end and did not hear of it.

    ``asyncio.wait_for`` before Python 3.12 answers its result and swallows the cancellation when both come at the
    same moment, and the Kafka library waits that way for every answer. A loop that goes on then never ends.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
