"""Models and migrations of the energy service agree."""

from collections.abc import Callable

import asyncpg
import pytest

from libs.common.database import migrate, pending_differences
from services.energy.bootstrap import MIGRATIONS
from services.energy.database import METADATA

LOST = """
INSERT INTO plant (id, code, name, kind, region_code, commissioned_on, note, version, created_at, changed_at,
    changed_by)
VALUES ('00000000-0000-0000-0000-0000000000a1', 'JGS-1', 'x', 'hydro', '421224', '2026-01-01', '', 1, now(),
    now(), 'x');
INSERT INTO plant_connection (id, plant_id, node_id, node_code, valid_from, recorded_at, recorded_by)
VALUES ('00000000-0000-0000-0000-0000000000a2', '00000000-0000-0000-0000-0000000000a1',
    '00000000-0000-0000-0000-0000000000a3', 'GONE', '2026-01-01', now(), 'x');
"""


async def test_models_and_migrations_agree_when_a_new_database_is_migrated(
    fresh_database: Callable[[str], str],
) -> None:
    dsn = fresh_database("energy_migrations")
    await migrate(dsn, MIGRATIONS)
    assert await pending_differences(dsn, METADATA) == []
    # A second time changes nothing and does not fail.
    await migrate(dsn, MIGRATIONS)


async def test_plants_on_nodes_that_are_gone_stop_the_migration_and_are_named(
    fresh_database: Callable[[str], str],
) -> None:
    dsn = fresh_database("energy_lost_nodes")
    await migrate(dsn, MIGRATIONS, "0080")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(LOST)
        with pytest.raises(RuntimeError, match="JGS-1 since 2026-01-01 at GONE"):
            await migrate(dsn, MIGRATIONS)
        await connection.execute("DELETE FROM plant_connection")
    finally:
        await connection.close()
    await migrate(dsn, MIGRATIONS)
