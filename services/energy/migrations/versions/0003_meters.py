"""Meters with kinds, dated facts, history and codes of other systems; registers; virtual meters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Meters registered before have one state from their first day on.
FIRST_PERIODS = """
INSERT INTO meter_period (meter_id, from_minute, facts, taken_effect)
SELECT meter_id, (valid_from - date '1970-01-01')::bigint * 1440, jsonb_build_object(
    'region_code', region_code, 'enterprise_id', enterprise_id, 'capacity_kw', capacity_kw, 'low_kw', low_kw,
    'high_kw', high_kw, 'multiplier', multiplier, 'ct_ratio', 1.0, 'pt_ratio', 1.0, 'register_digits', NULL,
    'pulses_per_kwh', NULL, 'asset_no', NULL, 'feeder_code', NULL, 'transformer_code', NULL), true
FROM meter
"""


def upgrade() -> None:
    op.add_column("meter", sa.Column("kind", sa.String(), nullable=False, server_default="interval"))
    op.add_column("meter", sa.Column("ct_ratio", sa.Float(), nullable=False, server_default="1"))
    op.add_column("meter", sa.Column("pt_ratio", sa.Float(), nullable=False, server_default="1"))
    op.add_column("meter", sa.Column("register_digits", sa.SmallInteger(), nullable=True))
    op.add_column("meter", sa.Column("pulses_per_kwh", sa.Float(), nullable=True))
    op.add_column("meter", sa.Column("asset_no", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("feeder_code", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("transformer_code", sa.String(), nullable=True))
    op.add_column("meter", sa.Column("valid_to", sa.Date(), nullable=True))
    op.add_column("meter", sa.Column("owned_from", sa.Date(), nullable=True))
    op.execute("UPDATE meter SET owned_from = valid_from")
    op.alter_column("meter", "owned_from", nullable=False)
    op.add_column("meter", sa.Column("periods", sa.SmallInteger(), nullable=False, server_default="1"))
    op.create_index("ix_meter_feeder", "meter", ["feeder_code"], unique=False)
    op.create_index("ix_meter_transformer", "meter", ["transformer_code"], unique=False)
    for name in ("kind", "ct_ratio", "pt_ratio", "periods"):
        op.alter_column("meter", name, server_default=None)
    op.create_check_constraint("life", "meter", "valid_to IS NULL OR valid_to >= valid_from")
    op.create_table(
        "register_derivation",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("record_offset", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("block", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "record_offset", name=op.f("pk_register_derivation")),
    )
    op.create_index(op.f("ix_register_derivation_noted_at"), "register_derivation", ["noted_at"], unique=False)
    op.create_table(
        "register_fault",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.Float(), nullable=True),
        sa.Column("after", sa.Float(), nullable=True),
        sa.Column("found_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("meter_index", "start_minute", "end_minute", name=op.f("pk_register_fault")),
    )
    op.create_index(
        "ix_register_fault_open",
        "register_fault",
        ["meter_index"],
        unique=False,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "register_reading",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("meter_index", "minute", name=op.f("pk_register_reading")),
    )
    op.create_table(
        "register_revision",
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("meter_index", "minute", "revision", name=op.f("pk_register_revision")),
    )
    op.create_table(
        "virtual_due",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("virtual_index", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_virtual_due")),
    )
    op.create_index(op.f("ix_virtual_due_virtual_index"), "virtual_due", ["virtual_index"], unique=False)
    op.create_table(
        "virtual_member",
        sa.Column("virtual_index", sa.Integer(), nullable=False),
        sa.Column("member_index", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("coefficient", sa.Float(), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_virtual_member_life")),
        sa.PrimaryKeyConstraint("virtual_index", "member_index", "valid_from", name=op.f("pk_virtual_member")),
    )
    op.create_index("ix_virtual_member_member_index", "virtual_member", ["member_index"], unique=False)
    op.create_table(
        "device_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("final_state", sa.Float(), nullable=True),
        sa.Column("initial_state", sa.Float(), nullable=True),
        sa.Column("old_asset_no", sa.String(), nullable=True),
        sa.Column("new_asset_no", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("voided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("voided_by", sa.String(), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('replaced', 'reset', 'turned')", name=op.f("ck_device_event_kind")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.meter_id"], name=op.f("fk_device_event_meter_id_meter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_event")),
    )
    op.create_index(
        "ix_device_event_live",
        "device_event",
        ["meter_index", "minute"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index("ix_device_event_meter_id", "device_event", ["meter_id"], unique=False)
    op.create_table(
        "meter_alias",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.meter_id"], name=op.f("fk_meter_alias_meter_id_meter")),
        sa.PrimaryKeyConstraint("system", "code", name=op.f("pk_meter_alias")),
    )
    op.create_index("ix_meter_alias_code", "meter_alias", ["code"], unique=False)
    op.create_index("ix_meter_alias_meter_id", "meter_alias", ["meter_id"], unique=False)
    op.create_table(
        "meter_period",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("from_minute", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("taken_effect", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.meter_id"], name=op.f("fk_meter_period_meter_id_meter")),
        sa.PrimaryKeyConstraint("meter_id", "from_minute", name=op.f("pk_meter_period")),
    )
    op.create_index(
        "ix_meter_period_due",
        "meter_period",
        ["from_minute"],
        unique=False,
        postgresql_where=sa.text("NOT taken_effect"),
    )
    op.create_table(
        "meter_revision",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("effective_from", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.meter_id"], name=op.f("fk_meter_revision_meter_id_meter")),
        sa.PrimaryKeyConstraint("meter_id", "version", name=op.f("pk_meter_revision")),
    )
    op.create_table(
        "virtual_formula",
        sa.Column("meter_id", sa.Uuid(), nullable=False),
        sa.Column("meter_index", sa.Integer(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint("missing IN ('missing', 'partial')", name=op.f("ck_virtual_formula_missing")),
        sa.ForeignKeyConstraint(["meter_id"], ["meter.meter_id"], name=op.f("fk_virtual_formula_meter_id_meter")),
        sa.PrimaryKeyConstraint("meter_id", name=op.f("pk_virtual_formula")),
        sa.UniqueConstraint("meter_index", name=op.f("uq_virtual_formula_meter_index")),
    )
    op.execute(FIRST_PERIODS)


def downgrade() -> None:
    op.drop_constraint("ck_meter_life", "meter", type_="check")
    op.drop_index("ix_meter_transformer", table_name="meter")
    op.drop_index("ix_meter_feeder", table_name="meter")
    op.drop_column("meter", "owned_from")
    op.drop_column("meter", "periods")
    op.drop_column("meter", "valid_to")
    op.drop_column("meter", "transformer_code")
    op.drop_column("meter", "feeder_code")
    op.drop_column("meter", "asset_no")
    op.drop_column("meter", "pulses_per_kwh")
    op.drop_column("meter", "register_digits")
    op.drop_column("meter", "pt_ratio")
    op.drop_column("meter", "ct_ratio")
    op.drop_column("meter", "kind")
    op.drop_table("virtual_formula")
    op.drop_table("meter_revision")
    op.drop_index("ix_meter_period_due", table_name="meter_period")
    op.drop_table("meter_period")
    op.drop_index("ix_meter_alias_meter_id", table_name="meter_alias")
    op.drop_index("ix_meter_alias_code", table_name="meter_alias")
    op.drop_table("meter_alias")
    op.drop_index("ix_device_event_meter_id", table_name="device_event")
    op.drop_index("ix_device_event_live", table_name="device_event")
    op.drop_table("device_event")
    op.drop_index("ix_virtual_member_member_index", table_name="virtual_member")
    op.drop_table("virtual_member")
    op.drop_index(op.f("ix_virtual_due_virtual_index"), table_name="virtual_due")
    op.drop_table("virtual_due")
    op.drop_table("register_revision")
    op.drop_table("register_reading")
    op.drop_index("ix_register_fault_open", table_name="register_fault")
    op.drop_table("register_fault")
    op.drop_index(op.f("ix_register_derivation_noted_at"), table_name="register_derivation")
    op.drop_table("register_derivation")
