"""Activations, the orders they give to enterprises, and all that was told, seen and verified of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DOUBLE_PRECISION, CheckConstraint, Column, Index, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.activations.domain.order import ActivationState, AmendmentKind
from services.energy.activations.domain.tracking import Course
from services.energy.activations.domain.verification import Verdict
from services.energy.activations.domain.wording import NoticeKind
from services.energy.tables import EnergyTable


def _one_of(column: str, *values: str) -> str:
    known = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({known})"


def _numbers() -> Any:
    return Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False)


class ActivationRuleRow(EnergyTable, table=True):
    """Figures by which orderly use is carried out in a region (null: everywhere); ``valid_to`` is exclusive."""

    __tablename__ = "activation_rule"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        Index(
            "uq_activation_rule_scope",
            "region_code",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    baseline: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    standard: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    patience: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    acknowledge_minutes: int
    wait_hours: int
    max_hours: int
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class ActivationRow(EnergyTable, table=True):
    """One activation in a region. ``starts_at`` and ``ends_at`` hold all of its orders as amended.

    ``selection`` is what the planner said when it chose; ``baseline_method`` null is the rule's. ``version`` is
    that of its last event too.
    """

    __tablename__ = "activation"
    __table_args__ = (
        CheckConstraint(_one_of("state", *ActivationState), name="state"),
        CheckConstraint("ends_at >= starts_at", name="period"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
        Index("ix_activation_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_activation_starts_at", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    code: str = Field(unique=True)
    region_code: str
    state: str
    reason: str
    level: int | None = Field(default=None, sa_type=SmallInteger)
    node_code: str | None = None
    plan_id: UUID | None = None
    selection: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    acknowledge_minutes: int
    baseline_method: str | None = None
    ordered_at: datetime = Field(sa_type=UtcDateTime)
    ordered_by: str
    notified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    note: str | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ActivationOrderRow(EnergyTable, table=True):
    """What one enterprise is to reduce: ``ordered_kw`` at first, and as amended ``steps`` [[instant, kW] …].

    ``starts_at`` and ``ends_at`` are as amended; equal once lifted before the beginning. Name, credit code and
    region are those of the time it was ordered. ``notice`` is the number of the newest notice, its deadline and
    acknowledgement stand beside it. ``edition`` is that of the verification that holds, 0 while there is none.
    """

    __tablename__ = "activation_order"
    __table_args__ = (
        UniqueConstraint("activation_id", "enterprise_id", name="uq_activation_order_enterprise"),
        CheckConstraint("ends_at >= starts_at", name="period"),
        CheckConstraint("ordered_kw > 0", name="ordered"),
        Index("ix_activation_order_enterprise", "enterprise_id", "ends_at"),
        Index("ix_activation_order_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
        Index("ix_activation_order_starts_at", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    activation_id: UUID = Field(foreign_key="activation.id")
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    tier: int | None = Field(default=None, sa_type=SmallInteger)
    measure: str | None = None
    ordered_kw: float
    steps: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    notice: int
    notified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledge_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = None
    edition: int
    verdict: str | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ActivationMeterRow(EnergyTable, table=True):
    """A meter by which an order is verified."""

    __tablename__ = "activation_meter"
    __table_args__ = (Index("ix_activation_meter_meter", "meter_index"),)

    order_id: UUID = Field(primary_key=True, foreign_key="activation_order.id")
    meter_index: int = Field(primary_key=True)
    meter_no: str


class ActivationAmendmentRow(EnergyTable, table=True):
    """A change of what was ordered, of all enterprises (``order_id`` null) or of one.

    ``at``: the new end of extend and shorten, else from when on it holds. ``orders``: how many it changed.
    """

    __tablename__ = "activation_amendment"
    __table_args__ = (
        CheckConstraint(_one_of("kind", *AmendmentKind), name="kind"),
        UniqueConstraint("activation_id", "number", name="uq_activation_amendment_number"),
    )

    id: UUID = Field(primary_key=True)
    activation_id: UUID = Field(foreign_key="activation.id")
    number: int
    order_id: UUID | None = Field(default=None, foreign_key="activation_order.id")
    kind: str
    at: datetime = Field(sa_type=UtcDateTime)
    kw: float | None = None
    share: float | None = None
    reason: str
    orders: int
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str


class ActivationAmendedOrderRow(EnergyTable, table=True):
    """Which orders an amendment changed, and how each stood before and after it: [[instant, kW] …, end]."""

    __tablename__ = "activation_amended_order"

    amendment_id: UUID = Field(primary_key=True, foreign_key="activation_amendment.id")
    order_id: UUID = Field(primary_key=True, foreign_key="activation_order.id", index=True)
    before: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    after: list[Any] = Field(sa_column=Column(JSONB, nullable=False))


class ActivationNoticeRow(EnergyTable, table=True):
    """What an enterprise was told, by when it should say that it heard, and when it did."""

    __tablename__ = "activation_notice"
    __table_args__ = (
        CheckConstraint(_one_of("kind", *NoticeKind), name="kind"),
        UniqueConstraint("order_id", "number", name="uq_activation_notice_number"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="activation_order.id")
    number: int
    kind: str
    text_zh: str
    text_en: str
    told_at: datetime = Field(sa_type=UtcDateTime)
    told_by: str
    acknowledge_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str | None = None
    acknowledgement_note: str | None = None
    # A later notice counts in its place.
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ActivationTrackRow(EnergyTable, table=True):
    """How an order goes while it runs, by quarter from its start on; NaN where nothing is known.

    ``baseline_kw`` is the unadjusted baseline by quarter of the day (96) of ``baseline_days``. ``over`` quarters
    had ended; the figures of ``since`` are those of the quarter that made the course what it is.
    """

    __tablename__ = "activation_track"
    __table_args__ = (CheckConstraint(_one_of("course", *Course), name="course"),)

    order_id: UUID = Field(primary_key=True, foreign_key="activation_order.id")
    baseline_kw: list[float] = Field(sa_column=_numbers())
    baseline_days: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    over: int
    load_kw: list[float] = Field(sa_column=_numbers())
    course: str
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    since_ordered_kw: float | None = None
    since_achieved_kw: float | None = None
    latest_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    latest_ordered_kw: float | None = None
    latest_achieved_kw: float | None = None
    tracked_at: datetime = Field(sa_type=UtcDateTime)


class ActivationVerificationRow(EnergyTable, table=True):
    """An edition of an order's verification with all it rests on; rows are never changed.

    Columns by quarter begin at ``first_at``; NaN is missing. ``baseline``: the definition that was used;
    ``baseline_days`` and ``skipped_days`` ({day, why}) are dates. Figures are null where nothing is known.
    """

    __tablename__ = "activation_verification"
    __table_args__ = (
        UniqueConstraint("order_id", "edition", name="uq_activation_verification_edition"),
        CheckConstraint(_one_of("verdict", *Verdict), name="verdict"),
        CheckConstraint("(verdict = 'cannot_tell') = (unknown IS NOT NULL)", name="unknown"),
    )

    id: UUID = Field(primary_key=True)
    order_id: UUID = Field(foreign_key="activation_order.id")
    edition: int
    cause: str
    verified_at: datetime = Field(sa_type=UtcDateTime)
    verified_by: str
    verdict: str
    unknown: str | None = None
    baseline: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    standard: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    baseline_days: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    skipped_days: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    adjusted_kw: float | None = None
    first_at: datetime = Field(sa_type=UtcDateTime)
    baseline_kw: list[float] = Field(sa_column=_numbers())
    load_kw: list[float] = Field(sa_column=_numbers())
    ordered_kw: list[float] = Field(sa_column=_numbers())
    known_quarters: int
    wanted_quarters: int
    mean_kw: float | None = None
    peak_kw: float | None = None
    energy_kwh: float | None = None
    ordered_kwh: float
    shortfall_kwh: float | None = None
    shortfall_peak_kw: float | None = None
    rate: float | None = None
    covered: float | None = None
