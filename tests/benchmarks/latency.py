"""From the reading's POST to the webhook at the receiver, in real seconds."""

from __future__ import annotations

import statistics
import time
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import numpy as np

from tests.benchmarks.results import Case
from tests.support.stack import wait_for
from tests.support.world import World, ok, post_curves, register_meters, slots_of, wait_stored

HISTORY_DAYS = 42
CASE = "latency.spike_to_webhook"
TODAY = date(2026, 9, 15)


def _history(meter_nos: list[str]) -> list[dict[str, Any]]:
    random = np.random.default_rng(11)
    return [
        {
            "meter_no": meter_no,
            "date": (TODAY - timedelta(days=age)).isoformat(),
            "values": np.round(random.normal(1000, 8, 96), 2).tolist(),
        }
        for age in range(HISTORY_DAYS, 0, -1)
        for meter_no in meter_nos
    ]


def measure_latency(world: World, spikes: int) -> list[Case]:
    """p50 and p99 of spike to webhook; the reference is a POST straight to the same receiver."""
    meter_nos = [f"L{index:04d}" for index in range(spikes)]
    register_meters(world, meter_nos, since=TODAY - timedelta(days=HISTORY_DAYS + 1))
    history = _history(meter_nos)
    for start in range(0, len(history), 1_000):
        wait_stored(world, post_curves(world, history[start : start + 1_000])["receipt_id"])
    slot = slots_of(TODAY)[40]
    world.stack.set_clock(slot + timedelta(minutes=15, seconds=30))
    sent: dict[str, float] = {}
    with world.feed() as feed:
        for meter_no in meter_nos:
            body = [{"meter_no": meter_no, "at": slot.isoformat(), "value": 3_000.0}]
            sent[meter_no] = time.time()
            assert feed.post("/v1/readings", params={"unit": "kW"}, json=body).status_code == 202
            time.sleep(0.15)
    arrived = wait_for(lambda: _arrivals(world, meter_nos), 60, "all spikes have reached the receiver")
    assert arrived is not None
    seconds = sorted(arrived[meter_no] - sent[meter_no] for meter_no in meter_nos)
    direct = _direct(world.stack.webhook("direct"))
    p99 = seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))]
    return [
        Case(
            f"latency.spike_to_webhook.{name}", figure, "s", direct, figure / direct, spikes, "one direct POST, s"
        )
        for name, figure in (("p50", statistics.median(seconds)), ("p99", p99))
    ]


def _arrivals(world: World, meter_nos: list[str]) -> dict[str, float] | None:
    with world.api("alerts") as alerts:
        page = ok(alerts.get("/v1/alerts", params={"limit": 1000}))
    meter_of = {alert["id"]: alert["object_label"] for alert in page["items"]}
    first: dict[str, float] = {}
    for hook in world.stack.received("officer"):
        meter_no = meter_of.get(str(hook["body"].get("data", {}).get("alert_id")))
        if meter_no is not None:
            arrived = datetime.fromisoformat(hook["received_at"]).timestamp()
            first[meter_no] = min(first.get(meter_no, arrived), arrived)
    return first if set(meter_nos) <= set(first) else None


def _direct(url: str) -> float:
    seconds = []
    with httpx.Client(timeout=10) as client:
        for _ in range(30):
            started = time.perf_counter()
            client.post(url, json={"type": "bench"}).raise_for_status()
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)
