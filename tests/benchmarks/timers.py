"""Escalation timers that fall due together: how many a second, and how late the last one is.

``python -m tests.benchmarks.timers [COUNT]``, on the PostgreSQL of the tests. Each firing is two trail entries, an
event, a notification with its delivery, and the next timer.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta

import asyncpg
from fastapi import FastAPI
from sqlalchemy import insert

from libs.common.clock import ManualClock
from libs.common.database import Database, migrate
from libs.common.ids import new_id
from libs.common.registry.tables import RegionReplicaRow
from libs.common.settings import Environment
from services.alerts.bootstrap import MIGRATIONS
from services.alerts.escalation.jobs import TimerRunner
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from tests.support.alerts import COUNTY, MORNING, Callers, World
from tests.support.infra import ensure_infra
from tests.support.many_alerts import open_many

_DATABASE = "bench_timers"


async def measure(count: int, *, runners: int, batch: int) -> tuple[float, float, float]:
    """(timers a second, seconds until the last one fired, milliseconds of our processor for each)."""
    database = Database(await _empty_database())
    try:
        world = await _world(database)
        await open_many(world, count)
        world.clock.set(MORNING + timedelta(minutes=30))
        started, worked = time.perf_counter(), time.process_time()
        fired = await asyncio.gather(
            *(TimerRunner(database, world.clock, new_id, batch=batch).fire_due() for _ in range(runners))
        )
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
        assert sum(fired) == count
        return count / seconds, seconds, worked / count * 1000
    finally:
        await database.close()


async def _empty_database() -> str:
    infra = ensure_infra()
    connection = await asyncpg.connect(infra.postgres_admin_dsn)
    await connection.execute(f"DROP DATABASE IF EXISTS {_DATABASE}")
    await connection.execute(f"CREATE DATABASE {_DATABASE}")
    await connection.close()
    return infra.postgres_admin_dsn.rsplit("/", 1)[0] + f"/{_DATABASE}"


async def _world(database: Database) -> World:
    settings = AlertsSettings.model_validate(
        {"environment": Environment.LOCAL, "database_dsn": database.dsn, "kafka_bootstrap": "127.0.0.1:1"}
    )
    await migrate(database.dsn, MIGRATIONS)
    world = World(database, ManualClock(MORNING), settings, Callers(), FastAPI(), AlertHub(database))
    async with database.transaction() as session:
        region = {"code": COUNTY, "name": "通山县", "default_post": "officer", "subject": COUNTY, "version": 1}
        await session.execute(insert(RegionReplicaRow).values(**region, deleted=False))
    for post in ("officer", "leader", "supervision_group"):
        await world.add_person(post)
    return world


async def main(count: int) -> None:
    sys.stdout.write(f"{count} timers due at once\nrunners  batch  timers/s  last after s  CPU ms/timer\n")
    for runners, batch in ((1, 1), (1, 20), (2, 20)):
        rate, seconds, cpu = await measure(count, runners=runners, batch=batch)
        sys.stdout.write(f"{runners:7d} {batch:6d} {rate:9.0f} {seconds:13.1f} {cpu:13.1f}\n")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
