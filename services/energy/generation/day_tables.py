"""What happens to plants, what is given of them, their computed days, targets and rules."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import DOUBLE_PRECISION, CheckConstraint, Column, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable


class PlantUnitStateRow(EnergyTable, table=True):
    """A state of a unit, open while it has no end; one at a time. Withdrawn rows stay and count no more."""

    __tablename__ = "plant_unit_state"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        CheckConstraint("state IN ('available', 'reduced', 'outage_planned', 'outage_forced')", name="state"),
        CheckConstraint("(state = 'reduced') = (available_kw IS NOT NULL)", name="reduced_to"),
        Index(
            "uq_plant_unit_state_open",
            "unit_id",
            unique=True,
            postgresql_where=text("ends_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_plant_unit_state_unit_id", "unit_id", "starts_at"),
        Index("ix_plant_unit_state_plant_id", "plant_id", "starts_at"),
    )

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    unit_id: UUID = Field(foreign_key="plant_unit.id")
    state: str
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expected_end_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    available_kw: float | None = None
    cause: str
    reason: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PlantLimitRow(EnergyTable, table=True):
    """An order of dispatch not to deliver more than ``limit_kw``. Withdrawn rows stay and count no more."""

    __tablename__ = "plant_limit"
    __table_args__ = (
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="period"),
        CheckConstraint("limit_kw >= 0", name="limit"),
        Index("ix_plant_limit_plant_id", "plant_id", "starts_at"),
        Index(
            "uq_plant_limit_order_no",
            "plant_id",
            "order_no",
            unique=True,
            postgresql_where=text("order_no IS NOT NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    limit_kw: float
    cause: str
    order_no: str | None = None
    reason: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None
    version: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)


class PlantSeriesRow(EnergyTable, table=True):
    """What is given of a plant's resource on a day, by 96 slots, NaN where nothing is given.

    A row is never changed but for ``replaced_at``: later figures lay their slots over what stands as another row.
    """

    __tablename__ = "plant_series"
    __table_args__ = (
        Index(
            "uq_plant_series_current",
            "plant_id",
            "quantity",
            "day",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("cardinality(slot_values) = 96", name="whole_day"),
        CheckConstraint("replaced_at IS NULL OR replaced_at >= recorded_at", name="known"),
    )

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    quantity: str
    day: date
    slot_values: list[float] = Field(sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=False))
    source: str
    revision: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PlantDayRow(EnergyTable, table=True):
    """A plant's day as it was computed last; figures as in ``domain.output.Output``."""

    __tablename__ = "plant_day"

    plant_id: UUID = Field(primary_key=True, foreign_key="plant.id")
    day: date = Field(primary_key=True, index=True)
    slots: int = Field(sa_type=SmallInteger)
    present: float
    whole: int = Field(sa_type=SmallInteger)
    compared: int = Field(sa_type=SmallInteger)
    actual_kwh: float
    slots_kwh: float
    peak_kw: float | None = None
    capacity_kwh: float
    potential_kwh: float
    expected_kwh: float
    compared_kwh: float
    resource_kwh: float
    planned_kwh: float
    forced_kwh: float
    curtailed_kwh: float
    unexplained_kwh: float
    computed_at: datetime = Field(sa_type=UtcDateTime)


class PlantDueRow(EnergyTable, table=True):
    """Days of a plant that wait to be computed anew; both ends included."""

    __tablename__ = "plant_due"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="span"),)

    id: UUID = Field(primary_key=True)
    plant_id: UUID = Field(foreign_key="plant.id")
    first_day: date
    last_day: date


class GenerationTargetRow(EnergyTable, table=True):
    """A year's target of a plant, or of a region's plants, of one kind or all.

    ``monthly_kwh``: twelve figures where months were given. A change makes another row; ``replaced_at`` ends one.
    """

    __tablename__ = "generation_target"
    __table_args__ = (
        Index(
            "uq_generation_target_current",
            "region_code",
            "plant_id",
            "kind",
            "year",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("energy_kwh > 0", name="energy"),
        CheckConstraint("monthly_kwh IS NULL OR cardinality(monthly_kwh) = 12", name="months"),
        CheckConstraint("plant_id IS NULL OR kind IS NULL", name="plant_or_kind"),
        Index("ix_generation_target_line", "line_id", "version"),
    )

    id: UUID = Field(primary_key=True)
    # The same through all its versions: what situations and events are about.
    line_id: UUID
    version: int
    region_code: str
    plant_id: UUID | None = Field(default=None, foreign_key="plant.id")
    kind: str | None = None
    year: int
    energy_kwh: float
    monthly_kwh: list[float] | None = Field(
        default=None, sa_column=Column(ARRAY(DOUBLE_PRECISION, dimensions=1), nullable=True)
    )
    basis: str
    reason: str
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    replaced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GenerationRuleRow(EnergyTable, table=True):
    """When plants ask for people, in a region for a time. Points are percentage points of the year's target.

    An outage counts from ``outage_hours`` on when it takes ``outage_share_1`` of the plant's capacity or more; a
    plant underperforms after ``under_days`` judged days in a row whose delivery ratio lies below ``under_ratio``.
    """

    __tablename__ = "generation_rule"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
        CheckConstraint("behind_points_2 > behind_points_1 AND behind_points_1 > 0", name="behind"),
        CheckConstraint("outage_share_2 >= outage_share_1 AND outage_share_1 > 0", name="outage"),
        Index(
            "uq_generation_rule_scope",
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
    behind_points_1: float
    behind_points_2: float
    least_completeness: float
    outage_share_1: float
    outage_share_2: float
    outage_hours: float
    under_ratio: float
    under_days: int = Field(sa_type=SmallInteger)
    note: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str
