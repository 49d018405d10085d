"""Places that names sign in from, and refusals of callers by the minute, with what of them is told."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
# A quarter of a year covers a leave; a person who mistypes is refused some ten times, a program that tries ids
# hundreds of times within minutes.
_POLICY = {"known_place_days": "90", "alarm_refusals": "200", "alarm_refusals_seconds": "600"}


def upgrade() -> None:
    op.create_table(
        "sign_in_place",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("signed_in_at", _INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("locked_until", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("username", "place", name=op.f("pk_sign_in_place")),
    )
    op.create_index(op.f("ix_sign_in_place_signed_in_at"), "sign_in_place", ["signed_in_at"])
    op.create_table(
        "caller_refusals",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("minute", _INSTANT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "minute", name=op.f("pk_caller_refusals")),
    )
    op.create_index(op.f("ix_caller_refusals_minute"), "caller_refusals", ["minute"])
    for name, value in _POLICY.items():
        op.add_column("sign_in_policy", sa.Column(name, sa.Integer(), nullable=False, server_default=value))
        op.alter_column("sign_in_policy", name, server_default=None)
    op.create_check_constraint(
        op.f("ck_sign_in_policy_places"), "sign_in_policy", "known_place_days BETWEEN 0 AND 3650"
    )
    op.create_check_constraint(
        op.f("ck_sign_in_policy_refusals"),
        "sign_in_policy",
        "alarm_refusals > 0 AND alarm_refusals_seconds BETWEEN 60 AND 86400",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_sign_in_policy_refusals"), "sign_in_policy")
    op.drop_constraint(op.f("ck_sign_in_policy_places"), "sign_in_policy")
    for name in _POLICY:
        op.drop_column("sign_in_policy", name)
    op.drop_table("caller_refusals")
    op.drop_table("sign_in_place")
