"""Load with kills, and the independent count afterwards.

The expectation is worked out from what was posted and acknowledged, not from what the software says of itself:
every acknowledged value is read back from the curves' table, every planted spike from the conditions, every
condition from the alerts, every promised notification from the receiver's files.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import numpy as np

from tests.support import outside
from tests.support.outside import Post
from tests.support.stack import Stack, wait_for
from tests.support.stored import stored_since
from tests.support.world import SHANGHAI, World, post_curves, register_meters, slots_of, wait_stored

VICTIMS = (
    "energy-api",
    "energy-worker",
    "energy-relay",
    "energy-scheduler",
    "alerts-worker",
    "alerts-api",
    "projects",
    "kafka",
    "postgres",
)
# The worker, and the API with the watch, which delivers as well.
DELIVERING = frozenset({"alerts-worker", "alerts-api"})
PARAMETERS = {"unit": "kW", "source": "acceptance"}
HISTORY_DAYS = 35
FIRST_LIVE_DAY = date(2026, 9, 15)
USUAL_KW = 1_000.0
SPIKE_KW = 3_000.0
# A spike every so many slots a meter, and back to usual after it, so that each opens and clears.
SPIKE_EVERY = 16


@dataclass
class Load:
    """One reading a meter and slot, sent until acknowledged; every meter spikes now and then."""

    world: World
    meters: Sequence[str]
    seed: int
    acknowledged: dict[tuple[str, datetime], float] = field(default_factory=dict)
    spikes: list[tuple[str, datetime]] = field(default_factory=list)
    repeats: int = 0
    slot: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def value(self, meter: int, slot: int) -> float:
        random = np.random.default_rng([self.seed, meter, slot])
        if self.is_spike(meter, slot):
            return SPIKE_KW
        return round(float(random.normal(USUAL_KW, 6)), 2)

    def is_spike(self, meter: int, slot: int) -> bool:
        return slot % SPIKE_EVERY == 8 and (slot // SPIKE_EVERY + meter) % 3 == 0

    def instant(self, slot: int) -> datetime:
        day = FIRST_LIVE_DAY + timedelta(days=slot // 96)
        return slots_of(day)[slot % 96]

    def run(self) -> None:
        """Send slot after slot until told to stop, at least one spike round to the end."""
        with self.world.feed() as feed:
            while not self.stopping.is_set() or self.slot % SPIKE_EVERY:
                self.send_slot(feed)
                self.slot += 1

    def send_slot(self, feed: httpx.Client) -> None:
        instant = self.instant(self.slot)
        self.set_clock(instant + timedelta(minutes=16))
        body = [
            {"meter_no": meter_no, "at": instant.isoformat(), "value": self.value(index, self.slot)}
            for index, meter_no in enumerate(self.meters)
        ]
        while not self.post(feed, body):
            self.repeats += 1
            time.sleep(0.2)
        for index, (meter_no, reading) in enumerate(zip(self.meters, body, strict=True)):
            self.acknowledged[meter_no, instant] = float(str(reading["value"]))
            if self.is_spike(index, self.slot):
                self.spikes.append((meter_no, instant))

    def set_clock(self, instant: datetime) -> None:
        self.world.stack.set_clock(instant)

    def post(self, feed: httpx.Client, body: list[dict[str, Any]]) -> bool:
        try:
            answer = feed.post(
                "/v1/readings", params={"unit": "kW", "source": "acceptance"}, json=body, timeout=60
            )
        except httpx.HTTPError:
            return False
        if answer.status_code == 202:
            assert answer.json()["rejected"] == 0, answer.text
            return True
        # Anything but "not now" would be an answer about our body, and it is well formed.
        assert answer.status_code in {401, 429, 500, 502, 503}, answer.text
        return False


def prepare(world: World, meters: Sequence[str], seed: int, *, shards: int = 1) -> Load:
    """Meters with five weeks of usual days, so that the detector knows what is usual.

    With several ``shards`` they are spread over as many, so that several partitions have work.
    """
    for shard in range(shards):
        register_meters(world, meters[shard::shards], since=FIRST_LIVE_DAY - timedelta(days=HISTORY_DAYS + 1))
        if shards > 1:
            asyncio.run(_begin_shard(world.stack))
    random = np.random.default_rng(seed)
    for age in range(HISTORY_DAYS, 0, -5):
        curves = [
            {
                "meter_no": meter_no,
                "date": (FIRST_LIVE_DAY - timedelta(days=day)).isoformat(),
                "values": np.round(random.normal(USUAL_KW, 6, 96), 2).tolist(),
            }
            for day in range(age, max(age - 5, 0), -1)
            for meter_no in meters
        ]
        wait_stored(world, post_curves(world, curves)["receipt_id"])
    return Load(world, meters, seed)


async def _begin_shard(stack: Stack) -> None:
    """Past the API: a thousand meters for each shard would take minutes."""
    energy = await asyncpg.connect(stack.dsn("energy"))
    try:
        await energy.execute("UPDATE meter_counter SET next_index = (next_index / 1000 + 1) * 1000")
    finally:
        await energy.close()


def run_with_kills(load: Load, victims: Sequence[str], post: Post) -> None:
    """Drive the load and kill one process after the other; each is back before the next falls.

    Who delivers messages dies with one in flight: it has been sent, and its answer has not come.
    """
    stack = load.world.stack
    thread = threading.Thread(target=load.run, name="load")
    thread.start()
    try:
        for victim in victims:
            time.sleep(1.0)
            with post.keeping(stack.pid(victim)) if victim in DELIVERING else nullcontext():
                gone = stack.kill(victim)
            stack.wait_restarted(victim, gone)
            wait_for(lambda: all_ready(stack), 300, f"the stack is ready after {victim} was killed")
    finally:
        load.stopping.set()
        thread.join(timeout=600)
    assert not thread.is_alive(), "the load did not get its last acknowledgements"


def all_ready(stack: Stack) -> bool:
    offsets = (0, 1, 2, 10, 11, 12, 13)
    return all(
        httpx.get(f"http://127.0.0.1:{stack.port_base + offset}/readyz", timeout=5).status_code == 200
        for offset in offsets
    )


@dataclass(frozen=True)
class Count:
    """What is stored, detected, alerted, promised and received."""

    curves: dict[tuple[str, datetime], float]
    rows_a_key: Counter[tuple[str, date]]
    conditions: Counter[tuple[str, datetime]]
    alerts_a_condition: Counter[str]
    condition_ids: set[str]
    promised: set[str]
    received: Counter[str]
    promised_outside: Mapping[str, Counter[str]]
    promised_mails: set[str]
    mails: Counter[str]
    cut_off: int


def check(load: Load, count: Count) -> None:
    """Acknowledged = stored once; planted = detected once = alerted once; promised = received."""
    assert max(count.rows_a_key.values()) == 1
    lost = {key for key in load.acknowledged if key not in count.curves}
    assert not lost, f"{len(lost)} acknowledged readings are not stored, such as {sorted(lost)[:3]}"
    wrong = {
        key: (value, count.curves[key])
        for key, value in load.acknowledged.items()
        if not np.isclose(np.float32(value), count.curves[key], rtol=1e-6)
    }
    assert not wrong, f"stored otherwise than acknowledged: {list(wrong.items())[:3]}"
    assert count.conditions == Counter(load.spikes), (
        f"planted but not detected: {list((Counter(load.spikes) - count.conditions).items())[:5]}; "
        f"detected but not planted: {list((count.conditions - Counter(load.spikes)).items())[:5]}"
    )
    assert count.alerts_a_condition == Counter(dict.fromkeys(count.condition_ids, 1))
    missing = count.promised - set(count.received)
    assert not missing, f"{len(missing)} promised notifications never arrived"
    assert set(count.received) <= count.promised, "something arrived that nobody promised"
    assert set(count.mails) == count.promised_mails, "other mails arrived than were promised"


def settle(load: Load) -> None:
    """Wait until nothing moves any more: all merged, all published, all delivered."""
    stack = load.world.stack

    def quiet() -> bool:
        return asyncio.run(pending(stack)) == 0

    wait_for(quiet, 600, "queues, outboxes and deliveries are empty")
    # The last hop is the receiver's file.
    time.sleep(1.0)
    wait_for(quiet, 300, "still empty")


async def pending(stack: Stack) -> int:
    energy = await asyncpg.connect(stack.dsn("energy"))
    alerts = await asyncpg.connect(stack.dsn("alerts"))
    try:
        unmerged = await energy.fetchval("SELECT count(*) FROM receipt WHERE status = 'acknowledged'")
        unpublished = 0
        for connection in (energy, alerts):
            unpublished += await connection.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        events = await energy.fetch("SELECT event_id FROM outbox WHERE topic = 'energy.condition.v1'")
        handled = await alerts.fetchval(
            "SELECT count(*) FROM inbox WHERE event_id = ANY($1::uuid[])", [event["event_id"] for event in events]
        )
        undelivered = await alerts.fetchval("SELECT count(*) FROM delivery WHERE status = 'pending'")
        return int(unmerged + unpublished + len(events) - handled + undelivered)
    finally:
        await energy.close()
        await alerts.close()


async def count_independently(load: Load) -> Count:
    """Read tables and the receiver's files; nothing of the software's own bookkeeping is believed."""
    stack = load.world.stack
    energy = await asyncpg.connect(stack.dsn("energy"))
    alerts = await asyncpg.connect(stack.dsn("alerts"))
    try:
        stored = await stored_since(energy, FIRST_LIVE_DAY)
        curves = {(meter_no, slots_of(day)[slot]): value for (meter_no, day, slot), value in stored.values.items()}
        conditions = await energy.fetch("SELECT condition_id, meter_no, opened_at FROM condition")
        # Two conditions of a meter that overlap on the way share its one live alert; each names exactly one.
        alerted = await alerts.fetch(
            "SELECT condition_id FROM alert_condition JOIN alert ON alert.id = alert_condition.alert_id"
        )
        promised = await alerts.fetch("SELECT id FROM delivery WHERE kind = 'webhook'")
        mails = await alerts.fetch("SELECT id FROM delivery WHERE kind = 'mail'")
        promised_outside = await outside.promised(alerts)
        cut_off = await outside.cut_off(alerts)
    finally:
        await energy.close()
        await alerts.close()
    return Count(
        curves=curves,
        rows_a_key=stored.rows_a_day,
        conditions=Counter((row["meter_no"], row["opened_at"].astimezone(SHANGHAI)) for row in conditions),
        condition_ids={str(row["condition_id"]) for row in conditions},
        alerts_a_condition=Counter(str(row["condition_id"]) for row in alerted),
        promised={str(row["id"]) for row in promised},
        received=Counter(hook["headers"]["webhook-id"] for hook in stack.received()),
        promised_outside=promised_outside,
        promised_mails={str(row["id"]) for row in mails},
        mails=Counter(mail["Message-ID"].strip("<>").partition("@")[0] for mail in stack.mails()),
        cut_off=cut_off,
    )
