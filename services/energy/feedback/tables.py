"""Verdicts on conditions, and what follows from them for a meter."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, UniqueConstraint
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class ConditionVerdictRow(EnergyTable, table=True):
    """What an operator said of a condition; appended, never changed. ``source``: rest, or alert."""

    __tablename__ = "condition_verdict"
    __table_args__ = (
        Index("ix_condition_verdict_meter", "meter_no", "kind", "sequence"),
        Index("ix_condition_verdict_condition", "condition_id", "sequence"),
    )

    sequence: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    condition_id: UUID = Field(foreign_key="condition.condition_id")
    meter_no: str
    kind: str
    is_true: bool
    note: str
    source: str
    given_at: datetime = Field(sa_type=UtcDateTime)
    given_by: str
    factor_before: float
    factor_after: float


class MeterFactorRow(EnergyTable, table=True):
    """A meter's own factor of a kind as it is now; the detector reads it from its journal.

    ``counted_from``: verdicts from this sequence on count; a reset moves it.
    """

    __tablename__ = "meter_factor"
    __table_args__ = (
        UniqueConstraint("meter_no", "kind", name="uq_meter_factor_meter_kind"),
        Index("ix_meter_factor_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    meter_no: str
    kind: str
    region_code: str
    enterprise_id: UUID | None = None
    factor: float
    true_verdicts: int
    false_verdicts: int
    counted_from: int = Field(sa_type=BigInteger)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
