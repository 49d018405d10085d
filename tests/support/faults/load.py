"""The load of a run: spikes whose times are known, and feeds of every kind, until told to stop."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from libs.common.contracts.base import Topic
from libs.common.kafka.topics import ensure_topics
from tests.support.energy import NOW
from tests.support.killing import Load
from tests.support.mixed_feeds import SLOTS_TODAY, MixedFeeds
from tests.support.mqtt import running_broker
from tests.support.stack import wait_for
from tests.support.world import World, ok, register_meters

_REFUSED = frozenset({401, 429, 500, 502, 503})
_TOPIC = "utility.readings"
# Of the mixed feeds' pauses: two cores carry the stack as well.
_PACE = 25.0


@dataclass
class Spikes(Load):
    """Slot after slot with some sent twice; ``skew``: how far the stack's clock was put forward.

    ``at_hand``: the fault during which a reading was acknowledged, by its number.
    """

    pause: float = 0.5
    skew: timedelta = timedelta(0)
    fault: int = 0
    duplicates: int = 0
    at_hand: dict[tuple[str, datetime], int] = field(default_factory=dict)

    def reach_morning(self) -> None:
        """The first hours of the day at once, so that the mixed feeds' time has come."""
        with self.world.feed() as feed:
            while self.slot < SLOTS_TODAY:
                super().send_slot(feed)
                self.slot += 1

    def send_slot(self, feed: httpx.Client) -> None:
        super().send_slot(feed)
        instant = self.instant(self.slot)
        self.at_hand.update(dict.fromkeys(((meter, instant) for meter in self.meters), self.fault))
        if random.Random(f"{self.seed}/{self.slot}").random() < 0.2:
            # What was acknowledged comes again, as from a caller who lost the answer.
            body = [
                {"meter_no": meter_no, "at": instant.isoformat(), "value": self.value(index, self.slot)}
                for index, meter_no in enumerate(self.meters)
            ]
            self.duplicates += self.post(feed, body)
        time.sleep(self.pause)

    def set_clock(self, instant: datetime) -> None:
        self.world.stack.set_clock(instant + self.skew)

    def step_clock(self, minutes: float) -> None:
        """Put the stack's clock forward, or (less than zero) back, from now on."""
        self.skew += timedelta(minutes=minutes)
        self.world.stack.set_clock(self.world.stack.now() + timedelta(minutes=minutes))


@dataclass
class Feeds:
    """The mixed feeds at work in a thread of their own."""

    mixed: MixedFeeds
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    problem: list[BaseException]
    sent: threading.Event

    def stop(self) -> None:
        """End them when each has its last acknowledgement. Raises what ended one of them early."""
        if not self.problem:
            self.loop.call_soon_threadsafe(self.mixed.stopping.set)
        assert self.sent.wait(240), "a feed did not get its last acknowledgement"
        if self.problem:
            raise self.problem[0]


@contextmanager
def feeding(world: World, directory: Path, seed: int) -> Iterator[Feeds]:
    """Register meters and feeds, and send by HTTP, MQTT, a folder and a Kafka topic."""
    ready, sent, stopped = threading.Event(), threading.Event(), asyncio.Event()
    found: list[Feeds] = []
    problem: list[BaseException] = []

    async def work() -> None:
        async with running_broker(directory / "mqtt") as broker:
            stack = world.stack
            folder = stack.directory / "feeds" / "yx"
            bootstrap = str(stack.facts["kafka"])
            theirs = Topic(_TOPIC, "utility", "Readings of a utility")
            await ensure_topics(bootstrap, [theirs], prefix="", partitions=1, replication=1)
            mixed = MixedFeeds(
                stack.url("energy"), world.feed_key, bootstrap, folder, broker, _TOPIC, seed, _PACE, _REFUSED
            )
            await asyncio.to_thread(_register, world, mixed)
            found.append(Feeds(mixed, thread, asyncio.get_running_loop(), problem, sent))
            ready.set()
            await mixed.run()
            sent.set()
            # Its messages may still be on their way through the broker.
            await stopped.wait()

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            problem.append(error)
            ready.set()
            sent.set()

    thread = threading.Thread(target=run, name="feeds", daemon=True)
    thread.start()
    ready.wait()
    if problem:
        raise problem[0]
    try:
        yield found[0]
    finally:
        # Where a feed failed its loop is closed already.
        with suppress(RuntimeError):
            found[0].loop.call_soon_threadsafe(found[0].mixed.stopping.set)
            found[0].loop.call_soon_threadsafe(stopped.set)
        thread.join(timeout=60)


def _register(world: World, mixed: MixedFeeds) -> None:
    register_meters(world, mixed.all_meters(), since=date(NOW.year - 1, 1, 1), capacity_kw=None)
    with world.api("energy") as energy:
        for body in mixed.feeds():
            ok(energy.post("/v1/feeds", json=body))

    def connected() -> bool:
        with world.api("energy") as energy:
            items: list[dict[str, Any]] = ok(energy.get("/v1/feeds"))["items"]
        return len(items) == len(mixed.feeds()) and all(item["connected_at"] for item in items)

    wait_for(connected, 90, "every feed is connected")
