"""A browser's subscription is known again. Those from before are not, until they subscribe anew."""

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channel", sa.Column("endpoint_hash", sa.String(), nullable=True))
    op.create_index(
        "uq_channel_endpoint_hash",
        "channel",
        ["endpoint_hash"],
        unique=True,
        postgresql_where=sa.text("endpoint_hash IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_channel_endpoint_hash", "channel")
    op.drop_column("channel", "endpoint_hash")
