"""Sign-ins that were ended: their tokens are void here too."""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_session_replica",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("not_after", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_ended_session_replica")),
    )
    op.create_index(op.f("ix_ended_session_replica_subject"), "ended_session_replica", ["subject"])
    op.create_index(op.f("ix_ended_session_replica_not_after"), "ended_session_replica", ["not_after"])


def downgrade() -> None:
    op.drop_table("ended_session_replica")
