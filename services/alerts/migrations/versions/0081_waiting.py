"""Reminders of what waits: for its verification too long (days are data), and swaps of duty for an answer.

Swaps of before are taken as told. Three working days, then every second one, are a choice.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0061"
branch_labels = None
depends_on = None

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    limits = op.create_table(
        "verification_limit",
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("repeat_days", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("days > 0 AND repeat_days > 0", name=op.f("ck_verification_limit_positive")),
        sa.PrimaryKeyConstraint("region_code", "valid_from", name=op.f("pk_verification_limit")),
    )
    op.bulk_insert(
        limits,
        [{"region_code": "", "valid_from": _BEGINNING, "days": 3, "repeat_days": 2, "changed_by": "shipped"}],
    )
    op.create_index(
        "ix_alert_unverified",
        "alert",
        ["resolved_at"],
        postgresql_where=sa.text("status = 'resolved' AND verified_at IS NULL AND merged_into IS NULL"),
    )
    op.add_column("duty_swap", sa.Column("told_state", sa.String(), nullable=True))
    op.execute("UPDATE duty_swap SET told_state = state")
    op.create_index(
        "ix_duty_swap_untold",
        "duty_swap",
        ["proposed_at"],
        postgresql_where=sa.text("told_state IS DISTINCT FROM state"),
    )


def downgrade() -> None:
    op.drop_index("ix_duty_swap_untold", table_name="duty_swap")
    op.drop_column("duty_swap", "told_state")
    op.drop_index("ix_alert_unverified", table_name="alert")
    op.drop_table("verification_limit")
