"""Tables that the database itself refuses to change: evidence needs more than our good behaviour."""

from __future__ import annotations

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""


def append_only_ddl(*tables: str) -> list[str]:
    """Statements for a migration, each to be executed on its own: UPDATE, DELETE and TRUNCATE will fail.

    ``for statement in append_only_ddl("audit_record", "audit_link"): op.execute(statement)``
    """
    statements = [_FUNCTION]
    for table in tables:
        name = f"{table}_append_only"
        statements += [
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            # "Always": also when a superuser's connection plays a replica, which skips ordinary triggers.
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ]
    return statements
