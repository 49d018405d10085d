"""Workers come and go while readings come in: every value once, every condition once."""

import asyncio
from datetime import datetime, timedelta

from libs.common.kafka.fenced import FencedConsumer
from tests.support.energy import TODAY, Site, slot_at, usual_curve


async def test_everything_is_merged_once_when_a_worker_joins_and_another_dies(site: Site) -> None:
    meters = [f"M{number}" for number in range(4)]
    await site.register(*meters)
    days = [TODAY - timedelta(days=age) for age in range(28, 0, -1)]
    sent: list[dict[str, object]] = []
    async with site.worker():
        await site.merged(await site.post_curves([usual_curve(meter, day) for day in days for meter in meters]))

        async def feed() -> None:
            for slot in range(48):
                at = slot_at(slot)
                site.clock.set(max(site.clock.now(), datetime.fromisoformat(at) + timedelta(minutes=15)))
                body = [
                    {"meter_no": meter, "at": at, "value": 3000.0 if slot == 20 + number else 1000.0 + slot}
                    for number, meter in enumerate(meters)
                ]
                sent.append(await site.post_readings(body))

        feeding = asyncio.create_task(feed())
        async with site.worker() as second:
            # It has taken over a part of the work, and did some of it.
            await site.until(lambda: owns(second))
            await asyncio.sleep(1)
        async with site.worker():
            await feeding
            merged = await site.merged(*sent, seconds=300)
    assert {item["stored"] for item in merged} == {4}
    for number, meter in enumerate(meters):
        expected = [3000.0 if slot == 20 + number else 1000.0 + slot for slot in range(48)]
        assert (await site.values(meter))[:48] == expected
    found = await site.rows("SELECT meter_no, status, jsonb_array_length(evidence) FROM condition ORDER BY 1")
    assert found == [(meter, "cleared", 1) for meter in meters]
    parts = await site.rows("SELECT count(*)::int, sum(stored)::int FROM receipt_part")
    assert parts == [(49, 4 * 48 + 4 * 28 * 96)]


async def owns(worker: FencedConsumer) -> bool:
    return bool(worker.owned)


async def test_zombie_changes_nothing_when_its_epoch_has_passed(site: Site) -> None:
    await site.register("M1")
    async with site.worker() as first:
        await site.merged(await site.post_readings([{"meter_no": "M1", "at": slot_at(1), "value": 1}]))
        # Somebody else took the partitions while this one was paused.
        async with site.database.transaction() as session:
            await (await session.connection()).exec_driver_sql("UPDATE ingest_offset SET epoch = epoch + 10")
        receipt = await site.post_readings([{"meter_no": "M1", "at": slot_at(2), "value": 2}])
        await site.merged(receipt)
        # It noticed, took the partitions anew under an epoch of its own, and merged once.
        assert min(assignment.epoch for assignment in first.owned.values()) >= 12
    assert (await site.values("M1"))[:4] == [None, 1.0, 2.0, None]
    assert await site.rows("SELECT count(*)::int FROM receipt_part") == [(2,)]
