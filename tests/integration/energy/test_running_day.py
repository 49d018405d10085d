"""Dense single readings go to snapshots and become day rows; what readers see does not change with that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from libs.common.database import Database
from services.energy.feeds.domain.block import CurveRows, PointRows
from services.energy.ingest.domain.assembly import assemble
from services.energy.metering.curve_repository import Batch, ensure_months, load_rows
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.metering.merging import load_held, store
from services.energy.metering.rank_packing import read_ranks
from services.energy.metering.snapshot_repository import read_running
from services.energy.metering.snapshots import close_days
from tests.support.energy import TODAY, Site, slot_at, usual_curve

METERS = 40
PERIOD = {"from": TODAY.isoformat(), "to": TODAY.isoformat()}


def snapshot(slot: int, plus: float = 0.0, meters: int = METERS) -> list[dict[str, Any]]:
    return [
        {"meter_no": f"S{number:02d}", "at": slot_at(slot), "value": 100.0 + slot + number + plus}
        for number in range(meters)
    ]


async def _post_lines(site: Site, readings: list[dict[str, Any]], **parameters: Any) -> dict[str, Any]:
    # Every body has a stamp, and so a rank, of its own.
    site.clock.advance(timedelta(seconds=1))
    body = "\n".join(json.dumps(item) for item in readings)
    answer = await site.post("/v1/readings", body, "application/x-ndjson", **parameters)
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    assert receipt["accepted"] == len(readings), receipt
    return receipt


async def test_readers_see_the_same_before_and_after_the_day_is_closed(site: Site) -> None:
    await site.register(*(f"S{number:02d}" for number in range(METERS)))
    site.clock.set(datetime(2026, 9, 15, 12, tzinfo=UTC))
    async with site.worker():
        for slot in range(4):
            # One batch each: four slots together would not be worth a snapshot for forty meters.
            await site.merged(await _post_lines(site, snapshot(slot)))
        corrected = await _post_lines(site, snapshot(2, plus=50, meters=3))
        (receipt,) = await site.merged(corrected)
        assert receipt["revised"] == 3
        # A curve for a day in snapshots takes the meter's values with it.
        values: list[float | None] = [None] * 96
        values[1], values[5] = 7.0, 8.0
        moved = await site.post_curves([{"meter_no": "S05", "date": TODAY.isoformat(), "values": values}])
        (receipt,) = await site.merged(moved)
        assert (receipt["stored"], receipt["revised"]) == (1, 1)
    assert await site.rows("SELECT count(*)::int FROM curve_day") == [(1,)]
    assert await site.rows("SELECT count(*)::int FROM snapshot") == [(4,)]
    before = await _views(site)
    assert before["S00"]["items"][0]["values"][:5] == [100.0, 101.0, 152.0, 103.0, None]
    assert before["S00"]["items"][0]["revision"] == 1
    assert before["S00"]["items"][0]["revisions"][0]["before_kw"] == [102.0]
    assert before["S05"]["items"][0]["values"][:6] == [105.0, 7.0, 107.0, 108.0, None, 8.0]
    assert before["latest"]["value_kw"] == 104.0
    assert before["completeness"]["present"] == METERS * 4 + 1

    assert await _close(site.database, site.clock.now()) == 0
    site.clock.set(datetime(2026, 9, 15, 16, 31, tzinfo=UTC))
    assert await _close(site.database, site.clock.now()) == 1
    assert await site.rows("SELECT count(*)::int FROM snapshot") == [(0,)]
    assert await site.rows("SELECT count(*)::int FROM curve_day") == [(METERS,)]
    # Meters that came with the same bodies share their ranks: those three that were corrected have their own.
    lengths = await site.rows("SELECT length(slot_ranks), count(*)::int FROM curve_day GROUP BY 1 ORDER BY 1")
    assert lengths == [(8, METERS - 4), (39, 4)]
    after = await _views(site)
    assert _without_expected(after) == _without_expected(before)

    async with site.worker():
        # An old body undoes nothing, a late value fills its slot, and another correction revises.
        old = await _post_lines(site, snapshot(2, meters=3), created_at="2026-09-14T00:00:00Z")
        late = await _post_lines(site, snapshot(9))
        again = await _post_lines(site, snapshot(3, plus=1, meters=2))
        told = await site.merged(old, late, again)
    assert [(item["superseded"], item["stored"], item["revised"]) for item in told] == [
        (3, 0, 0),
        (0, METERS, 0),
        (0, 0, 2),
    ]
    assert (await site.values("S01"))[:10] == [101.0, 102.0, 153.0, 105.0, *[None] * 5, 110.0]
    assert await site.rows("SELECT count(*)::int FROM snapshot") == [(0,)]


async def _close(database: Database, now: datetime, limit: int = 20) -> int:
    async with database.transaction() as session:
        return await close_days(session, now, limit)


async def _views(site: Site) -> dict[str, Any]:
    views = {
        meter_no: await site.get(f"/v1/meters/{meter_no}/curves", **PERIOD) for meter_no in ("S00", "S05", "S39")
    }
    views["latest"] = await site.get("/v1/meters/S01/latest")
    views["completeness"] = await site.get("/v1/completeness", **PERIOD, limit=100)
    return views


def _without_expected(views: Any) -> Any:
    """The clock has moved: more is expected by now, so shares differ."""
    if isinstance(views, list):
        return [_without_expected(item) for item in views]
    if not isinstance(views, dict):
        return views
    shares = {name for name in ("expected", "completeness") if not isinstance(views.get(name), dict)}
    return {name: _without_expected(item) for name, item in views.items() if name not in shares}


FIRST = day_number(TODAY)
SLOTS = 24
Cell = tuple[int, int, int]
# Value, quality and rank of each value stored.
Known = dict[Cell, tuple[float, int, int]]
Slotted = CurveRows | PointRows


def batches(random: np.random.Generator, number: int) -> Iterator[list[list[Slotted]]]:
    """Batches of dense and sparse readings and of curves over two blocks and two days, ranks up and down."""
    for _ in range(number):
        records: list[list[Slotted]] = []
        for _ in range(int(random.integers(1, 4))):
            day = FIRST + int(random.integers(0, 2))
            rank = int(random.integers(1, 6))
            count = int(random.choice((1, 3, 30, 60)))
            meters = (random.choice(70, count, replace=False) + 965).astype(np.int32)
            days = np.full(count, day, np.int32)
            if random.random() < 0.25:
                values = random.choice((1.0, 2.0, np.nan), (count, SLOTS)).astype(np.float32)
                records.append([CurveRows(1, SLOTS, rank, meters, days, values)])
            else:
                slot = np.full(count, random.integers(0, 5), np.uint16)
                values = random.choice((1.0, 2.0, 3.0), count).astype(np.float32)
                quality = random.integers(1, 4, count).astype(np.uint8) if random.random() < 0.3 else None
                records.append([PointRows(1, SLOTS, rank, meters, days, slot, values, quality)])
        yield records


def fold(
    known: dict[Cell, tuple[float, int, int]], corrected: Counter[tuple[int, int]], section: Slotted
) -> Counter[str]:
    """What one message does to single values."""
    fates: Counter[str] = Counter()
    revised: set[tuple[int, int]] = set()
    for row, (meter, day) in enumerate(zip(section.meter_index.tolist(), section.day.tolist(), strict=True)):
        slots = range(SLOTS) if isinstance(section, CurveRows) else [int(section.slot[row])]
        for slot in slots:
            value = float(section.values[row, slot] if isinstance(section, CurveRows) else section.values[row])
            if np.isnan(value):
                continue
            quality = 1 if section.quality is None else int(section.quality[row])
            old = known.get((meter, day, slot))
            if old is not None and section.rank < old[2]:
                fates["superseded"] += 1
                continue
            if old is None:
                fates["stored"] += 1
            elif old[:2] == (value, quality):
                fates["unchanged"] += 1
            else:
                fates["revised"] += 1
                revised.add((meter, day))
            known[meter, day, slot] = (value, quality, section.rank)
    corrected.update(revised)
    return fates


async def test_store_equals_the_fold_whatever_is_running_or_closed(site: Site) -> None:
    random = np.random.default_rng(2026)
    known: Known = {}
    corrected: Counter[tuple[int, int]] = Counter()
    now = datetime(2026, 9, 15, 12, tzinfo=UTC)
    async with site.database.transaction() as session:
        await ensure_months(session, [TODAY])
    for number, records in enumerate(batches(random, 40)):
        expected = [fold(known, corrected, section) for sections in records for section in sections]
        async with site.database.transaction() as session:
            for incoming in assemble(records):
                batch = Batch([UUID(int=number * 10 + part) for part in range(len(records))], now)
                stored = await store(session, incoming, batch)
        for part, fates in enumerate(expected):
            for fate in ("stored", "unchanged", "revised", "superseded"):
                told = sum(int(getattr(counts, fate)[part]) for counts in stored.counts)
                assert told == fates[fate], (number, fate)
        if number in {4, 19}:
            # Somebody else wants to write some meters' day rows himself: their values leave the snapshots.
            meters, days = np.arange(985, 1010), np.full(25, FIRST)
            async with site.database.transaction() as session:
                await load_held(session, 1, SLOTS, meters, days, now)
        if number in {14, 29}:
            # Two of the four blocks' days, then the others, while more comes for all of them.
            now = datetime(2026, 9, 17, 12, tzinfo=UTC) + timedelta(hours=number)
            assert await _close(site.database, now, limit=2) == 2
        if number % 10 == 9:
            assert await _contents(site) == (known, corrected)
    assert await site.rows("SELECT count(*)::int, bool_and(is_closed) FROM running_day") == [(4, True)]


async def _contents(site: Site) -> tuple[Known, Counter[tuple[int, int]]]:
    """All values with quality and rank, and how often each day was corrected, wherever they are."""
    found: Known = {}
    times: Counter[tuple[int, int]] = Counter()
    meters = np.arange(960, 1040)
    ranks = await _running_ranks(site)
    async with site.database.session() as session:
        for running in await read_running(session, 1, meters, TODAY, TODAY + timedelta(days=1)):
            for row in range(len(running.day)):
                meter, day = int(running.meter_index[row]), int(running.day[row])
                times[meter, day] += int(running.revision[row])
                for slot in np.flatnonzero(running.quality[row]).tolist():
                    value, quality = float(running.values[row, slot]), int(running.quality[row, slot])
                    found[meter, day, slot] = (value, quality, ranks[meter, day, slot])
        for day in (FIRST, FIRST + 1):
            loaded = await load_rows(session, 1, SLOTS, meters, np.full(len(meters), day))
            for row in range(len(loaded.revision)):
                meter = int(loaded.rows.meter_index[row])
                assert not any((meter, day, slot) in found for slot in range(SLOTS)), "in two places"
                times[meter, day] += int(loaded.revision[row])
                for slot in np.flatnonzero(loaded.rows.quality[row]).tolist():
                    value, quality = float(loaded.rows.values[row, slot]), int(loaded.rows.quality[row, slot])
                    found[meter, day, slot] = (value, quality, int(loaded.rows.rank[row, slot]))
    return found, +times


async def _running_ranks(site: Site) -> dict[Cell, int]:
    rows = await site.rows("SELECT block, day, slot, rank, rank_gaps FROM snapshot")
    ranks: dict[Cell, int] = {}
    for block, day, slot, rank, sent in rows:
        (of_place,) = read_ranks(np.array([rank]), [sent], 1000).tolist()
        for place in range(1000):
            ranks[block * 1000 + place, day_number(day), slot] = of_place[place]
    return ranks


async def test_sparse_readings_need_no_snapshots(site: Site) -> None:
    await site.register("M1", "M2")
    async with site.worker():
        await site.merged(
            await site.post_readings([{"meter_no": meter, "at": slot_at(3), "value": 5} for meter in ("M1", "M2")])
        )
        await site.merged(await site.post_curves([usual_curve("M1", TODAY - timedelta(days=1))]))
    assert await site.rows("SELECT count(*)::int FROM snapshot") == [(0,)]
    assert date_of(FIRST) == TODAY
