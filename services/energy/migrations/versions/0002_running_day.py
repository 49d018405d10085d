"""Snapshots of the running day, and ranks that day rows share."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "running_day",
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=False),
        sa.Column("in_curves", sa.LargeBinary(), nullable=False),
        sa.Column("revisions", sa.LargeBinary(), nullable=True),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("block", "day", "quantity", "slots", name=op.f("pk_running_day")),
    )
    op.create_index("ix_running_day_open", "running_day", ["day"], postgresql_where=sa.text("NOT is_closed"))
    op.create_table(
        "snapshot",
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("quantity", sa.SmallInteger(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("load_kw", sa.LargeBinary(), nullable=False),
        sa.Column("quality", sa.LargeBinary(), nullable=True),
        sa.Column("rank_gaps", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("block", "day", "quantity", "slots", "slot", name=op.f("pk_snapshot")),
    )
    # Two rows of 1,000 values fill a page: in line and as they are, for floats hardly get smaller by compression.
    op.execute("ALTER TABLE snapshot ALTER COLUMN load_kw SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE snapshot SET (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05)")
    op.create_table(
        "rank_profile",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("gaps", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rank_profile")),
    )


def downgrade() -> None:
    # The release before knows day rows only: what still runs must be closed first, by the job or at its day's end.
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM snapshot)")):
        raise RuntimeError(
            "there are values of running days: let the job days.close turn them into day rows first"
        )
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM rank_profile)")):
        op.execute(
            """
            UPDATE curve_day AS c SET slot_ranks = p.gaps FROM rank_profile AS p
            WHERE length(c.slot_ranks) = 8 AND p.id = (
                SELECT sum(get_byte(c.slot_ranks, place)::bigint << (8 * place)) FROM generate_series(0, 7) AS place
            )
            """
        )
    op.drop_table("rank_profile")
    op.drop_table("snapshot")
    op.drop_index("ix_running_day_open", table_name="running_day")
    op.drop_table("running_day")
