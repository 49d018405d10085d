"""Probes of the readings' way: they come round by log, worker, tables and rules, and leave nothing behind."""

from __future__ import annotations

from datetime import timedelta

import httpx
from sqlalchemy import text

from libs.common.clock import ManualClock
from libs.common.web.probes import ReadinessCheck, create_probe_app
from services.alerts.heartbeat.jobs import NOT_PROBED, readings_of
from services.energy.bootstrap_door import build_door
from services.energy.probes.jobs import Prober
from tests.support.energy import NOW, Site

EVERY = 60.0
# Whatever tells of readings: curves, snapshots, receipts, what follows from them.
TABLES = (
    "curve_day",
    "curve_revision",
    "snapshot",
    "running_day",
    "receipt",
    "receipt_part",
    "day_touched",
    "outbox",
)


async def counted(site: Site) -> dict[str, int]:
    found = {}
    for table in TABLES:
        if (await site.rows(f"SELECT to_regclass('{table}') IS NOT NULL AS is_there"))[0].is_there:
            found[table] = (await site.rows(f"SELECT count(*) AS number FROM {table}"))[0].number
    return found


async def test_probes_come_round_while_a_worker_stores_and_judges_and_leave_no_row(site: Site) -> None:
    clock = ManualClock(NOW)
    before = await counted(site)
    assert {"curve_day", "snapshot", "receipt", "outbox"} <= set(before)
    running = build_door(site.settings, site.database, "test-probes")
    async with running.running() as door:
        prober = Prober(site.database, door.log, running.ends.read, EVERY, clock)
        assert not await prober.is_round()
        assert await prober.probe() == 2
        # Another process that asks at once adds none.
        assert await prober.probe() == 0
        assert not await prober.is_round()
        async with site.worker():
            await site.until(prober.is_round)
            states = await site.rows("SELECT met, is_stored, is_judged FROM reading_probe ORDER BY partition")
            assert [tuple(row) for row in states] == [(1, True, True), (1, True, True)]
        # Nobody reads any more.
        for _ in range(3):
            clock.advance(timedelta(seconds=EVERY))
            await prober.probe()
        assert not await prober.is_round()
        async with site.worker():
            await site.until(prober.is_round)
            # Nothing can be stored: the worker goes on and says so.
            async with site.database.transaction() as session:
                await session.execute(
                    text("ALTER TABLE curve_day ADD CONSTRAINT broken CHECK (quantity <> 1) NOT VALID")
                )
            clock.advance(timedelta(seconds=EVERY))
            await prober.probe()

            async def is_told() -> bool:
                rows = await site.rows("SELECT met, is_stored FROM reading_probe")
                return all(row.met == 5 and row.is_stored is False for row in rows)

            await site.until(is_told)
            assert not await prober.is_round()
        # Nobody probes any more: what came round once says nothing.
        async with site.database.transaction() as session:
            await session.execute(text("UPDATE reading_probe SET is_stored = true, is_judged = true"))
        assert await prober.is_round()
        clock.advance(timedelta(seconds=4 * EVERY))
        assert not await prober.is_round()
    assert await counted(site) == before
    letters = await site.get("/v1/set-aside-events", "admin")
    assert letters["items"] == []


async def test_heartbeat_tells_of_readings_as_energy_tells_of_them() -> None:
    state = True

    async def is_round() -> bool:
        return state

    async def told(*checks: ReadinessCheck) -> tuple[int, str]:
        transport = httpx.ASGITransport(app=create_probe_app(checks))
        async with httpx.AsyncClient(transport=transport, base_url="http://energy") as client:
            ready = (await client.get("/readyz")).status_code
            return ready, await readings_of(client, "http://energy")()

    probed = ReadinessCheck("readings", is_round, gates=False)
    assert await told(probed) == (200, "ready")
    state = False
    # The API serves on: it is the way of readings that is closed.
    assert await told(probed) == (200, "not round")
    assert await told() == (200, NOT_PROBED)
    assert await told(ReadinessCheck("migrations", is_round)) == (503, "no answer")
