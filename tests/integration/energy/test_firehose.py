"""Much at once: memory stays where it was, and one mad meter does no harm."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.energy import TODAY, Site, slot_at

METERS = 40
SLOTS = 48


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def body(number: int) -> str:
    """A day of all meters, another at each call, by single readings."""
    day = TODAY - timedelta(days=number)
    return "\n".join(
        f'{{"meter_no":"F{meter:02d}","at":"{slot_at(slot, day)}","value":{100 + slot}.25}}'
        for slot in range(SLOTS)
        for meter in range(METERS)
    )


async def test_memory_stays_flat_when_bodies_keep_coming(site: Site) -> None:
    await site.register(*(f"F{meter:02d}" for meter in range(METERS)))
    site.clock.set(datetime(2026, 9, 15, 16, tzinfo=UTC))
    bodies = iter(range(45))

    async def send(count: int) -> None:
        for _ in range(count):
            answer = await site.post("/v1/readings", body(next(bodies)), "application/x-ndjson")
            assert answer.status_code == 202, answer.text
            await site.merged(answer.json())

    async with site.worker():
        await asyncio.gather(*(send(5) for _ in range(3)))
        settled = resident_bytes()
        await asyncio.gather(*(send(10) for _ in range(3)))
    assert resident_bytes() - settled < 40 << 20
    assert await site.rows("SELECT sum(stored)::int FROM receipt") == [(45 * METERS * SLOTS,)]
    stored = await site.rows("SELECT coalesce(sum(present), 0)::int FROM curve_day")
    assert stored == [(45 * METERS * SLOTS,)]


async def test_last_value_stands_when_a_meter_sends_a_reading_a_millisecond(site: Site) -> None:
    await site.register("M1")
    begin = datetime.fromisoformat(slot_at(3))
    stamps = [(begin + timedelta(milliseconds=number)).isoformat() for number in range(3000)]
    lines = [json.dumps({"meter_no": "M1", "at": stamp, "value": 5.0}) for stamp in stamps]
    # As many again with the slot's own stamp, each with another value.
    lines += [json.dumps({"meter_no": "M1", "at": stamps[0], "value": float(number)}) for number in range(3000)]
    async with site.worker():
        answer = await site.post("/v1/readings", "\n".join(lines), "application/x-ndjson")
        told = answer.json()
        assert (answer.status_code, told["accepted"], told["rejected"]) == (202, 3001, 2999)
        # What is told of single lines is bounded.
        assert len(told["rejections"]) == 1000
        (receipt,) = await site.merged(told)
    assert receipt["stored"] + receipt["unchanged"] + receipt["revised"] == 3001
    assert (await site.values("M1"))[2:5] == [None, 2999.0, None]
    # One message is one revision, however often it changed its mind.
    assert await site.rows("SELECT count(*)::int FROM curve_revision") == [(1,)]
