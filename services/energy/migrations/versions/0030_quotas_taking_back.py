"""Edits that take values back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "curve_edit", sa.Column("before_rank", postgresql.ARRAY(sa.BigInteger(), dimensions=1), nullable=True)
    )
    op.add_column(
        "curve_edit", sa.Column("after_quality", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("curve_edit", "after_quality")
    op.drop_column("curve_edit", "before_rank")
