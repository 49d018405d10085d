from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from libs.common.context import Context
from libs.common.scheduler import Job, RetryPolicy, every


async def do_nothing(ctx: Context, due: datetime) -> None:
    return


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(first_wait=timedelta(seconds=1), longest_wait=timedelta(seconds=30))
    waits = [policy.wait_after(attempt).total_seconds() for attempt in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert policy.wait_after(10_000) == timedelta(seconds=30)


def test_waits_never_fall() -> None:
    waits = [RetryPolicy().wait_after(attempt) for attempt in range(1, 60)]
    assert all(earlier <= later for earlier, later in pairwise(waits))


@pytest.mark.parametrize("name", ["", "Daily", "daily scan", "1st", "täglich", "a" * 101])
def test_a_name_that_is_not_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Job(name=name, trigger=every(minutes=1), run=do_nothing)
