"""The search's index and saved filters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("offices_only", sa.Boolean(), nullable=False),
        sa.Column("title_key", sa.String(), nullable=False),
        sa.Column("code_key", sa.String(), nullable=False),
        sa.Column("body_key", sa.String(), nullable=False),
        sa.Column("heading_terms", postgresql.TSVECTOR(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("id", "type", name="pk_search_entry"),
    )
    for name in ("heading_terms", "terms"):
        # A short waiting list: entries go in many at a time, and a search reads no more than that beside the index.
        op.create_index(
            f"ix_search_entry_{name}",
            "search_entry",
            [name],
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": "512"},
        )
    for name in ("title_key", "code_key", "type", "enterprise_id"):
        op.create_index(f"ix_search_entry_{name}", "search_entry", [name])
    op.create_index(
        "ix_search_entry_region_prefix",
        "search_entry",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "saved_filter",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(visibility = 'region') = (region_code IS NOT NULL)", name="ck_saved_filter_shared_with_a_region"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter"),
        sa.UniqueConstraint("owner", "entity", "name", name="uq_saved_filter_owner_entity_name"),
    )
    op.create_index(
        "ix_saved_filter_region_prefix",
        "saved_filter",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )


def downgrade() -> None:
    op.drop_table("saved_filter")
    op.drop_table("search_entry")
