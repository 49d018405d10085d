"""SIGKILL of API, worker and gateway under mixed feeds loses nothing, doubles nothing and undoes no correction."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from libs.common.contracts.base import Topic
from libs.common.kafka.offsets import end_offsets
from libs.common.kafka.topics import ensure_topics
from services.energy.feeds.jobs import abandon_receipts
from tests.support.energy import NOW, TODAY, Site
from tests.support.energy_context import run_job
from tests.support.mixed_feeds import MixedLoad
from tests.support.mqtt import running_broker
from tests.support.service_processes import Processes, running_processes
from tests.support.stored import Stored, stored_since

# The door closes after few records, so that this is tried as well.
_TIGHT = {"ingest_lag_limit": 20, "checkpoint_seconds": 5}
pytestmark = pytest.mark.timeout(1800)

# A machine that does ten other things.
_PATIENCE = 300.0
# In the last one the worker is killed as well, and both come back.
SCENES = ("api", "consumer", "gateway", "gateway in the middle")


async def play(gate: Site, folder: Path, seed: int, scenes: Sequence[str] = SCENES) -> None:
    topic = f"{gate.settings.topic_prefix}utility"
    theirs = Topic(topic, "utility", "Readings of a utility")
    await ensure_topics(gate.settings.kafka_bootstrap, [theirs], prefix="", partitions=1, replication=1)
    async with (
        running_broker(folder / "broker") as broker,
        running_processes(gate.settings, folder / "processes", NOW, 1.0, **_TIGHT) as processes,
    ):
        key, bootstrap = gate.keys["feed"], gate.settings.kafka_bootstrap
        load = MixedLoad(processes.url, key, bootstrap, folder / "yx", broker, topic, seed, site=gate)
        await load.prepare()
        await processes.start()
        await gate.until(lambda: _is_connected(gate), _PATIENCE)
        await gate.until(processes.is_admitting, _PATIENCE)
        sending = asyncio.create_task(load.run())
        for scene in random.Random(seed).sample(scenes, len(scenes)):
            await asyncio.sleep(0.5 + random.Random(f"{seed}{scene}").random())
            assert not sending.done(), sending.exception()
            await _kill(load, processes, scene)
        load.stopping.set()
        await sending
        stored = await _settled(load)
    await _check(load, stored)
    print(  # noqa: T201 - the figures belong in the report of the run
        f"seed {seed}: {len(load.expected)} slots as last sent in {sum(load.sent.values())} bodies and messages, "
        f"{len(load.acknowledged)} receipts and {len(load.dropped)} files, {load.repeats} repeats by HTTP, "
        f"{load.duplicates} known again"
    )


async def _is_connected(site: Site) -> bool:
    page = await site.get("/v1/feeds")
    return len(page["items"]) == 3 and all(item["connected_at"] for item in page["items"])


async def _kill(load: MixedLoad, processes: Processes, scene: str) -> None:
    """Kill, start again, and see that it does its work again."""
    if scene == "gateway in the middle":
        await processes.kill("consumer")
        # With nobody who merges the door closes: the gateway holds a file, and messages it has not acknowledged.
        await load.site.until(lambda: _is_holding(load), _PATIENCE)
        published = load.sent["Q"]
        await load.site.until(lambda: _is_beyond(load, "Q", published + 20), _PATIENCE)
        await processes.kill("gateway")
        assert _in_work(load.folder), "no file was half handled"
        await processes.start("consumer")
        scene = "gateway"
    else:
        await processes.kill(scene)
    await processes.start(scene)
    begun = dict(load.sent)
    if scene == "api":
        await load.site.until(lambda: _is_beyond(load, "C", begun["C"] + 2), _PATIENCE)
        return
    (done,) = await load.site.rows("SELECT count(*) FROM receipt WHERE status = 'merged' AND transport <> 'http'")
    await load.site.until(lambda: _has_merged(load.site, done[0] + 3), _PATIENCE)


def _in_work(folder: Path) -> set[str]:
    return {path.name for path in (folder / "processing").iterdir()}


async def _is_holding(load: MixedLoad) -> bool:
    """Whether the door is closed for good, and the same file has been in work for a while."""
    ends = await end_offsets(load.site.settings.kafka_bootstrap, [load.site.topic])
    rows = await load.site.rows("SELECT partition, next_offset FROM ingest_offset")
    merged = {row.partition: row.next_offset for row in rows}
    if all(end - merged.get(partition, 0) <= _TIGHT["ingest_lag_limit"] for (_, partition), end in ends.items()):
        return False
    # The gateway looks at the lag every second.
    before = await asyncio.to_thread(_in_work, load.folder)
    await asyncio.sleep(2.5)
    return bool(before & await asyncio.to_thread(_in_work, load.folder))


async def _is_beyond(load: MixedLoad, kind: str, number: int) -> bool:
    return load.sent[kind] >= number


async def _has_merged(site: Site, number: int) -> bool:
    (found,) = await site.rows("SELECT count(*) FROM receipt WHERE status = 'merged' AND transport <> 'http'")
    return bool(found[0] >= number)


async def _settled(load: MixedLoad) -> Stored:
    """What stands once nothing moves any more, or after long enough."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE
    connection = await asyncpg.connect(load.site.settings.dsn)
    try:
        while True:
            open_ = await connection.fetchval("SELECT count(*) FROM receipt WHERE status = 'acknowledged'")
            is_empty = not await asyncio.to_thread(_waiting, load.folder)
            stored = await stored_since(connection, TODAY.replace(year=2020))
            if (not open_ and is_empty and not load.difference(stored)) or loop.time() > deadline:
                return stored
            await asyncio.sleep(0.2)
    finally:
        await connection.close()


def _waiting(folder: Path) -> list[str]:
    return [path.name for part in (folder, folder / "processing") for path in part.iterdir() if path.is_file()]


async def _check(load: MixedLoad, stored: Stored) -> None:
    wrong = load.difference(stored)
    assert not wrong, f"{len(wrong)} slots are not as last sent, such as {wrong[:3]}"
    # Nobody was told of what a killed process had only noted; hours later that has an end.
    load.site.clock.advance(timedelta(hours=3))
    await run_job(load.site, abandon_receipts)
    assert set(stored.rows_a_day.values()) == {1}
    receipts = {str(row.id): row for row in await load.site.rows("SELECT * FROM receipt")}
    # Every body that was acknowledged is there, merged, and all of it is accounted for.
    for receipt_id, readings in load.acknowledged.items():
        row = receipts[receipt_id]
        assert (row.status, row.accepted) == ("merged", readings)
    for row in receipts.values():
        assert (row.rejected, row.quarantined, row.refusal) == (0, 0, None), row
        if row.status == "merged":
            assert row.stored + row.unchanged + row.revised + row.superseded == row.accepted, row
    assert {row.status for row in receipts.values()} <= {"merged", "abandoned"}
    # A slot is stored once, whatever came for it later.
    assert sum(row.stored for row in receipts.values()) == len(load.expected)
    told = await asyncio.to_thread(_told, load.folder)
    assert told.keys() == set(load.dropped)
    assert {receipts[item["receipt_id"]].status for item in told.values()} == {"merged"}
    assert len({item["receipt_id"] for item in told.values()}) == load.sent["F"]


def _told(folder: Path) -> dict[str, dict[str, Any]]:
    beside = (folder / "processed").glob("*.receipt.json")
    return {path.name.removesuffix(".receipt.json"): orjson.loads(path.read_bytes()) for path in beside}


async def test_nothing_is_lost_doubled_or_undone_when_processes_are_killed(gate: Site, tmp_path: Path) -> None:
    await play(gate, tmp_path, 1, ("api", "gateway in the middle"))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
async def test_nothing_is_lost_doubled_or_undone_in_ten_rounds(gate: Site, tmp_path: Path, seed: int) -> None:
    await play(gate, tmp_path, seed)
