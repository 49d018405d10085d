"""Supply quotas; edits that take values back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quota_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("rejections", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_import")),
    )
    op.create_index("ix_quota_import_received_at", "quota_import", ["received_at"], unique=False)
    op.create_table(
        "supply_quota",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("interval_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("quota_mw", postgresql.ARRAY(sa.DOUBLE_PRECISION(), dimensions=1), nullable=False),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "scope IN ('region', 'substation', 'transformer', 'feeder', 'enterprise', 'meter')",
            name=op.f("ck_supply_quota_scope"),
        ),
        sa.CheckConstraint(
            "cardinality(quota_mw) * interval_minutes = 1440", name=op.f("ck_supply_quota_whole_day")
        ),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_at >= recorded_at", name=op.f("ck_supply_quota_known")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["quota_import.id"], name=op.f("fk_supply_quota_import_id_quota_import")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply_quota")),
    )
    op.create_index(
        "uq_supply_quota_current",
        "supply_quota",
        ["scope", "code", "region_code", "day"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index("ix_supply_quota_day", "supply_quota", ["day", "id"], unique=False)
    op.create_index(
        "ix_supply_quota_region_code",
        "supply_quota",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_supply_quota_import_id", "supply_quota", ["import_id"], unique=False)
    op.add_column(
        "curve_edit", sa.Column("before_rank", postgresql.ARRAY(sa.BigInteger(), dimensions=1), nullable=True)
    )
    op.add_column(
        "curve_edit", sa.Column("after_quality", postgresql.ARRAY(sa.SmallInteger(), dimensions=1), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("curve_edit", "after_quality")
    op.drop_column("curve_edit", "before_rank")
    op.drop_table("supply_quota")
    op.drop_table("quota_import")
