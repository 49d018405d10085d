"""Key projects are designated in the ledger alone; the search knows further regions and what is a project's."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("key_project")
    op.add_column("search_entry", sa.Column("also_regions", sa.String(), nullable=False, server_default=""))
    op.alter_column("search_entry", "also_regions", server_default=None)
    op.create_index("ix_search_entry_project_id", "search_entry", ["project_id"])


def downgrade() -> None:
    # What the release before did not index, its rebuild would not take away.
    op.execute("DELETE FROM search_entry WHERE type IN ('problem', 'meeting', 'document', 'lead')")
    op.drop_index("ix_search_entry_project_id", table_name="search_entry")
    op.drop_column("search_entry", "also_regions")
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
