"""Benchmarks of the energy service, replicated for the gate."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "energy_benchmark_replica",
        sa.Column("benchmark_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("sector_code", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("product_code", sa.String(), nullable=False),
        sa.Column("product_unit", sa.String(), nullable=False),
        sa.Column("factor_kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("limit_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("entry_value", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("advanced_value", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("benchmark_id", name=op.f("pk_energy_benchmark_replica")),
    )
    op.create_index(
        "ix_energy_benchmark_replica_basis", "energy_benchmark_replica", ["basis", "product_unit"], unique=False
    )


def downgrade() -> None:
    op.drop_table("energy_benchmark_replica")
