"""Conditions of all kinds: how long they lasted; the detector's clock. Its states are learned anew from the log.

The memory of the detector has another layout now, so checkpoints of the earlier one are dropped and the worker
replays what the topic retains.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("condition", sa.Column("lasted_minutes", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("condition", "lasted_minutes", server_default=None)
    op.execute("DELETE FROM detector_state")
    op.execute("DELETE FROM detector_checkpoint")
    op.add_column("detector_checkpoint", sa.Column("clock", sa.BigInteger(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM detector_state")
    op.execute("DELETE FROM detector_checkpoint")
    op.drop_column("detector_checkpoint", "clock")
    op.execute("DELETE FROM condition WHERE kind <> 'spike'")
    op.drop_column("condition", "lasted_minutes")
