"""How often a caller may deliver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.feeds.errors import FeedsTooFrequent
from services.energy.feeds.rates import DeliveryRate


def test_caller_waits_when_its_bucket_is_empty_and_others_do_not() -> None:
    now = 0.0
    rate = DeliveryRate(0.5, 3, lambda: now)
    for _ in range(3):
        rate.admit("meter")
    with pytest.raises(FeedsTooFrequent) as refused:
        rate.admit("meter")
    assert refused.value.headers["Retry-After"] == "2"
    rate.admit("other")
    now = 2.0
    rate.admit("meter")
    with pytest.raises(FeedsTooFrequent):
        rate.admit("meter")
    rate.give_back("meter")
    rate.admit("meter")


@given(st.lists(st.floats(0, 5), max_size=200), st.floats(0.1, 20), st.integers(1, 30))
def test_nobody_ever_gets_more_than_burst_and_rate(waits: list[float], per_second: float, burst: int) -> None:
    now = 0.0
    rate = DeliveryRate(per_second, burst, lambda: now)
    taken = 0
    for wait in waits:
        now += wait
        try:
            rate.admit("a")
        except FeedsTooFrequent:
            continue
        taken += 1
    assert taken <= burst + now * per_second + 1e-6
