"""Facts of a project: funds, contract, formalities, plans, output, place, grid works, phases and size bands."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)
_DATED = ("version", "updated_at", "id", "valid_from")
_PROJECT_COLUMNS = (
    "parent_id",
    "longitude",
    "latitude",
    "coordinate_system",
    "wgs84_longitude",
    "wgs84_latitude",
    "grid_work",
    "voltage_kv",
    "capacity_mva",
    "line_length_km",
    "financing_form",
    "is_key",
    "key_level",
    "key_since",
    "key_by",
    "size_band",
)
# The bands of S15, and which formalities a kind goes through; none is required for a start until an office says so.
_BANDS = [
    {"code": "10m_50m", "name_zh": "1000万–5000万元", "name_en": "10–50 million yuan", "from_yuan": 10_000_000},
    {"code": "50m_100m", "name_zh": "5000万–1亿元", "name_en": "50–100 million yuan", "from_yuan": 50_000_000},
    {
        "code": "from_100m",
        "name_zh": "1亿元以上",
        "name_en": "100 million yuan and more",
        "from_yuan": 100_000_000,
    },
]
_ALL = ("filing", "land", "planning", "eia", "energy", "construction_permit")
_FORMALITIES = {
    "new_build": _ALL,
    "technical_renovation": ("filing", "planning", "eia", "energy", "construction_permit"),
    "later_phase": _ALL,
    "grid_works": ("filing", "land", "planning", "eia", "construction_permit"),
    "infrastructure": _ALL,
    "tourism": _ALL,
}


def upgrade() -> None:
    op.add_column("project", sa.Column("verified_funds_yuan", sa.BigInteger(), nullable=True))
    _widen_project()
    _create_amount_limit()
    _create_funds_arrival()
    _create_size_bands()
    _create_formalities()
    _create_contract()
    _create_plans()


def _dated(table: str) -> tuple[sa.Column, ...]:
    return (
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to > valid_from", name=op.f(f"ck_{table}_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _shipped(number: int) -> dict[str, object]:
    return {
        "version": 1,
        "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
        "id": UUID(f"00000000-0000-7000-8000-{number:012d}"),
        "valid_from": date(2000, 1, 1),
    }


def _create_amount_limit() -> None:
    table = op.create_table(
        "amount_limit",
        *_dated("amount_limit"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("floor_yuan", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_yuan", sa.BigInteger(), nullable=True),
        sa.Column("multiple", sa.Integer(), nullable=True),
        sa.CheckConstraint("floor_yuan >= 0", name=op.f("ck_amount_limit_floor_not_negative")),
        sa.CheckConstraint("ceiling_yuan > floor_yuan", name=op.f("ck_amount_limit_ceiling_above_floor")),
        sa.CheckConstraint("multiple > 1", name=op.f("ck_amount_limit_multiple_above_one")),
    )
    op.create_index(
        "uq_amount_limit_kind_region_from",
        "amount_limit",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    # What holds until an office says otherwise: nothing below 1000 yuan, nothing of 10 billion, nothing that is ten
    # times what it is compared with.
    shipped = ("total_investment", "contract_amount", "investment", "funds", "output", "planned_investment")
    op.bulk_insert(
        table,
        [
            {
                **_shipped(1001 + number),
                "kind": kind,
                "floor_yuan": 1000,
                "ceiling_yuan": 10_000_000_000,
                "multiple": 10,
            }
            for number, kind in enumerate(shipped)
        ],
    )


def _create_funds_arrival() -> None:
    op.create_table(
        "funds_arrival",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_person_id", sa.Uuid(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("decided_at", _INSTANT, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision_note", sa.String(), nullable=True),
        sa.Column("withdrawn_at", _INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(), nullable=True),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_funds_arrival_amount_positive")),
        sa.CheckConstraint("decided_by <> recorded_by", name=op.f("ck_funds_arrival_four_eyes")),
        sa.CheckConstraint(
            "(state = 'verified') <= (decided_by IS NOT NULL AND verified_on IS NOT NULL)",
            name=op.f("ck_funds_arrival_verified_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_funds_arrival_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funds_arrival")),
    )
    op.create_index("ix_funds_arrival_project_on", "funds_arrival", ["project_id", "on"])
    op.create_index(
        "ix_funds_arrival_open", "funds_arrival", ["recorded_at"], postgresql_where=sa.text("state = 'recorded'")
    )
    op.create_index(
        "uq_funds_arrival_slip",
        "funds_arrival",
        ["project_id", "on", "amount_yuan", "payer", "evidence"],
        unique=True,
        postgresql_where=sa.text("state IN ('recorded', 'verified')"),
    )


def _widen_project() -> None:
    op.add_column("project", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("project", sa.Column("longitude", sa.Numeric(precision=11, scale=8), nullable=True))
    op.add_column("project", sa.Column("latitude", sa.Numeric(precision=10, scale=8), nullable=True))
    op.add_column("project", sa.Column("coordinate_system", sa.String(), nullable=True))
    op.add_column("project", sa.Column("wgs84_longitude", sa.Numeric(precision=11, scale=8), nullable=True))
    op.add_column("project", sa.Column("wgs84_latitude", sa.Numeric(precision=10, scale=8), nullable=True))
    op.add_column("project", sa.Column("grid_work", sa.String(), nullable=True))
    op.add_column("project", sa.Column("voltage_kv", sa.Numeric(precision=7, scale=2), nullable=True))
    op.add_column("project", sa.Column("capacity_mva", sa.Numeric(precision=9, scale=2), nullable=True))
    op.add_column("project", sa.Column("line_length_km", sa.Numeric(precision=9, scale=3), nullable=True))
    op.add_column("project", sa.Column("financing_form", sa.String(), nullable=True))
    op.add_column("project", sa.Column("is_key", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("project", sa.Column("key_level", sa.String(), nullable=True))
    op.add_column("project", sa.Column("key_since", sa.Date(), nullable=True))
    op.add_column("project", sa.Column("key_by", sa.String(), nullable=True))
    op.add_column("project", sa.Column("size_band", sa.String(), nullable=True))
    op.create_index(op.f("ix_project_parent_id"), "project", ["parent_id"], unique=False)
    op.create_index(op.f("ix_project_size_band"), "project", ["size_band"], unique=False)
    op.create_foreign_key(op.f("fk_project_parent_id_project"), "project", "project", ["parent_id"], ["id"])
    op.alter_column("project", "is_key", server_default=None)
    op.create_check_constraint(op.f("ck_project_not_its_own_parent"), "project", "parent_id <> id")
    op.create_check_constraint(
        op.f("ck_project_whole_place"), "project", "num_nulls(longitude, latitude, coordinate_system) IN (0, 3)"
    )
    op.create_check_constraint(op.f("ck_project_key_since_known"), "project", "is_key <= (key_since IS NOT NULL)")


def _create_size_bands() -> None:
    op.create_table(
        "size_bands",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("bands", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_size_bands_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_size_bands")),
    )
    op.create_index(
        "uq_size_bands_region_from",
        "size_bands",
        ["region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "size_band_target",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("band_code", sa.String(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=True),
        sa.Column("investment_yuan", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint("investment_yuan >= 0", name=op.f("ck_size_band_target_investment_not_negative")),
        sa.CheckConstraint(
            "num_nonnulls(projects, investment_yuan) > 0", name=op.f("ck_size_band_target_something_wanted")
        ),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_size_band_target_ends_after_it_begins")),
        sa.CheckConstraint("projects >= 0", name=op.f("ck_size_band_target_projects_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_size_band_target")),
    )
    op.create_index(
        "uq_size_band_target",
        "size_band_target",
        ["region_code", "period_from", "period_to", "band_code"],
        unique=True,
    )

    op.bulk_insert(
        sa.table("size_bands", *(sa.column(name) for name in _DATED), sa.column("bands", postgresql.JSONB())),
        [{**_shipped(2001), "bands": _BANDS}],
    )
    op.execute(
        """
        UPDATE project SET size_band = CASE
            WHEN coalesce(total_investment_yuan, contract_amount_yuan) >= 100000000 THEN 'from_100m'
            WHEN coalesce(total_investment_yuan, contract_amount_yuan) >= 50000000 THEN '50m_100m'
            WHEN coalesce(total_investment_yuan, contract_amount_yuan) >= 10000000 THEN '10m_50m'
        END
        """
    )


def _create_formalities() -> None:
    op.create_table(
        "project_milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("formality", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("original_on", sa.Date(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("actual_on", sa.Date(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("file_reference", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "formality IS NOT NULL OR title <> ''", name=op.f("ck_project_milestone_own_has_a_title")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_milestone_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_milestone")),
    )
    op.create_index("ix_project_milestone_project", "project_milestone", ["project_id", "id"], unique=False)
    op.create_index(
        "uq_project_milestone_formality",
        "project_milestone",
        ["project_id", "formality"],
        unique=True,
        postgresql_where=sa.text("formality IS NOT NULL"),
    )
    op.create_table(
        "formality_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("formalities", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("required", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("required <@ formalities", name=op.f("ck_formality_rule_required_is_listed")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_formality_rule_ends_after_it_begins")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formality_rule")),
    )
    op.create_index(
        "uq_formality_rule_kind_region_from",
        "formality_rule",
        ["kind", "region_code", "valid_from"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )

    op.bulk_insert(
        sa.table(
            "formality_rule",
            *(sa.column(name) for name in _DATED),
            sa.column("kind"),
            sa.column("formalities", postgresql.ARRAY(sa.Text())),
            sa.column("required", postgresql.ARRAY(sa.Text())),
        ),
        [
            {**_shipped(3001 + number), "kind": kind, "formalities": list(formalities), "required": []}
            for number, (kind, formalities) in enumerate(_FORMALITIES.items())
        ],
    )


def _create_contract() -> None:
    op.create_table(
        "project_contract",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("parties", postgresql.JSONB(), nullable=False),
        sa.Column("file_reference", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_contract_project_id_project")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_contract")),
    )
    op.create_index(op.f("ix_project_contract_number"), "project_contract", ["number"], unique=False)
    op.create_table(
        "contract_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'funds') = (amount_yuan IS NOT NULL)", name=op.f("ck_contract_act_funds_have_an_amount")
        ),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_contract_act_amount_positive")),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project_contract.project_id"],
            name=op.f("fk_contract_act_project_id_project_contract"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_act")),
    )
    op.create_index(op.f("ix_contract_act_project_id"), "contract_act", ["project_id"], unique=False)


def _create_plans() -> None:
    op.create_table(
        "output_entry",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("output_value_yuan", sa.BigInteger(), nullable=False),
        sa.Column("tax_yuan", sa.BigInteger(), nullable=True),
        sa.Column("physical_output", sa.Numeric(precision=18, scale=3), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name=op.f("ck_output_entry_first_of_month")),
        sa.CheckConstraint("output_value_yuan >= 0", name=op.f("ck_output_entry_value_not_negative")),
        sa.CheckConstraint("physical_output >= 0", name=op.f("ck_output_entry_physical_not_negative")),
        sa.CheckConstraint("tax_yuan >= 0", name=op.f("ck_output_entry_tax_not_negative")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_output_entry_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "month", name=op.f("pk_output_entry")),
    )
    op.create_table(
        "plan_curve",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_plan_curve_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "revision", name=op.f("pk_plan_curve")),
    )
    op.create_table(
        "annual_plan",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("original_yuan", sa.BigInteger(), nullable=False),
        sa.Column("amount_yuan", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_at", _INSTANT, nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "amount_yuan >= 0 AND original_yuan >= 0", name=op.f("ck_annual_plan_amount_not_negative")
        ),
        sa.CheckConstraint("year BETWEEN 1990 AND 2100", name=op.f("ck_annual_plan_year_in_range")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_annual_plan_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "year", name=op.f("pk_annual_plan")),
    )


def downgrade() -> None:
    for table in (
        "annual_plan",
        "plan_curve",
        "output_entry",
        "contract_act",
        "project_contract",
        "formality_rule",
        "project_milestone",
        "size_band_target",
        "size_bands",
        "funds_arrival",
        "amount_limit",
    ):
        op.drop_table(table)
    for name in ("not_its_own_parent", "whole_place", "key_since_known"):
        op.drop_constraint(op.f(f"ck_project_{name}"), "project", type_="check")
    for name in reversed(_PROJECT_COLUMNS):
        op.drop_column("project", name)
    op.drop_column("project", "verified_funds_yuan")
