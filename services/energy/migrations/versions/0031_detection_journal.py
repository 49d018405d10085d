"""What the detector goes by: a journal of rules, factors and expected events; verdicts, backtests, power factors.

The rules of earlier releases begin the journal, so a replay finds them there.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_JOURNAL = """
INSERT INTO detection_fact (subject, key, payload, recorded_at, recorded_by)
SELECT 'rule', id::text, jsonb_build_object(
    'kind', kind, 'region_code', region_code, 'meter_no', meter_no, 'valid_from', to_char(valid_from, 'YYYY-MM-DD'),
    'valid_to', to_char(valid_to, 'YYYY-MM-DD'), 'parameters', parameters, 'note', note, 'version', version,
    'backtest_id', NULL
), changed_at, changed_by FROM detection_rule ORDER BY changed_at, id
"""


def upgrade() -> None:
    for name, kind in (
        ("verdict", sa.Boolean()),
        ("verdict_at", sa.DateTime(timezone=True)),
        ("verdict_by", sa.String()),
        ("verdict_note", sa.String()),
    ):
        op.add_column("condition", sa.Column(name, kind, nullable=True))
    op.add_column("detection_rule", sa.Column("backtest_id", sa.Uuid(), nullable=True))
    op.create_table(
        "expected_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.String()), nullable=False),
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
        sa.CheckConstraint("scope IN ('meter', 'enterprise', 'region')", name=op.f("ck_expected_event_scope")),
        sa.CheckConstraint("status IN ('planned', 'withdrawn')", name=op.f("ck_expected_event_status")),
        sa.CheckConstraint("cardinality(kinds) > 0", name=op.f("ck_expected_event_kinds")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_expected_event_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expected_event")),
        sa.UniqueConstraint("system", "external_id", name="uq_expected_event_external"),
    )
    op.create_index("ix_expected_event_ends_at", "expected_event", ["ends_at"], unique=False)
    op.create_index(
        "ix_expected_event_region_code",
        "expected_event",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "detection_fact",
        sa.Column("mark", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_detection_fact")),
    )
    op.create_index("ix_detection_fact_key", "detection_fact", ["subject", "key", "mark"], unique=False)
    op.create_table(
        "detector_adoption",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("from_offset", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "from_offset", name=op.f("pk_detector_adoption")),
    )
    op.create_table(
        "condition_verdict",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("condition_id", sa.Uuid(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_true", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("factor_before", sa.Float(), nullable=False),
        sa.Column("factor_after", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["condition.condition_id"], name=op.f("fk_condition_verdict_condition_id_condition")
        ),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_condition_verdict")),
    )
    op.create_index(
        "ix_condition_verdict_condition", "condition_verdict", ["condition_id", "sequence"], unique=False
    )
    op.create_index(
        "ix_condition_verdict_meter", "condition_verdict", ["meter_no", "kind", "sequence"], unique=False
    )
    op.create_table(
        "meter_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meter_no", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("true_verdicts", sa.Integer(), nullable=False),
        sa.Column("false_verdicts", sa.Integer(), nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter_factor")),
        sa.UniqueConstraint("meter_no", "kind", name="uq_meter_factor_meter_kind"),
    )
    op.create_index(
        "ix_meter_factor_region",
        "meter_factor",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "detection_backtest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("meter_no", sa.String(), nullable=True),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("digests", postgresql.JSONB(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("meters", sa.Integer(), nullable=False),
        sa.Column("readings", sa.BigInteger(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("alarms", postgresql.JSONB(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'done', 'failed')", name=op.f("ck_detection_backtest_status")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_detection_backtest_span")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detection_backtest")),
    )
    op.create_index(
        "ix_detection_backtest_requested_at", "detection_backtest", ["requested_at", "id"], unique=False
    )
    op.create_index(
        "ix_detection_backtest_waiting",
        "detection_backtest",
        ["requested_at"],
        unique=False,
        postgresql_where="status = 'waiting'",
    )
    op.create_table(
        "power_factor_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("active_no", sa.String(), nullable=False),
        sa.Column("active_index", sa.Integer(), nullable=False),
        sa.Column("reactive_import_no", sa.String(), nullable=False),
        sa.Column("reactive_import_index", sa.Integer(), nullable=False),
        sa.Column("reactive_export_no", sa.String(), nullable=True),
        sa.Column("reactive_export_index", sa.Integer(), nullable=True),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "standard IN ('large_industry', 'general', 'agricultural')", name=op.f("ck_power_factor_pair_standard")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_power_factor_pair_validity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_power_factor_pair")),
    )
    op.create_index("ix_power_factor_pair_active", "power_factor_pair", ["active_index"], unique=False)
    op.create_index("ix_power_factor_pair_export", "power_factor_pair", ["reactive_export_index"], unique=False)
    op.create_index("ix_power_factor_pair_import", "power_factor_pair", ["reactive_import_index"], unique=False)
    op.create_index(
        "ix_power_factor_pair_region",
        "power_factor_pair",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "power_factor_day",
        sa.Column("active_index", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("loaded", sa.Integer(), nullable=False),
        sa.Column("active_kwh", sa.Float(), nullable=False),
        sa.Column("reactive_kvarh", sa.Float(), nullable=False),
        sa.Column("factor", sa.Float(), nullable=True),
        sa.Column("standard", sa.Float(), nullable=False),
        sa.Column("worst", sa.Float(), nullable=True),
        sa.Column("worst_slot", sa.Integer(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("active_index", "day", name=op.f("pk_power_factor_day")),
    )
    # ### end Alembic commands ###
    op.execute(_JOURNAL)


def downgrade() -> None:
    for name in (
        "power_factor_day",
        "power_factor_pair",
        "detection_backtest",
        "meter_factor",
        "condition_verdict",
        "detector_adoption",
        "detection_fact",
        "expected_event",
    ):
        op.drop_table(name)
    op.execute("DELETE FROM condition WHERE kind = 'power_factor'")
    op.execute("DELETE FROM detection_rule WHERE kind = 'power_factor'")
    op.drop_column("detection_rule", "backtest_id")
    for name in ("verdict_note", "verdict_by", "verdict_at", "verdict"):
        op.drop_column("condition", name)
