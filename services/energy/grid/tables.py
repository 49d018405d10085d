"""The grid at rest. ``valid_to`` is exclusive everywhere; None is open."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlmodel import Field

from libs.common.database import UtcDateTime
from services.energy.tables import EnergyTable

_LIFE = "valid_to IS NULL OR valid_to > valid_from"


class GridNodeRow(EnergyTable, table=True):
    """A part of the grid. ``origin``: registered by somebody, or made of a project that was commissioned.

    ``project_id``: the project that builds it, if one does. ``quota_code``: under which the utility hands out its
    supply quota, where that is not its own code.
    """

    __tablename__ = "grid_node"
    __table_args__ = (
        CheckConstraint("kind IN ('area', 'substation', 'transformer', 'feeder')", name="kind"),
        CheckConstraint("origin IN ('registered', 'project')", name="origin"),
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("voltage_kv > 0", name="voltage"),
        UniqueConstraint("code", name="uq_grid_node_code"),
        UniqueConstraint("project_id", name="uq_grid_node_project"),
        Index("ix_grid_node_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    code: str
    name: str
    region_code: str
    voltage_kv: float | None = None
    quota_code: str | None = None
    origin: str
    project_id: UUID | None = None
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class GridLinkRow(EnergyTable, table=True):
    """Which node hangs under which, for a time; one parent at a time."""

    __tablename__ = "grid_link"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("child_id <> parent_id", name="other"),
        UniqueConstraint("child_id", "valid_from", name="uq_grid_link_child"),
        Index("ix_grid_link_parent", "parent_id"),
    )

    id: UUID = Field(primary_key=True)
    child_id: UUID = Field(foreign_key="grid_node.id")
    parent_id: UUID = Field(foreign_key="grid_node.id")
    valid_from: date
    valid_to: date | None = None
    reason: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class GridCapacityRow(EnergyTable, table=True):
    """A part of a node's capacity for a time; those in force add up. ``rated_mva`` is of all ``units`` together.

    ``project_id``: the project it came with. What was taken back stays with the time and the reason, and counts
    nowhere.
    """

    __tablename__ = "grid_capacity"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("rated_mva <> 0", name="rated"),
        CheckConstraint("units BETWEEN 1 AND 100", name="units"),
        CheckConstraint("overload_factor BETWEEN 1 AND 3", name="overload"),
        CheckConstraint("power_factor > 0 AND power_factor <= 1", name="power_factor"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
        Index("ix_grid_capacity_node", "node_id"),
        Index(
            "uq_grid_capacity_project",
            "project_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL AND valid_to IS NULL AND project_id IS NOT NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    node_id: UUID = Field(foreign_key="grid_node.id")
    rated_mva: float
    units: int = Field(sa_type=SmallInteger)
    overload_factor: float | None = None
    power_factor: float | None = None
    valid_from: date
    valid_to: date | None = None
    reason: str
    project_id: UUID | None = None
    project_code: str | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_reason: str | None = None


class GridPlacementRow(EnergyTable, table=True):
    """Where a meter hangs, as somebody said: it wins over the codes of the meter's register.

    ``role``: load, or gateway: the node's own meter.
    """

    __tablename__ = "grid_placement"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("role IN ('load', 'gateway')", name="role"),
        UniqueConstraint("meter_index", "role", "valid_from", name="uq_grid_placement_meter"),
        Index("ix_grid_placement_node", "node_id"),
        Index("ix_grid_placement_no", "meter_no"),
    )

    id: UUID = Field(primary_key=True)
    meter_no: str
    meter_index: int
    node_id: UUID = Field(foreign_key="grid_node.id")
    role: str
    valid_from: date
    valid_to: date | None = None
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class GridUnmeteredRow(EnergyTable, table=True):
    """The share of a node's load that neither its meters nor the nodes below it show."""

    __tablename__ = "grid_unmetered"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("share > 0 AND share < 1", name="share"),
        UniqueConstraint("node_id", "valid_from", name="uq_grid_unmetered_node"),
    )

    id: UUID = Field(primary_key=True)
    node_id: UUID = Field(foreign_key="grid_node.id")
    share: float
    valid_from: date
    valid_to: date | None = None
    reason: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str


class GridRuleRow(EnergyTable, table=True):
    """What holds of the grid in a region (None: everywhere) for a time."""

    __tablename__ = "grid_rule"
    __table_args__ = (
        CheckConstraint(_LIFE, name="life"),
        CheckConstraint("power_factor > 0 AND power_factor <= 1", name="power_factor"),
        CheckConstraint("overload_factor BETWEEN 1 AND 3", name="overload"),
        CheckConstraint("least_completeness > 0 AND least_completeness <= 1", name="completeness"),
        Index("ix_grid_rule_region", "region_code", "valid_from"),
    )

    id: UUID = Field(primary_key=True)
    region_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    power_factor: float
    overload_factor: float
    least_completeness: float
    reason: str
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class GridWorksRow(EnergyTable, table=True):
    """A grid project as its events told it last (S25). ``event_version``: of the last that was taken.

    ``capacity_id``: what it added and has not taken back.
    """

    __tablename__ = "grid_works"
    __table_args__ = (
        Index("ix_grid_works_region", "region_code", postgresql_ops={"region_code": "text_pattern_ops"}),
    )

    project_id: UUID = Field(primary_key=True)
    code: str
    name: str
    region_code: str | None = None
    work: str | None = None
    voltage_kv: float | None = None
    capacity_mva: float | None = None
    line_length_km: float | None = None
    financing_form: str | None = None
    stage: str
    stage_on: date
    commissioned_on: date | None = None
    node_id: UUID | None = Field(default=None, foreign_key="grid_node.id")
    capacity_id: UUID | None = Field(default=None, foreign_key="grid_capacity.id")
    event_version: int
    updated_at: datetime = Field(sa_type=UtcDateTime)


class GridTouchedRow(EnergyTable, table=True):
    """Nodes whose figures changed from a day on by something recorded of the grid; taken by who computes them."""

    __tablename__ = "grid_touched"

    id: UUID = Field(primary_key=True)
    node_id: UUID
    first_day: date
    last_day: date | None = None
