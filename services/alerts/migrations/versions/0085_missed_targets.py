"""Missed targets in the ledger of accountability (S7, S28): entries without an alert, and what became of them.

What was missed before the ledger listened comes from the topic, as far back as Kafka keeps it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_TABLES = ("accountability_miss", "accountability_edition_miss")
_OF_ALERTS = ("alert_id", "alert_number", "severity", "trail_seq", "basis_seq")
_STATUS = "ck_accountability_miss_status_known"


def upgrade() -> None:
    for table in _TABLES:
        for column in _OF_ALERTS:
            op.alter_column(table, column, nullable=True)
        op.add_column(table, sa.Column("target", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("accountability_miss", sa.Column("source_id", sa.Uuid(), nullable=True))
    op.add_column("accountability_miss", sa.Column("source_version", sa.Integer(), nullable=True))
    op.create_index("uq_accountability_miss_source", "accountability_miss", ["source_id"], unique=True)
    op.drop_constraint(op.f(_STATUS), "accountability_miss", type_="check")
    op.create_check_constraint(
        op.f(_STATUS), "accountability_miss", "status IN ('counted', 'excluded', 'reassigned', 'lifted')"
    )
    op.create_check_constraint(
        op.f("ck_accountability_miss_one_source"),
        "accountability_miss",
        "CASE WHEN source_id IS NULL"
        " THEN num_nulls(alert_id, alert_number, severity, trail_seq, basis_seq) = 0"
        " ELSE alert_id IS NULL AND num_nulls(source_version, target) = 0 END",
    )
    op.create_table(
        "accountability_step",
        sa.Column("miss_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("target", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["miss_id"],
            ["accountability_miss.id"],
            name=op.f("fk_accountability_step_miss_id_accountability_miss"),
        ),
        sa.PrimaryKeyConstraint("miss_id", "version", name=op.f("pk_accountability_step")),
    )
    for statement in append_only_ddl("accountability_step"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("accountability_step")
    # Entries without an alert cannot stay, and neither can what was decided about them.
    _delete(
        "accountability_correction",
        "miss_id IN (SELECT id FROM accountability_miss WHERE source_id IS NOT NULL)",
    )
    _delete("accountability_edition_miss", "alert_id IS NULL")
    op.execute("DELETE FROM accountability_miss WHERE source_id IS NOT NULL")
    op.drop_constraint(op.f("ck_accountability_miss_one_source"), "accountability_miss", type_="check")
    op.drop_constraint(op.f(_STATUS), "accountability_miss", type_="check")
    op.create_check_constraint(
        op.f(_STATUS), "accountability_miss", "status IN ('counted', 'excluded', 'reassigned')"
    )
    op.drop_index("uq_accountability_miss_source", table_name="accountability_miss")
    op.drop_column("accountability_miss", "source_version")
    op.drop_column("accountability_miss", "source_id")
    for table in _TABLES:
        op.drop_column(table, "target")
        for column in _OF_ALERTS:
            op.alter_column(table, column, nullable=False)


def _delete(table: str, condition: str) -> None:
    """From a table that is append-only otherwise."""
    trigger = f"{table}_append_only"
    op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    op.execute(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608 - our own texts
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
