"""Documents with their content; the history by time; webhook subscriptions and their deliveries."""

import sqlalchemy as sa
from alembic import op

from libs.common.security.append_only import append_only_ddl

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _documents()
    op.create_index("ix_project_change_at", "project_change", ["at"])


def downgrade() -> None:
    op.drop_index("ix_project_change_at", table_name="project_change")
    for table in ("document", "document_chunk", "document_content"):
        op.drop_table(table)


def _documents() -> None:
    op.create_table(
        "document_content",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", _INSTANT, nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_content_sha256_hex")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_document_content_not_empty")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_document_content")),
    )
    op.create_table(
        "document_chunk",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"], ["document_content.sha256"], name=op.f("fk_document_chunk_sha256_document_content")
        ),
        sa.PrimaryKeyConstraint("sha256", "number", name=op.f("pk_document_chunk")),
    )
    # Nearly all kinds of files are compressed already; a second pass would cost time and save nothing.
    op.execute("ALTER TABLE document_chunk ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "document",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_type", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("charset", sa.String(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        sa.Column("uploaded_by", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
            name=op.f("ck_document_withdrawn_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["document_content.sha256"], name=op.f("fk_document_sha256_document_content")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_owner", "document", ["owner_type", "owner_id"])
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"])
    for statement in append_only_ddl("document_content", "document_chunk"):
        op.execute(statement)
