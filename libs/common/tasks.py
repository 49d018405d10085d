"""What tasks that run for as long as the process does have to heed."""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """Raise CancelledError in a task that was told to end and did not hear of it.

    ``asyncio.wait_for`` before Python 3.12 answers its result and swallows the cancellation when both come at the
    same moment, and the Kafka library waits that way for every answer. A loop that goes on then never ends.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
