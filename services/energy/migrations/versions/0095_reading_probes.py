"""Probes of the readings' way: how far they came, by partition."""

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_probe",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("met", sa.BigInteger(), nullable=False),
        sa.Column("is_stored", sa.Boolean(), nullable=True),
        sa.Column("is_judged", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("partition", name=op.f("pk_reading_probe")),
    )


def downgrade() -> None:
    op.drop_table("reading_probe")
