"""Tables of oversight."""

from sqlalchemy import CheckConstraint, Index

from services.projects.database import DatedTable


class ProjectRuleRow(DatedTable, table=True):
    """See the domain's Rule; one row a kind, region and first day of validity."""

    __tablename__ = "project_rule"
    __table_args__ = (
        Index(
            "uq_project_rule_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("threshold_days >= 1", name="threshold_positive"),
        CheckConstraint("level2_days > threshold_days", name="level2_later"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("threshold_percent BETWEEN 1 AND 100", name="percent_in_range"),
        CheckConstraint("level2_percent > threshold_percent", name="level2_percent_larger"),
    )

    kind: str
    threshold_days: int
    level2_days: int | None = None
    threshold_percent: int | None = None
    level2_percent: int | None = None
