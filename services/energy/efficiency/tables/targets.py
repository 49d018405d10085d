"""Targets, vetoes and rewards."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.efficiency.tables.catalogue import VersionedRow
from services.energy.tables import EnergyTable


class TargetRow(VersionedRow, table=True):
    """See the domain's targets. Without an enterprise it is the region's, the sum of its enterprises.

    ``progress`` is how it was judged last, None before the first time.
    """

    __tablename__ = "energy_target"
    __table_args__ = (
        Index(
            "uq_energy_target_key",
            "region_code",
            "enterprise_id",
            "year",
            "measure",
            "product_code",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_energy_target_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_energy_target_enterprise", "enterprise_id"),
        CheckConstraint("value > 0", name="positive"),
        CheckConstraint("pace IN ('linear', 'seasonal')", name="pace"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    year: int = Field(sa_type=SmallInteger)
    measure: str
    product_code: str
    factor_kind: str
    value: Decimal = Field(sa_column=Column(Numeric(22, 6), nullable=False))
    pace: str
    source: str
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    light: str | None = None
    judged_month: date | None = None
    progress: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None


class TargetDueRow(EnergyTable, table=True):
    """Figures of a region's enterprise and year changed: the targets of it and the regions above are to be judged.

    Added without waiting for anybody, and taken by the job that judges.
    """

    __tablename__ = "energy_target_due"

    id: UUID = Field(primary_key=True)
    region_code: str
    year: int = Field(sa_type=SmallInteger)


class VetoRow(VersionedRow, table=True):
    """A veto (一票否决) against a region or enterprise for a period; its version is that of its events.

    Of a ``target`` there is one that stands at most. ``waived``: lifted by a person, not set anew by itself.
    """

    __tablename__ = "energy_veto"
    __table_args__ = (
        Index(
            "uq_energy_veto_target",
            "target_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL AND target_id IS NOT NULL"),
        ),
        Index("ix_energy_veto_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_energy_veto_enterprise", "enterprise_id"),
        CheckConstraint("ground IN ('year_missed', 'red_months', 'decision')", name="ground"),
        CheckConstraint("period_to > period_from", name="period_in_order"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    ground: str
    target_id: UUID | None = Field(default=None, foreign_key="energy_target.id")
    period_from: date
    period_to: date
    explanation_zh: str
    explanation_en: str
    rows: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    set_at: datetime = Field(sa_type=UtcDateTime)
    set_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by: str | None = None
    lifted_reason: str | None = None
    waived: bool


class RewardRow(VersionedRow, table=True):
    """A reward for saving energy (节能降耗奖励): proposed, decided, paid in parts, or revoked."""

    __tablename__ = "energy_reward"
    __table_args__ = (
        Index("ix_energy_reward_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        CheckConstraint("status IN ('proposed', 'granted', 'paid', 'refused', 'revoked')", name="status"),
        CheckConstraint("amount_yuan > 0", name="positive"),
        CheckConstraint("paid_yuan BETWEEN 0 AND amount_yuan", name="not_overpaid"),
        CheckConstraint(
            "status IN ('proposed', 'refused') OR decision_no IS NOT NULL", name="granted_by_a_decision"
        ),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    region_code: str
    enterprise_id: UUID | None = None
    subject_name: str
    year: int = Field(sa_type=SmallInteger)
    reason: str
    edition_id: UUID | None = Field(default=None, foreign_key="contest_edition.id")
    target_id: UUID | None = Field(default=None, foreign_key="energy_target.id")
    saved_tce: Decimal | None = Field(default=None, sa_column=Column(Numeric(20, 3)))
    amount_yuan: int = Field(sa_type=BigInteger)
    paid_yuan: int = Field(sa_type=BigInteger)
    status: str
    decision_no: str | None = None
    decided_on: date | None = None
    decided_by: str | None = None
    note: str


class PaymentRow(EnergyTable, table=True):
    """A part of a reward that was paid."""

    __tablename__ = "energy_reward_payment"
    __table_args__ = (CheckConstraint("amount_yuan > 0", name="positive"),)

    id: UUID = Field(primary_key=True)
    reward_id: UUID = Field(foreign_key="energy_reward.id", index=True)
    paid_on: date
    amount_yuan: int = Field(sa_type=BigInteger)
    reference: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
