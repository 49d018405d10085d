"""Money facts of the ledger: funds arrivals, and from which amounts on somebody is asked back."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

_INSTANT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.add_column("project", sa.Column("verified_funds_yuan", sa.BigInteger(), nullable=True))
    _create_amount_limit()
    _create_funds_arrival()


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
                "version": 1,
                "updated_at": datetime(2000, 1, 1, tzinfo=UTC),
                "id": UUID(f"00000000-0000-7000-8000-0000000010{number:02d}"),
                "region_code": None,
                "valid_from": date(2000, 1, 1),
                "valid_to": None,
                "kind": kind,
                "floor_yuan": 1000,
                "ceiling_yuan": 10_000_000_000,
                "multiple": 10,
            }
            for number, kind in enumerate(shipped, start=1)
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


def downgrade() -> None:
    op.drop_table("funds_arrival")
    op.drop_table("amount_limit")
    op.drop_column("project", "verified_funds_yuan")
