"""Situations of the grid and beyond; the grid by what holds when; balances and their levels."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "situation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_code", sa.String(), nullable=False),
        sa.Column("subject_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_person_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_unit_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("highest_level", sa.SmallInteger(), nullable=False),
        sa.Column("expected_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("gap_percent", sa.Float(), nullable=True),
        sa.Column("gap_kw", sa.Float(), nullable=True),
        sa.Column("reference_on", sa.Date(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("planned", sa.Float(), nullable=True),
        sa.Column("actual", sa.Float(), nullable=True),
        sa.Column("explanation_zh", sa.String(), nullable=False),
        sa.Column("explanation_en", sa.String(), nullable=False),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("cleared_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("(cleared_at IS NULL) = (cleared_reason IS NULL)", name=op.f("ck_situation_cleared")),
        sa.CheckConstraint("cleared_at IS NULL OR cleared_at >= opened_at", name=op.f("ck_situation_order")),
        sa.CheckConstraint(
            "level BETWEEN 1 AND 4 AND highest_level BETWEEN level AND 4", name=op.f("ck_situation_level")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_situation")),
    )
    op.create_index("ix_situation_opened_at", "situation", ["opened_at"], unique=False)
    op.create_index(
        "ix_situation_region",
        "situation",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_situation_subject", "situation", ["subject_id", "opened_at"], unique=False)
    op.create_index(
        "uq_situation_open",
        "situation",
        ["subject_id", "kind"],
        unique=True,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )


def downgrade() -> None:
    for name in ("situation",):
        op.drop_table(name)
