"""Signing in by 企业微信 and 钉钉: our applications there, identities linked to accounts, tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_platform",
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("app_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("api_url", sa.String(), nullable=True),
        sa.Column("authorize_url", sa.String(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('wecom', 'dingtalk')", name=op.f("ck_sign_in_platform_kind_known")),
        sa.CheckConstraint("agent_id IS NULL OR kind = 'wecom'", name=op.f("ck_sign_in_platform_agent_of_wecom")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_platform")),
        sa.UniqueConstraint("name", name=op.f("uq_sign_in_platform_name")),
    )
    op.create_table(
        "linked_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.Column("linked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["sign_in_platform.id"], name=op.f("fk_linked_identity_platform_id_sign_in_platform")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_linked_identity_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_identity")),
        sa.UniqueConstraint("platform_id", "user_id", name=op.f("uq_linked_identity_platform_id_user_id")),
        sa.UniqueConstraint("platform_id", "account_id", name=op.f("uq_linked_identity_platform_id_account_id")),
    )
    op.create_index(op.f("ix_linked_identity_account_id"), "linked_identity", ["account_id"])
    op.create_table(
        "platform_ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("platform_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["sign_in_platform.id"], name=op.f("fk_platform_ticket_platform_id_sign_in_platform")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_ticket")),
    )
    op.create_index(op.f("ix_platform_ticket_expires_at"), "platform_ticket", ["expires_at"])


def downgrade() -> None:
    op.drop_table("platform_ticket")
    op.drop_table("linked_identity")
    op.drop_table("sign_in_platform")
