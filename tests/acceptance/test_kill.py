"""SIGKILL at any moment loses nothing and doubles nothing: counted from outside."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from tests.support import outside
from tests.support.killing import VICTIMS, check, count_independently, prepare, run_with_kills, settle
from tests.support.stack import running_stack
from tests.support.world import World, build_world

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1800)]

METERS = tuple(f"K{index:03d}" for index in range(24))


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    # What a killed worker had in hand falls due again after its lease; a minute of it would only make us wait.
    monkeypatch.setenv("DUBAN_DELIVERY_LEASE_SECONDS", "10")
    options = ("--clock-origin", "2026-09-15T00:00:00+08:00", "--clock-rate", "0")
    with running_stack(tmp_path_factory.mktemp("kill"), *options) as stack:
        yield build_world(stack)


def play(world: World, seed: int) -> None:
    load = prepare(world, METERS, seed)
    victims = list(VICTIMS)
    random.Random(seed).shuffle(victims)
    with outside.receiving() as post:
        outside.join(world, post.outside)
        run_with_kills(load, victims, post)
        settle(load)
        count = asyncio.run(count_independently(load))
        taken = post.outside.taken
    check(load, count)
    outside.compare(count.promised_outside, taken)
    assert count.cut_off > 0, "no message was in flight when its sender was killed"
    arrivals = [count.received, count.mails, *taken.values()]
    different = sum(len(arrived) for arrived in arrivals)
    again = sum(sum(arrived.values()) for arrived in arrivals) - different
    print(  # noqa: T201 - the figures belong in the report of the run
        f"seed {seed}: {len(load.acknowledged)} readings acknowledged after {load.repeats} repeats, "
        f"{len(load.spikes)} spikes, {different} messages by {len(arrivals)} kinds of channel, "
        f"{count.cut_off} cut off by kills, {again} received again"
    )


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(1, 12))
def test_nothing_is_lost_or_doubled_in_ten_rounds(world: World, seed: int) -> None:
    play(world, seed)
