"""Fills every table of a database with a few rows that its constraints allow, whatever its revision.

Row *n* has in every column the value *n* of the column's type, so keys of other tables lead to row *n* there.
Where a check constraint wants something else, values are drawn from what the constraint itself names.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

ROWS = 3
_TRIES = 400
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull,
    a.attidentity <> '' OR a.attgenerated <> '' AS given, c.relkind::text AS kind
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname <> 'alembic_version'
ORDER BY c.relname, a.attnum
"""
_CHECKS = """
SELECT conrelid::regclass::text AS relname, conname, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
_FOREIGN = """
SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,
    (SELECT array_agg(attname::text ORDER BY k) FROM unnest(conkey) WITH ORDINALITY AS u (n, k)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = n) AS child_columns,
    (SELECT array_agg(attname::text ORDER BY k) FROM unnest(confkey) WITH ORDINALITY AS u (n, k)
        JOIN pg_attribute ON attrelid = confrelid AND attnum = n) AS parent_columns
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Schema:
    """Columns of each table by name; those that the database gives itself (identities) included."""

    tables: Mapping[str, Mapping[str, Column]]
    given: frozenset[tuple[str, str]]
    partitioned: frozenset[str]


async def schema_of(connection: asyncpg.Connection) -> Schema:
    tables: dict[str, dict[str, Column]] = {}
    given, partitioned = set(), set()
    for row in await connection.fetch(_COLUMNS):
        tables.setdefault(row["relname"], {})[row["attname"]] = Column(
            row["attname"], row["type"], row["attnotnull"]
        )
        if row["given"]:
            given.add((row["relname"], row["attname"]))
        if row["kind"] == "p":
            partitioned.add(row["relname"])
    return Schema(tables, frozenset(given), frozenset(partitioned))


async def fill(connection: asyncpg.Connection, seed: int = 18) -> list[str]:
    """Insert the rows; returns the tables that took none."""
    schema = await schema_of(connection)
    checks = {(row["relname"], row["conname"]): row["definition"] for row in await connection.fetch(_CHECKS)}
    draw = random.Random(seed)
    # Parents may come after their children here; what has none in the end goes again below.
    await connection.execute("SET session_replication_role = replica")
    for table in schema.tables:
        if table in schema.partitioned:
            await connection.execute(f'CREATE TABLE "{table}_rest" PARTITION OF "{table}" DEFAULT')
        for number in range(1, ROWS + 1):
            await _insert(connection, schema, checks, table, number, draw)
    await _drop_orphans(connection)
    await connection.execute("SET session_replication_role = DEFAULT")
    return [
        table for table in schema.tables if not await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")')
    ]


async def _insert(
    connection: asyncpg.Connection,
    schema: Schema,
    checks: Mapping[tuple[str, str], str],
    table: str,
    number: int,
    draw: random.Random,
) -> None:
    columns = [column for name, column in schema.tables[table].items() if (table, name) not in schema.given]
    values: dict[str, str | None] = {column.name: _first(column, number) for column in columns}
    by_name = {column.name: column for column in columns}
    names = ", ".join(f'"{name}"' for name in values)
    before = dict(values)
    for _ in range(_TRIES):
        row = ", ".join(
            "NULL" if value is None else f"'{value}'::{by_name[name].type}" for name, value in values.items()
        )
        try:
            await connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({row}) ON CONFLICT DO NOTHING')
        except asyncpg.CheckViolationError as error:
            definition = checks[error.table_name or table, error.constraint_name or ""]
            # Its own key stays: by it others lead here.
            named = [name for name in by_name if name != "id" and re.search(rf"\b{name}\b", definition)]
            if not named:
                return
            before = dict(values)
            changed = draw.choice(named)
            values[changed] = draw.choice(_candidates(by_name[changed], definition, number))
        except asyncpg.DataError:
            # The last change was none that the type allows, or a check wants a list where an object is.
            objects = [name for name, value in values.items() if value == "{}" and "json" in by_name[name].type]
            if values == before and not objects:
                return
            if objects and (values == before or draw.random() < 0.5):
                values[draw.choice(objects)] = "[{}]"
            else:
                values = dict(before)
        else:
            return


def _first(column: Column, number: int) -> str:
    return f"{number:064x}" if _is_digest(column) else _literal(column.type, number)


def _is_digest(column: Column) -> bool:
    """It leads to a content, whose own is checked."""
    return column.name.endswith("sha256") and column.type.startswith(("text", "character"))


def _literal(kind: str, number: int) -> str:
    day = f"2026-01-{number:02d}"
    base = kind.split("(", maxsplit=1)[0]
    if kind.endswith("[]"):
        return "{}"
    return {
        "uuid": f"00000000-0000-0000-0000-{number:012d}",
        "boolean": "true",
        "date": day,
        "timestamp with time zone": f"{day}T00:00:00Z",
        "time without time zone": f"0{number}:00",
        "interval": f"{number} days",
        "bytea": f"\\x0{number}000000",
        "jsonb": "{}",
        "json": "{}",
        "daterange": f"[{day},2026-02-01)",
        "tstzrange": f"[{day},2026-02-01)",
        "int4range": f"[{number},9)",
        "inet": f"127.0.0.{number}",
        "character varying": f"x{number}",
        "text": f"x{number}",
        "tsvector": f"x{number}",
    }.get(base, str(number))


def _candidates(column: Column, definition: str, number: int) -> list[str | None]:
    found: list[str | None] = [_first(column, number)]
    if not column.required:
        found.append(None)
    if _is_digest(column):
        # Another text would lead nowhere.
        return found
    if column.type.endswith("[]"):
        found += ["{" + ",".join(["1"] * length) + "}" for length in (1, 12, 24, 96)]
        found += ["{" + text + "}" for text in re.findall(r"'(\w+)'", definition)]
    elif column.type == "text" or column.type.startswith("character"):
        found += [text for text in re.findall(r"'([^']*)'", definition) if "\\" not in text and "[" not in text]
        found += ["421224", "2026-01", f"{number:064x}", ""]
    elif column.type in {"integer", "bigint", "smallint", "double precision", "real"} or "numeric" in column.type:
        found += [*re.findall(r"\b\d+\b", definition), "0", "0.5", "1", "15", "24", "96", "2026"]
    elif column.type == "boolean":
        found += ["true", "false"]
    elif column.type in {"date", "timestamp with time zone"}:
        found += ["2026-01-01", "2026-02-01", "2026-12-31"]
    elif column.type.startswith("json"):
        found += ["{}", "[]", "[{}]"]
    elif column.type == "bytea":
        found += ["\\x", "\\x" + "00" * 32]
    elif column.type == "uuid":
        found += [_literal("uuid", number % ROWS + 1)]
    return found


async def _drop_orphans(connection: asyncpg.Connection) -> None:
    foreign = await connection.fetch(_FOREIGN)
    gone = True
    while gone:
        gone = False
        for row in foreign:
            pairs = list(zip(row["child_columns"], row["parent_columns"], strict=True))
            whole = " AND ".join(f'c."{name}" IS NOT NULL' for name, _ in pairs)
            same = " AND ".join(f'p."{theirs}" = c."{ours}"' for ours, theirs in pairs)
            statement = (
                f"DELETE FROM {row['child']} AS c WHERE {whole} AND NOT EXISTS "
                f"(SELECT FROM {row['parent']} AS p WHERE {same})"
            )
            try:
                gone = await connection.execute(statement) != "DELETE 0" or gone
            except asyncpg.InsufficientPrivilegeError:
                continue  # append-only, whoever asks
