"""Electricity of regions by month: our own, and what other cells tell of theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0093"
down_revision = "0091"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_month",
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("meters", sa.Integer(), nullable=False),
        sa.Column("present", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.BigInteger(), nullable=False),
        sa.Column("energy_kwh", sa.Float(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cell", "region_code", "month", name=op.f("pk_region_month")),
    )


def downgrade() -> None:
    op.drop_table("region_month")
