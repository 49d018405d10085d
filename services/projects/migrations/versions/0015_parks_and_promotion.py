"""Parks with their tenants and shared attribution; promotion from the first contact to the reward."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# In the order in which they are made; what refers comes after what it refers to.
_TABLES = (
    "attribution",
    "park",
    "park_infrastructure",
    "park_site",
    "park_tenant",
    "park_occupancy",
    "park_tenant_figure",
    "lead_rule",
    "reward_rule",
    "investor",
    "investor_tie",
    "lead",
    "promotion_award",
    "referral",
    "introduction",
    "lead_change",
    "lead_follow_up",
    "project_promotion",
)


def upgrade() -> None:
    _create_parks()
    _create_promotion()
    _ship_rules()


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_parks() -> None:
    op.create_table(
        "attribution",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("shares", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.CheckConstraint("jsonb_array_length(shares) >= 1", name=op.f("ck_attribution_is_shared")),
        sa.CheckConstraint("num_nonnulls(enterprise_id, project_id) = 1", name=op.f("ck_attribution_is_somebody")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_attribution_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_attribution_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_attribution_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribution")),
    )
    op.create_index(
        "ix_attribution_region_prefix",
        "attribution",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_attribution_subject_measure_from", "attribution", ["subject_id", "measure", "valid_from"], unique=True
    )
    op.create_table(
        "park",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("area_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("planned_capacity", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("capacity_unit", sa.String(), nullable=True),
        sa.Column("industries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("closed_managed_since", sa.Date(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(planned_capacity IS NULL) = (capacity_unit IS NULL)", name=op.f("ck_park_capacity_with_unit")
        ),
        sa.CheckConstraint("area_mu > 0", name=op.f("ck_park_area_positive")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_park_region_code_region")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_park_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park")),
        sa.UniqueConstraint("code", name=op.f("uq_park_code")),
    )
    op.create_index(
        "ix_park_region_prefix",
        "park",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "park_infrastructure",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("park_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("capacity", sa.String(), nullable=False),
        sa.Column("in_service_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["park_id"], ["park.id"], name=op.f("fk_park_infrastructure_park_id_park")),
        sa.PrimaryKeyConstraint("park_id", "item", name=op.f("pk_park_infrastructure")),
    )
    op.create_table(
        "park_site",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("park_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("area_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("floor_area_m2", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("land_use", sa.String(), nullable=True),
        sa.Column("parcel_id", sa.Uuid(), nullable=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("features", sa.String(), nullable=False),
        sa.Column("idle_since", sa.Date(), nullable=True),
        sa.Column("reserved_for", sa.String(), nullable=True),
        sa.Column("reserved_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "CASE kind WHEN 'parcel' THEN park_id IS NOT NULL AND area_mu > 0 AND floor_area_m2 IS NULL ELSE floor_area_m2 > 0 AND area_mu IS NULL END",
            name=op.f("ck_park_site_measured_by_kind"),
        ),
        sa.ForeignKeyConstraint(["parcel_id"], ["park_site.id"], name=op.f("fk_park_site_parcel_id_park_site")),
        sa.ForeignKeyConstraint(["park_id"], ["park.id"], name=op.f("fk_park_site_park_id_park")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_park_site_region_code_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_site")),
    )
    op.create_index(op.f("ix_park_site_park_id"), "park_site", ["park_id"], unique=False)
    op.create_index(
        "ix_park_site_region_prefix",
        "park_site",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index(
        "uq_park_site_number",
        "park_site",
        ["park_id", "region_code", "number"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "park_tenant",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("park_id", sa.Uuid(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("area_mu", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("leaving_reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("area_mu > 0", name=op.f("ck_park_tenant_area_positive")),
        sa.CheckConstraint(
            "num_nonnulls(enterprise_id, project_id) >= 1", name=op.f("ck_park_tenant_is_somebody")
        ),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_park_tenant_leaves_after_it_comes")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_park_tenant_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["park_id"], ["park.id"], name=op.f("fk_park_tenant_park_id_park")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_park_tenant_project_id_project")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_park_tenant_region_code_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_tenant")),
    )
    op.create_index(op.f("ix_park_tenant_enterprise_id"), "park_tenant", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_park_tenant_park_id"), "park_tenant", ["park_id"], unique=False)
    op.create_index(op.f("ix_park_tenant_project_id"), "park_tenant", ["project_id"], unique=False)
    op.create_index(
        "ix_park_tenant_region_prefix",
        "park_tenant",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "park_occupancy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_park_occupancy_size_positive")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_park_occupancy_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["site_id"], ["park_site.id"], name=op.f("fk_park_occupancy_site_id_park_site")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["park_tenant.id"], name=op.f("fk_park_occupancy_tenant_id_park_tenant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_park_occupancy")),
    )
    op.create_index(op.f("ix_park_occupancy_site_id"), "park_occupancy", ["site_id"], unique=False)
    op.create_index(op.f("ix_park_occupancy_tenant_id"), "park_occupancy", ["tenant_id"], unique=False)
    op.create_table(
        "park_tenant_figure",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("output_yuan", sa.BigInteger(), nullable=True),
        sa.Column("value_added_yuan", sa.BigInteger(), nullable=True),
        sa.Column("tax_yuan", sa.BigInteger(), nullable=True),
        sa.Column("jobs", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_park_tenant_figure_first_of_month")),
        sa.CheckConstraint("jobs >= 0", name=op.f("ck_park_tenant_figure_jobs_not_negative")),
        sa.CheckConstraint("output_yuan >= 0", name=op.f("ck_park_tenant_figure_output_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["park_tenant.id"], name=op.f("fk_park_tenant_figure_tenant_id_park_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "month", "revision", name=op.f("pk_park_tenant_figure")),
    )
    op.create_index(
        "uq_park_tenant_figure_current",
        "park_tenant_figure",
        ["tenant_id", "month"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )


def _create_promotion() -> None:
    op.create_table(
        "lead_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("threshold_days", sa.Integer(), nullable=False),
        sa.Column("level2_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("level2_days > threshold_days", name=op.f("ck_lead_rule_level2_later")),
        sa.CheckConstraint("threshold_days >= 1", name=op.f("ck_lead_rule_threshold_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_lead_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_rule")),
    )
    op.create_index(
        "uq_lead_rule_kind_region_from",
        "lead_rule",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "reward_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("bands", postgresql.JSONB(), nullable=False),
        sa.Column("progressive", sa.Boolean(), nullable=False),
        sa.Column("cap_yuan", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.CheckConstraint("cap_yuan > 0", name=op.f("ck_reward_rule_cap_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_reward_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reward_rule")),
    )
    op.create_index(
        "uq_reward_rule_key_from",
        "reward_rule",
        ["channel", "origin", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "investor",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("enterprise_id", sa.Uuid(), nullable=True),
        sa.Column("origin_country", sa.String(), nullable=False),
        sa.Column("origin_region_code", sa.String(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("contact_phone", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.enterprise_id"], name=op.f("fk_investor_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_investor_person_id_person")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_investor_region_code_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investor")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_investor_credit_code")),
    )
    op.create_index(
        "ix_investor_region_prefix",
        "investor",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "investor_tie",
        sa.Column("low_id", sa.Uuid(), nullable=False),
        sa.Column("high_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_investor_tie_kept_once")),
        sa.ForeignKeyConstraint(["high_id"], ["investor.id"], name=op.f("fk_investor_tie_high_id_investor")),
        sa.ForeignKeyConstraint(["low_id"], ["investor.id"], name=op.f("fk_investor_tie_low_id_investor")),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_investor_tie")),
    )
    op.create_index(op.f("ix_investor_tie_high_id"), "investor_tie", ["high_id"], unique=False)
    op.create_table(
        "lead",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("contacted_on", sa.Date(), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column("lost_stage", sa.String(), nullable=True),
        sa.Column("lost_reason", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("investor_id", sa.Uuid(), nullable=True),
        sa.Column("owner_person_id", sa.Uuid(), nullable=True),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=True),
        sa.Column("sector_code", sa.String(), nullable=True),
        sa.Column("park_code", sa.String(), nullable=True),
        sa.Column("intended_investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("followed_up_on", sa.Date(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(stage = 'converted') = (project_id IS NOT NULL)", name=op.f("ck_lead_converted_to_a_project")
        ),
        sa.CheckConstraint(
            "(stage = 'lost') = (lost_reason IS NOT NULL)", name=op.f("ck_lead_lost_with_a_reason")
        ),
        sa.ForeignKeyConstraint(["investor_id"], ["investor.id"], name=op.f("fk_lead_investor_id_investor")),
        sa.ForeignKeyConstraint(
            ["owner_person_id"], ["person.person_id"], name=op.f("fk_lead_owner_person_id_person")
        ),
        sa.ForeignKeyConstraint(["owner_unit_id"], ["unit.unit_id"], name=op.f("fk_lead_owner_unit_id_unit")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_lead_project_id_project")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_lead_region_code_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("code", name=op.f("uq_lead_code")),
        sa.UniqueConstraint("project_id", name=op.f("uq_lead_project_id")),
    )
    op.create_index(op.f("ix_lead_created_at"), "lead", ["created_at"], unique=False)
    op.create_index(op.f("ix_lead_investor_id"), "lead", ["investor_id"], unique=False)
    op.create_index(op.f("ix_lead_owner_person_id"), "lead", ["owner_person_id"], unique=False)
    op.create_index(
        "ix_lead_region_prefix",
        "lead",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_index("ix_lead_stage", "lead", ["stage"], unique=False)
    op.create_table(
        "promotion_award",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("investor_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verified_funds_yuan", sa.BigInteger(), nullable=False),
        sa.Column("basis_points", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("project_reward_yuan", sa.BigInteger(), nullable=False),
        sa.Column("entitled_yuan", sa.BigInteger(), nullable=False),
        sa.Column("awarded_before_yuan", sa.BigInteger(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_person_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("payment_reference", sa.String(), nullable=True),
        sa.Column("paid_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_on IS NOT NULL)", name=op.f("ck_promotion_award_paid_on_a_day")
        ),
        sa.CheckConstraint("amount_yuan <> 0", name=op.f("ck_promotion_award_is_something")),
        sa.CheckConstraint(
            "amount_yuan = entitled_yuan - awarded_before_yuan", name=op.f("ck_promotion_award_is_the_difference")
        ),
        sa.CheckConstraint(
            "num_nonnulls(investor_id, person_id) = 1", name=op.f("ck_promotion_award_to_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["investor_id"], ["investor.id"], name=op.f("fk_promotion_award_investor_id_investor")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_promotion_award_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_promotion_award_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["reward_rule.id"], name=op.f("fk_promotion_award_rule_id_reward_rule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_award")),
    )
    op.create_index(op.f("ix_promotion_award_investor_id"), "promotion_award", ["investor_id"], unique=False)
    op.create_index(op.f("ix_promotion_award_person_id"), "promotion_award", ["person_id"], unique=False)
    op.create_index(op.f("ix_promotion_award_project_id"), "promotion_award", ["project_id"], unique=False)
    op.create_index(
        "ix_promotion_award_region_prefix",
        "promotion_award",
        ["region_code"],
        unique=False,
        postgresql_ops={"region_code": "text_pattern_ops"},
    )
    op.create_table(
        "referral",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("introducer_id", sa.Uuid(), nullable=False),
        sa.Column("introduced_id", sa.Uuid(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(), nullable=True),
        sa.CheckConstraint("introducer_id <> introduced_id", name=op.f("ck_referral_not_oneself")),
        sa.ForeignKeyConstraint(
            ["introduced_id"], ["investor.id"], name=op.f("fk_referral_introduced_id_investor")
        ),
        sa.ForeignKeyConstraint(
            ["introducer_id"], ["investor.id"], name=op.f("fk_referral_introducer_id_investor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    op.create_index(op.f("ix_referral_introduced_id"), "referral", ["introduced_id"], unique=False)
    op.create_index(
        "uq_referral_standing",
        "referral",
        ["introducer_id", "introduced_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "introduction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("investor_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("basis_points", sa.Integer(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.CheckConstraint("basis_points BETWEEN 1 AND 10000", name=op.f("ck_introduction_share_in_range")),
        sa.CheckConstraint("num_nonnulls(investor_id, person_id) = 1", name=op.f("ck_introduction_by_somebody")),
        sa.CheckConstraint("num_nonnulls(lead_id, project_id) >= 1", name=op.f("ck_introduction_of_something")),
        sa.ForeignKeyConstraint(
            ["investor_id"], ["investor.id"], name=op.f("fk_introduction_investor_id_investor")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_introduction_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_introduction_person_id_person")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_introduction_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
    )
    op.create_index(op.f("ix_introduction_investor_id"), "introduction", ["investor_id"], unique=False)
    op.create_index(op.f("ix_introduction_person_id"), "introduction", ["person_id"], unique=False)
    op.create_index(op.f("ix_introduction_project_id"), "introduction", ["project_id"], unique=False)
    op.create_index(
        "uq_introduction_current",
        "introduction",
        ["lead_id", "project_id", "investor_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "lead_change",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_change_lead_id_lead")),
        sa.PrimaryKeyConstraint("lead_id", "version", name=op.f("pk_lead_change")),
    )
    op.create_table(
        "lead_follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint('next_on > "on"', name=op.f("ck_lead_follow_up_next_step_ahead")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_follow_up_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_follow_up")),
    )
    op.create_index(op.f("ix_lead_follow_up_lead_id"), "lead_follow_up", ["lead_id"], unique=False)
    op.create_table(
        "project_promotion",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("investor_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["investor_id"], ["investor.id"], name=op.f("fk_project_promotion_investor_id_investor")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_project_promotion_lead_id_lead")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_promotion_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_promotion")),
        sa.UniqueConstraint("lead_id", name=op.f("uq_project_promotion_lead_id")),
    )
    op.create_index(op.f("ix_project_promotion_investor_id"), "project_promotion", ["investor_id"], unique=False)


def _ship_rules() -> None:
    """From when on a lead is let lie, everywhere; regions set their own. What is paid, each region decides."""
    rule = sa.table(
        "lead_rule",
        sa.column("id", sa.Uuid()),
        sa.column("kind", sa.String()),
        sa.column("threshold_days", sa.Integer()),
        sa.column("level2_days", sa.Integer()),
        sa.column("valid_from", sa.Date()),
        sa.column("version", sa.Integer()),
        sa.column("updated_at", sa.TIMESTAMP(timezone=True)),
    )
    shipped = (("lead_follow_up_overdue", 1, 15), ("lead_neglected", 30, 60))
    op.bulk_insert(
        rule,
        [
            {
                "id": UUID(f"01926f4e-7f00-7000-8000-0000000000{number}"),
                "kind": kind,
                "threshold_days": first,
                "level2_days": second,
                "valid_from": date(2000, 1, 1),
                "version": 1,
                "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
            }
            for number, (kind, first, second) in enumerate(shipped, start=51)
        ],
    )
