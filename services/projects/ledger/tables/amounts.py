"""From which amounts on somebody is asked back."""

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from services.projects.database import DatedTable


class AmountLimitRow(DatedTable, table=True):
    """See the domain's AmountLimit."""

    __tablename__ = "amount_limit"
    __table_args__ = (
        Index(
            "uq_amount_limit_kind_region_from",
            "kind",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("floor_yuan >= 0", name="floor_not_negative"),
        CheckConstraint("ceiling_yuan > floor_yuan", name="ceiling_above_floor"),
        CheckConstraint("multiple > 1", name="multiple_above_one"),
        CheckConstraint("valid_to > valid_from", name="ends_after_it_begins"),
    )

    kind: str
    floor_yuan: int = Field(sa_type=BigInteger)
    ceiling_yuan: int | None = Field(default=None, sa_type=BigInteger)
    multiple: int | None = None
