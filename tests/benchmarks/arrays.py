"""Day rows with their values as arrays, for references in SQL: the product keeps them as bytes."""

from __future__ import annotations

import asyncpg

TABLE = "bench_arrays"


async def spread(connection: asyncpg.Connection) -> None:
    """Fill ``bench_arrays`` with what stands in ``curve_day``: meter_index, quantity, day, load_kw real[]."""
    await connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    await connection.execute(
        f"CREATE TABLE {TABLE} AS SELECT meter_index, quantity, day, load_kw FROM curve_values"
    )
    await connection.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (meter_index, quantity, day)")
    await connection.execute(f"ANALYZE {TABLE}")
