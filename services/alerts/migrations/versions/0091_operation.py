"""Events set aside as poison are seen, mended, replayed once or discarded; the heartbeat; shifts handed over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from libs.common.security.append_only import append_only_ddl

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("log_offset", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("event_type", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("record_key", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("left_behind", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_value", sa.LargeBinary(), nullable=True),
        sa.Column("edited_headers", postgresql.JSONB(), nullable=True),
        sa.Column("edited_by", sa.String(), nullable=True),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("edit_reason", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("settle_reason", sa.Text(), nullable=True),
        sa.Column("took_effect", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'replayed', 'discarded')", name=op.f("ck_dead_letter_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
    )
    op.create_index(
        "ix_dead_letter_waiting", "dead_letter", ["received_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_index(
        "ix_dead_letter_region_code",
        "dead_letter",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )

    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("came_round", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "duty_handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("roster_code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("giver_id", sa.Uuid(), nullable=False),
        sa.Column("taker_id", sa.Uuid(), nullable=False),
        sa.Column("statement", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("giver_id <> taker_id", name=op.f("ck_duty_handover_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_handover")),
    )
    op.create_index(op.f("ix_duty_handover_given_at"), "duty_handover", ["given_at"])
    op.create_index(
        "ix_duty_handover_region_code",
        "duty_handover",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "duty_takeover",
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["duty_handover.id"], name=op.f("fk_duty_takeover_handover_id_duty_handover")
        ),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_duty_takeover")),
    )
    for statement in append_only_ddl("duty_handover", "duty_takeover"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("duty_takeover")
    op.drop_table("duty_handover")
    op.drop_table("heartbeat")
    op.drop_table("dead_letter")
