from collections.abc import Mapping
from datetime import date

from libs.common.registry.queries import declared_years
from libs.common.registry.readiness import ReplicaReadiness


class _Stack:
    def __init__(self, ends: Mapping[tuple[str, int], int]) -> None:
        self.ends = dict(ends)
        self.stored: dict[tuple[str, int], int] = {}
        self.asked_ends = self.asked_positions = 0

    async def end_offsets(self) -> Mapping[tuple[str, int], int]:
        self.asked_ends += 1
        return self.ends

    async def positions(self) -> Mapping[tuple[str, int], int]:
        self.asked_positions += 1
        return self.stored


async def test_the_replica_is_complete_when_all_ends_at_start_are_reached() -> None:
    stack = _Stack({("region", 0): 3, ("region", 1): 0, ("person", 0): 5})
    ready = ReplicaReadiness(stack.end_offsets, stack.positions)
    assert not await ready()
    stack.stored = {("region", 0): 3, ("person", 0): 4}
    assert not await ready()
    assert ready.missing == {("person", 0): 5}
    # What is written after the start does not move the goal.
    stack.ends = {("person", 0): 50}
    stack.stored = {("person", 0): 6}
    assert await ready()
    assert stack.asked_ends == 1


async def test_the_replica_stays_complete_when_it_lags_later() -> None:
    stack = _Stack({("region", 0): 1})
    stack.stored = {("region", 0): 1}
    ready = ReplicaReadiness(stack.end_offsets, stack.positions)
    assert await ready()
    stack.stored = {}
    assert await ready()
    assert stack.asked_positions == 1


async def test_the_replica_is_complete_at_once_when_nothing_was_ever_written() -> None:
    stack = _Stack({("region", 0): 0})
    assert await ReplicaReadiness(stack.end_offsets, stack.positions)()
    assert stack.asked_positions == 0


async def test_the_replica_is_incomplete_when_the_owner_has_no_topics_yet() -> None:
    stack = _Stack({})
    ready = ReplicaReadiness(stack.end_offsets, stack.positions)
    assert not await ready()
    stack.ends = {("region", 0): 1}
    stack.stored = {("region", 0): 1}
    assert await ready()


def test_a_year_is_declared_when_its_first_day_is_recorded() -> None:
    assert declared_years({date(2030, 1, 1): False, date(2031, 1, 2): False}) == {2030}
