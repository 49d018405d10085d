"""Planned outages of the grid, and devices of the national monitoring of key energy users."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planned_outage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_planned_outage"),
        sa.UniqueConstraint("system", "external_id", name="uq_planned_outage_external"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_planned_outage_period")),
        sa.CheckConstraint(
            "scope IN ('meter', 'feeder', 'transformer', 'region')", name=op.f("ck_planned_outage_scope")
        ),
        sa.CheckConstraint("status IN ('planned', 'withdrawn')", name=op.f("ck_planned_outage_status")),
    )
    op.create_index("ix_planned_outage_ends_at", "planned_outage", ["ends_at"])
    op.create_index(
        "ix_planned_outage_region_code",
        "planned_outage",
        ["region_code"],
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "monitoring_device",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("enterprise_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_upload_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("device_id", name="pk_monitoring_device"),
        sa.UniqueConstraint("subject", "enterprise_code", name="uq_monitoring_device_subject"),
    )
    op.create_index("ix_monitoring_device_enterprise_code", "monitoring_device", ["enterprise_code"])


def downgrade() -> None:
    op.drop_table("monitoring_device")
    op.drop_table("planned_outage")
