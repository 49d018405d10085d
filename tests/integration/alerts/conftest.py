"""The alerts service on a real database, moved by a clock of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import insert

from libs.common.clock import ManualClock
from libs.common.database import Database, migrate
from libs.common.registry.tables import RegionReplicaRow
from libs.common.settings import Environment
from services.alerts.api import build_api
from services.alerts.bootstrap import MIGRATIONS
from services.alerts.settings import AlertsSettings
from services.alerts.streams.hub import AlertHub
from tests.support.alerts import CITY, COUNTY, MORNING, OTHER_COUNTY, TOWN, Callers, World


@pytest.fixture
async def database(template_database: Callable[..., str]) -> AsyncIterator[Database]:
    database = Database(template_database("alerts", lambda dsn: migrate(dsn, MIGRATIONS)))
    yield database
    await database.close()


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    """Regions, and one person a post in the county; only the names of the demo."""
    settings = AlertsSettings.model_validate(
        {
            "environment": Environment.LOCAL,
            "database_dsn": database.dsn,
            "kafka_bootstrap": "127.0.0.1:1",
            "webhook_allowed_hosts": ("127.0.0.1", "localhost"),
        }
    )
    clock, callers, hub = ManualClock(MORNING), Callers(), AlertHub(database, poll_seconds=0.02)
    app = build_api(settings=settings, database=database, clock=clock, authenticator=callers, hub=hub)
    world = World(database, clock, settings, callers, app, hub)
    async with database.transaction() as session:
        for code, name in ((COUNTY, "通山县"), (OTHER_COUNTY, "嘉鱼县"), (CITY, "咸宁市"), (TOWN, "通羊镇")):
            await session.execute(
                insert(RegionReplicaRow).values(
                    code=code, name=name, default_post="officer", subject=code, version=1, deleted=False
                )
            )
    for post in ("officer", "leader", "supervision_group"):
        world.people[post] = await world.add_person(post)
    polling = asyncio.create_task(hub.run())
    yield world
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
