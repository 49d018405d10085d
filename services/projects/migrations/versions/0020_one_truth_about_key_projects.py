"""Key projects are designated in the ledger alone; the leadership's own designations go."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("key_project")


def downgrade() -> None:
    op.create_table(
        "key_project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_key_project_ends_not_before_it_begins")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_key_project_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_project")),
    )
    op.create_index(op.f("ix_key_project_project_id"), "key_project", ["project_id"], unique=False)
    op.create_index(
        "uq_key_project_open",
        "key_project",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
