"""The feed: what is not acknowledged is repeated, and a restart goes on where it stopped."""

import asyncio
from datetime import datetime, timedelta

import pytest

from deploy.demo.feed import LONGEST_CATCH_UP, Feed, Position, begin
from deploy.demo.script import SLOT, ZONE, Batch, LiveScript
from deploy.demo.stack import DemoError
from deploy.demo.transport import ApiError, Unreachable
from deploy.demo.world import METERS, SEED, curves
from libs.common.clock import ManualClock

FIRST = datetime(2026, 9, 15, 8, 30, tzinfo=ZONE)


class Server:
    """Takes bodies; fails as told first, and stops the feed after so many."""

    def __init__(self, stop: asyncio.Event, enough: int, failures: list[Exception] | None = None) -> None:
        self.taken: list[Batch] = []
        self.asked: list[Batch] = []
        self._stop, self._enough, self._failures = stop, enough, failures or []

    async def __call__(self, batch: Batch) -> None:
        self.asked.append(batch)
        if self._failures:
            raise self._failures.pop(0)
        self.taken.append(batch)
        if len(self.taken) >= self._enough:
            self._stop.set()


def feed(server: Server, kept: list[Position], *, slots: int, script_from: datetime = FIRST) -> Feed:
    script = LiveScript(METERS, curves(), script_from, seed=SEED)
    return Feed(
        ManualClock(FIRST + slots * SLOT),
        script,
        server,
        position=Position(FIRST, script_from),
        keep=kept.append,
        say=lambda _: None,
    )


async def test_slots_are_sent_in_order_up_to_the_present() -> None:
    stop, kept = asyncio.Event(), list[Position]()
    server = Server(stop, enough=3)
    await feed(server, kept, slots=3).run(stop)
    assert [batch.starts[0] for batch in server.taken] == [FIRST, FIRST + SLOT, FIRST + 2 * SLOT]
    assert kept[-1].next_slot == FIRST + 3 * SLOT


async def test_nothing_is_sent_before_the_slot_has_ended() -> None:
    stop = asyncio.Event()
    server = Server(stop, enough=1)
    running = asyncio.create_task(feed(server, [], slots=0).run(stop))
    await asyncio.sleep(0.05)
    stop.set()
    await running
    assert server.asked == []


async def test_the_same_body_is_sent_again_when_it_was_not_acknowledged() -> None:
    stop = asyncio.Event()
    server = Server(stop, enough=1, failures=[Unreachable("down"), Unreachable("down")])
    await feed(server, [], slots=1).run(stop)
    assert len(server.asked) == 3
    assert server.asked[0] == server.asked[1] == server.asked[2] == server.taken[0]


async def test_a_refused_body_is_left_out_and_the_feed_goes_on() -> None:
    stop, kept = asyncio.Event(), list[Position]()
    refused = ApiError("POST", "/v1/readings", 422, {"code": "x"})
    server = Server(stop, enough=1, failures=[refused])
    await feed(server, kept, slots=2).run(stop)
    assert server.taken[0].starts[0] == FIRST + SLOT


async def test_the_feed_ends_when_its_key_is_refused() -> None:
    stop = asyncio.Event()
    server = Server(stop, enough=1, failures=[ApiError("POST", "/v1/readings", 401, {})])
    with pytest.raises(DemoError):
        await feed(server, [], slots=1).run(stop)


async def test_the_position_stays_when_the_feed_is_stopped_unacknowledged() -> None:
    stop, kept = asyncio.Event(), list[Position]()

    async def down(_: Batch) -> None:
        stop.set()
        raise Unreachable("down")

    script = LiveScript(METERS, curves(), FIRST, seed=SEED)
    clock = ManualClock(FIRST + SLOT)
    running = Feed(clock, script, down, position=Position(FIRST, FIRST), keep=kept.append, say=lambda _: None)
    await running.run(stop)
    assert kept == []
    assert running.position.next_slot == FIRST


def test_a_first_start_begins_the_script_in_the_present_slot() -> None:
    position, skipped = begin(None, FIRST + timedelta(minutes=7))
    assert position == Position(FIRST, FIRST)
    assert skipped == 0


def test_what_the_loader_left_is_sent_before_the_script_begins() -> None:
    position, skipped = begin(Position(FIRST - 2 * SLOT), FIRST + timedelta(minutes=1))
    assert position == Position(FIRST - 2 * SLOT, FIRST)
    assert skipped == 0


def test_a_restart_keeps_its_script() -> None:
    kept = Position(FIRST + 4 * SLOT, FIRST)
    assert begin(kept, FIRST + 9 * SLOT) == (kept, 0)


def test_a_long_absence_leaves_a_gap_and_begins_anew() -> None:
    now = FIRST + (LONGEST_CATCH_UP + 5) * SLOT
    position, skipped = begin(Position(FIRST, FIRST), now)
    assert position == Position(now, now)
    assert skipped == LONGEST_CATCH_UP + 5
