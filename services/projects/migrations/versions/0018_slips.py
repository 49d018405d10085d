"""Rules that name a percentage, and the shipped rules for slips: a choice of ours, changed as data."""

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Kind, days of level 1 and 2, points of level 1 and 2 (S26: 10-30 points behind is yellow, more is red).
_SHIPPED = (
    ("00000000-0000-7000-8000-000000000004", "completion_overdue", 1, 90, None, None),
    ("00000000-0000-7000-8000-000000000005", "production_overdue", 1, 90, None, None),
    ("00000000-0000-7000-8000-000000000006", "opening_overdue", 1, 90, None, None),
    ("00000000-0000-7000-8000-000000000007", "behind_plan", 1, None, 10, 30),
    # By the contract's terms alone: whether a share is due without any is for the office to say.
    ("00000000-0000-7000-8000-000000000008", "funds_short", 1, 91, None, None),
)


def upgrade() -> None:
    op.add_column("project_rule", sa.Column("threshold_percent", sa.Integer(), nullable=True))
    op.add_column("project_rule", sa.Column("level2_percent", sa.Integer(), nullable=True))
    op.create_check_constraint(
        "ck_project_rule_percent_in_range", "project_rule", "threshold_percent BETWEEN 1 AND 100"
    )
    op.create_check_constraint(
        "ck_project_rule_level2_percent_larger", "project_rule", "level2_percent > threshold_percent"
    )
    names = ("id", "kind", "threshold_days", "level2_days", "threshold_percent", "level2_percent")
    op.bulk_insert(
        sa.table("project_rule", *(sa.column(name) for name in (*names, "version", "updated_at", "valid_from"))),
        [
            dict(zip(names, (UUID(key), *facts), strict=True))
            | {"version": 1, "updated_at": datetime(2000, 1, 1, tzinfo=UTC), "valid_from": date(2000, 1, 1)}
            for key, *facts in _SHIPPED
        ],
    )


def downgrade() -> None:
    kinds = ", ".join(f"'{kind}'" for _, kind, *_ in _SHIPPED)
    op.execute(f"DELETE FROM condition WHERE kind IN ({kinds})")  # noqa: S608 - our own words
    op.execute(f"DELETE FROM project_rule WHERE kind IN ({kinds})")  # noqa: S608 - our own words
    op.drop_column("project_rule", "level2_percent")
    op.drop_column("project_rule", "threshold_percent")
