"""An upgrade from the last release: filled databases migrated forward, both versions side by side meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from libs.common.database import migrate
from tests.support.filling import Schema, fill, schema_of

ROOT = Path(__file__).parents[3]
RELEASE: dict[str, str] = json.loads((ROOT / "deploy/local/releases.json").read_text())["migrations"]

# What a migration since the last release did that the release before does not stand, and why it may. `table` or
# `table.column`; who adds a line here lets the service of that table stop while it is migrated.
_ONE_ROW = "0042, 0045, 0049: the policy is one row that ships with the tables; old code changes it and adds none"
_ACCOUNTS = "0045: an account made by old code after the migration is refused; nobody loses one that is there"
STOPS_THE_OLD = {
    # Compared bit by bit by test_curves_keep_every_bit_when_their_values_become_bytes.
    "curve_day.load_kw": "0091: values rest as bytes, months are rewritten (decision 0091)",
    "account.password_given": _ACCOUNTS,
    "account.password_set_at": _ACCOUNTS,
    "sign_in_policy.version": _ONE_ROW,
    "sign_in_policy.idle_seconds": _ONE_ROW,
    "sign_in_policy.session_seconds": _ONE_ROW,
    "sign_in_policy.updated_at": _ONE_ROW,
    "sign_in_policy.password_min_length": _ONE_ROW,
    "sign_in_policy.password_history": _ONE_ROW,
    "sign_in_policy.max_address_failures": _ONE_ROW,
    "sign_in_policy.alarm_locked_names": _ONE_ROW,
    "sign_in_policy.known_place_days": _ONE_ROW,
    "sign_in_policy.alarm_refusals": _ONE_ROW,
    "sign_in_policy.alarm_refusals_seconds": _ONE_ROW,
}
# Columns whose values a migration changes on purpose.
CHANGED_VALUES = {
    "sign_in_policy.token_seconds": "0042: the shipped hour becomes half an hour; a site's own value stays",
}
# Tables whose constraints no generated row satisfies; each has a test of its own.
NOT_FILLED: dict[str, str] = {}

Rows = dict[str, list[dict[str, Any]]]


async def rows_of(connection: asyncpg.Connection, schema: Schema) -> Rows:
    """Every row as text by column, in an order that does not depend on where it stands."""
    found: Rows = {}
    for table, columns in schema.tables.items():
        texts = ", ".join(f'"{name}"::text' for name in columns)
        rows = [dict(row) for row in await connection.fetch(f'SELECT {texts} FROM "{table}"')]
        found[table] = sorted(rows, key=repr)
    return found


@pytest.mark.parametrize("service", sorted(RELEASE))
async def test_filled_database_of_the_last_release_is_migrated_and_still_serves_it(
    service: str, fresh_database: Callable[[str], str]
) -> None:
    dsn = fresh_database(f"upgrade_{service}")
    scripts = import_module(f"services.{service}.bootstrap").MIGRATIONS
    await migrate(dsn, scripts, RELEASE[service])
    connection = await asyncpg.connect(dsn)
    try:
        empty = await fill(connection)
        assert [table for table in empty if table not in NOT_FILLED] == []
        old = await schema_of(connection)
        before = await rows_of(connection, old)
        await connection.close()

        await migrate(dsn, scripts)

        connection = await asyncpg.connect(dsn)
        new = await schema_of(connection)
        assert broken_for_the_old(old, new, await defaults_of(connection)) <= set(STOPS_THE_OLD)
        kept = Schema(
            {
                table: {
                    name: column
                    for name, column in columns.items()
                    if name in new.tables[table]
                    and new.tables[table][name].type == column.type
                    and f"{table}.{name}" not in CHANGED_VALUES
                }
                for table, columns in old.tables.items()
                if table in new.tables
            },
            frozenset(),
            frozenset(),
        )
        after = await rows_of(connection, kept)
        for table, rows in after.items():
            wanted = sorted(({name: row[name] for name in kept.tables[table]} for row in before[table]), key=repr)
            missing = [row for row in wanted if row not in rows]
            assert missing == [], f"{table} lost or changed {missing[0]}"
    finally:
        await connection.close()


async def defaults_of(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    """Columns that fill themselves when an INSERT does not name them."""
    rows = await connection.fetch(
        "SELECT attrelid::regclass::text AS name, attname "
        "FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND attnum > 0 "
        "AND (atthasdef OR attidentity <> '' OR attgenerated <> '')"
    )
    return {(row["name"].strip('"'), row["attname"]) for row in rows}


def broken_for_the_old(old: Schema, new: Schema, defaults: set[tuple[str, str]]) -> set[str]:
    """What the old code's statements would stumble over: tables, columns and types that are gone, new demands."""
    found = set()
    for table, columns in old.tables.items():
        if table not in new.tables:
            found.add(table)
            continue
        for name, column in columns.items():
            other = new.tables[table].get(name)
            if other is None or other.type != column.type or (other.required and not column.required):
                found.add(f"{table}.{name}")
        for name, column in new.tables[table].items():
            if name not in columns and column.required and (table, name) not in defaults:
                found.add(f"{table}.{name}")
    return found
