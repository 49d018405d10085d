"""Sign-ins that are renewed and ended, and second factors. A token lives as long as somebody may be idle."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None


_INSTANT = sa.TIMESTAMP(timezone=True)
_POSITIVE = "max_failures > 0 AND window_seconds > 0 AND lock_seconds > 0 AND token_seconds > 0"


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
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("renewed_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=True),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
    )
    op.create_index(op.f("ix_sign_in_session_account_id"), "sign_in_session", ["account_id"])
    op.create_index(op.f("ix_sign_in_session_expires_at"), "sign_in_session", ["expires_at"])
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("confirmed_at", _INSTANT, nullable=True),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("recovery_hashes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    for name, value in (("version", "1"), ("idle_seconds", "1800"), ("session_seconds", "43200")):
        op.add_column("sign_in_policy", sa.Column(name, sa.Integer(), nullable=False, server_default=value))
        op.alter_column("sign_in_policy", name, server_default=None)
    op.add_column(
        "sign_in_policy", sa.Column("updated_at", _INSTANT, nullable=False, server_default=sa.func.now())
    )
    op.alter_column("sign_in_policy", "updated_at", server_default=None)
    op.add_column("sign_in_policy", sa.Column("second_factor_roles", postgresql.ARRAY(sa.Text()), nullable=True))
    op.drop_constraint(op.f("ck_sign_in_policy_positive"), "sign_in_policy")
    op.create_check_constraint(
        op.f("ck_sign_in_policy_positive"),
        "sign_in_policy",
        f"{_POSITIVE} AND idle_seconds > 0 AND session_seconds > 0",
    )
    # As it was shipped: an hour, in which nobody would have been asked anew. A policy of the site's own stays.
    op.execute("UPDATE sign_in_policy SET token_seconds = 1800 WHERE token_seconds = 3600")


def downgrade() -> None:
    op.execute("UPDATE sign_in_policy SET token_seconds = 3600 WHERE token_seconds = 1800")
    op.drop_constraint(op.f("ck_sign_in_policy_positive"), "sign_in_policy")
    op.create_check_constraint(op.f("ck_sign_in_policy_positive"), "sign_in_policy", _POSITIVE)
    for name in ("second_factor_roles", "updated_at", "session_seconds", "idle_seconds", "version"):
        op.drop_column("sign_in_policy", name)
    op.drop_table("second_factor")
    op.drop_table("sign_in_session")
    op.drop_table("ended_session_replica")
