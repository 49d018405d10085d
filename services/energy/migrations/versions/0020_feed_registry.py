"""The registry of feeds; receipts by transport, name and meter; refused bodies; all rejections; discards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

# Priorities that were set by hand before: registered by the name their values came under.
ADOPTED = """
UPDATE feed_source SET
    id = gen_random_uuid(), code = 'adopted-' || substr(md5(source), 1, 12), name = source,
    owner = '', transport = 'http', kind = 'files',
    format = '', source_name = substring(source from '[^/]*$'), connection = '{}', workdays_only = false,
    grace_minutes = 0, silent_after_minutes = 0, is_active = true, version = 1,
    created_at = timestamptz '2000-01-01 00:00Z', changed_at = timestamptz '2000-01-01 00:00Z',
    changed_by = 'migration', watched_from = timestamptz '2000-01-01 00:00Z',
    state = 'unscheduled', state_since = timestamptz '2000-01-01 00:00Z'
"""

_TIME = sa.TIMESTAMP(timezone=True)
_REQUIRED = (
    ("id", sa.Uuid()),
    ("code", sa.String()),
    ("name", sa.String()),
    ("owner", sa.String()),
    ("transport", sa.String()),
    ("kind", sa.String()),
    ("format", sa.String()),
    ("source_name", sa.String()),
    ("connection", postgresql.JSONB()),
    ("workdays_only", sa.Boolean()),
    ("grace_minutes", sa.Integer()),
    ("silent_after_minutes", sa.Integer()),
    ("is_active", sa.Boolean()),
    ("version", sa.Integer()),
    ("created_at", _TIME),
    ("changed_at", _TIME),
    ("changed_by", sa.String()),
    ("watched_from", _TIME),
    ("state", sa.String()),
    ("state_since", _TIME),
)
_OPTIONAL = (
    ("region_code", sa.String()),
    ("enterprise_id", sa.Uuid()),
    ("key_id", sa.Uuid()),
    ("certificate_sha256", sa.String()),
    ("unit", sa.String()),
    ("interval_minutes", sa.Integer()),
    ("zone", sa.String()),
    ("secret", sa.String()),
    ("every_minutes", sa.Integer()),
    ("cron", sa.String()),
    ("expected_at", _TIME),
    ("silence_id", sa.Uuid()),
    ("last_receipt_id", sa.Uuid()),
    ("last_received_at", _TIME),
    ("last_reading_at", _TIME),
    ("connected_at", _TIME),
    ("last_error", sa.String()),
    ("last_error_at", _TIME),
)
_CHECKS = {
    "priority": "priority BETWEEN 0 AND 255",
    "one_schedule": "every_minutes IS NULL OR cron IS NULL",
    "patience": "silent_after_minutes >= grace_minutes",
    "transport": "transport IN ('http', 'mqtt', 'kafka', 'folder')",
}


def upgrade() -> None:
    for name, type_ in (*_REQUIRED, *_OPTIONAL):
        op.add_column("feed_source", sa.Column(name, type_, nullable=True))
    op.execute(ADOPTED)
    for name, _ in _REQUIRED:
        op.alter_column("feed_source", name, nullable=False)
    op.drop_constraint("pk_feed_source", "feed_source")
    op.create_primary_key("pk_feed_source", "feed_source", ["id"])
    for name in ("source", "code", "certificate_sha256"):
        op.create_unique_constraint(f"uq_feed_source_{name}", "feed_source", [name])
    for name, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_feed_source_{name}"), "feed_source", condition)
    op.create_index(
        "ix_feed_source_region_code",
        "feed_source",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.add_column("receipt", sa.Column("transport", sa.String(), nullable=False, server_default="http"))
    op.alter_column("receipt", "transport", server_default=None)
    op.add_column("receipt", sa.Column("name", sa.String(), nullable=True))
    op.add_column("receipt", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("receipt", sa.Column("newest_at", _TIME, nullable=True))
    op.add_column("receipt", sa.Column("refusal", postgresql.JSONB(), nullable=True))
    op.create_index("ix_receipt_source_received_at", "receipt", ["source", "received_at"])
    op.add_column("receipt_part", sa.Column("shard", sa.Integer(), nullable=True))
    op.add_column("receipt_part", sa.Column("meters", sa.LargeBinary(), nullable=True))
    op.create_table(
        "rejection_chunk",
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", "first", name=op.f("pk_rejection_chunk")),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["receipt.id"],
            name=op.f("fk_rejection_chunk_receipt_id_receipt"),
            ondelete="CASCADE",
        ),
    )
    op.add_column("quarantine", sa.Column("discarded_at", _TIME, nullable=True))
    op.add_column("quarantine", sa.Column("discarded_by", sa.String(), nullable=True))
    op.add_column("quarantine", sa.Column("discard_reason", sa.String(), nullable=True))


def downgrade() -> None:
    for name in ("discard_reason", "discarded_by", "discarded_at"):
        op.drop_column("quarantine", name)
    op.drop_table("rejection_chunk")
    op.drop_column("receipt_part", "meters")
    op.drop_column("receipt_part", "shard")
    op.drop_index("ix_receipt_source_received_at", "receipt")
    op.execute("DELETE FROM receipt WHERE status = 'refused'")
    for name in ("refusal", "newest_at", "digest", "name", "transport"):
        op.drop_column("receipt", name)
    op.execute("UPDATE quarantine SET status = 'replayed' WHERE status = 'discarded'")
    op.drop_index("ix_feed_source_region_code", "feed_source")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_feed_source_{name}"), "feed_source")
    for name in ("certificate_sha256", "code", "source"):
        op.drop_constraint(f"uq_feed_source_{name}", "feed_source")
    op.drop_constraint("pk_feed_source", "feed_source")
    op.create_primary_key("pk_feed_source", "feed_source", ["source"])
    for name, _ in (*reversed(_OPTIONAL), *reversed(_REQUIRED)):
        op.drop_column("feed_source", name)
