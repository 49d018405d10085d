"""Sign-ins that the site's own issuer ended, tokens that it revoked, and logout tokens that were used."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ended_issuer_session",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=False),
        sa.Column("not_after", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_ended_issuer_session")),
    )
    op.create_index(op.f("ix_ended_issuer_session_not_after"), "ended_issuer_session", ["not_after"])
    op.create_table(
        "issuer_revocation",
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("revocations", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder_id", name=op.f("pk_issuer_revocation")),
    )
    op.create_table(
        "used_logout_token",
        sa.Column("jti_hash", sa.String(), nullable=False),
        sa.Column("forget_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("jti_hash", name=op.f("pk_used_logout_token")),
    )
    op.create_index(op.f("ix_used_logout_token_forget_at"), "used_logout_token", ["forget_at"])


def downgrade() -> None:
    op.drop_table("used_logout_token")
    op.drop_table("issuer_revocation")
    op.drop_table("ended_issuer_session")
