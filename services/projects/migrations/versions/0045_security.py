"""Passwords that are given, run out and are not used again; attempts by address; days on which keys were used."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
# What passwords had to be until now, and what NIST SP 800-63B advises: none runs out.
_POLICY = {
    "password_min_length": "10",
    "password_history": "5",
    "max_address_failures": "100",
    "alarm_locked_names": "5",
}


def upgrade() -> None:
    op.add_column("account", sa.Column("password_given", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column("account", sa.Column("password_set_at", _INSTANT, nullable=False, server_default=sa.func.now()))
    for name in ("password_given", "password_set_at"):
        op.alter_column("account", name, server_default=None)
    op.create_table(
        "password_history",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("replaced_at", _INSTANT, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_password_history_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "replaced_at", name=op.f("pk_password_history")),
    )
    op.create_table(
        "sign_in_address",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("locked_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sign_in_address")),
    )
    op.create_index(op.f("ix_sign_in_address_since"), "sign_in_address", ["since"])
    for name, value in _POLICY.items():
        op.add_column("sign_in_policy", sa.Column(name, sa.Integer(), nullable=False, server_default=value))
        op.alter_column("sign_in_policy", name, server_default=None)
    op.add_column("sign_in_policy", sa.Column("password_days", sa.Integer(), nullable=True))
    op.add_column("sign_in_policy", sa.Column("change_given_passwords", sa.Boolean(), nullable=True))
    op.create_check_constraint(
        op.f("ck_sign_in_policy_passwords"),
        "sign_in_policy",
        "password_min_length BETWEEN 8 AND 64 AND password_history BETWEEN 0 AND 24 AND password_days > 0"
        " AND max_address_failures > 0 AND alarm_locked_names > 0",
    )
    op.create_table(
        "api_key_use",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key_use")),
    )


def downgrade() -> None:
    op.drop_table("api_key_use")
    op.drop_constraint(op.f("ck_sign_in_policy_passwords"), "sign_in_policy")
    for name in ("change_given_passwords", "password_days", *_POLICY):
        op.drop_column("sign_in_policy", name)
    op.drop_table("sign_in_address")
    op.drop_table("password_history")
    for name in ("password_set_at", "password_given"):
        op.drop_column("account", name)
