"""Models and migrations of the energy service agree."""

from collections.abc import Callable

import asyncpg
import numpy as np
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


VALUES = [0.1, -2.5, 0.0, 1e-42, 3.4e38, 1234.56, float("nan"), float("inf"), float("-inf"), -1e-38]


async def test_curves_keep_every_bit_when_their_values_become_bytes(fresh_database: Callable[[str], str]) -> None:
    dsn = fresh_database("energy_curve_bytes")
    await migrate(dsn, MIGRATIONS, "0086")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE curve_day_p_202601 PARTITION OF curve_day DEFAULT")
        await connection.execute(
            "INSERT INTO curve_day (meter_index, quantity, day, slots, present, energy_kwh, peak_kw, rank, "
            "revision, load_kw) VALUES (1, 1, '2026-01-01', $1, 1, 1, 1, 1, 0, $2)",
            len(VALUES),
            VALUES,
        )
        await connection.close()
        await migrate(dsn, MIGRATIONS)
        connection = await asyncpg.connect(dsn)
        packed = await connection.fetchval("SELECT load_kw FROM curve_day")
        assert packed == np.array(VALUES, "<f4").tobytes()
        shown = await connection.fetchval("SELECT load_kw FROM curve_values")
        assert np.array(shown, "<f4").tobytes() == packed
    finally:
        await connection.close()
