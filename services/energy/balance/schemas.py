"""Balances as the API takes and shows them; NaN of the figures becomes null."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.energy.balance.domain.gap import MaximumSource
from services.energy.balance.domain.levels import Edges
from services.energy.balance.domain.periods import LevelPeriod
from services.energy.balance.domain.rules import Denominator
from services.energy.balance.keeping import RuleFacts
from services.energy.balance.service import Balance, Basis
from services.energy.balance.tables import BalanceDayRow, BalanceImportLimitRow, BalanceRuleRow
from services.energy.grid.domain.node import NodeKind
from services.energy.grid.report_schemas import numbers
from services.energy.grid.schemas import EXCLUSIVE, Body, Day, Reason, Region
from services.energy.grid.tables import GridNodeRow
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, instant_of

Percent = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Slots = Annotated[int, Field(ge=1, le=96)]
Megawatts = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
LimitName = Literal["unknown", "capacity", "quota", "import"]
_LIMITS: tuple[LimitName, ...] = ("unknown", "capacity", "quota", "import")
_SLOT_MINUTES = 15
_SLOTS = 96


class BalanceSummary(BaseModel):
    """A node's day as computed last. Levels: 0 none, 1 blue (Ⅳ), 2 yellow (Ⅲ), 3 orange (Ⅱ), 4 red (Ⅰ)."""

    id: UUID = Field(description="The node's.")
    node_code: str
    node_name: str
    kind: NodeKind
    region_code: str
    day: date
    level: int = Field(description="Held at the end of what is known.")
    highest_level: int
    highest_gap_kw: float | None
    highest_gap_percent: float | None
    short_slots: int
    known_slots: int
    scaled_slots: int
    quota_over_slots: int = Field(description="Slots whose supply quota is more than the node can carry.")
    peak_kw: float | None
    peak_slot: int | None
    maximum_kw: float | None = Field(description="The denominator of the percentages.")
    maximum_source: str
    capacity_kw: float | None
    computed_at: datetime


class BalanceRead(BaseModel):
    """A day by quarter of an hour; null where it is not known. ``*_ids``: the rows behind the figures."""

    node_code: str
    node_name: str
    day: date
    basis: Basis
    available_kw: list[float | None]
    limit: list[LimitName] = Field(description="What bounds the supply of each slot.")
    demand_kw: list[float | None]
    gap_kw: list[float | None] = Field(description="What is short; 0 where there is enough.")
    gap_percent: list[float | None]
    level: list[int | None] = Field(description="As held with hysteresis; of a forecast, of the slot alone.")
    maximum_kw: list[float | None] = Field(description="The denominator of each slot's percentage.")
    maximum_source: str
    completeness: list[float] | None
    scaled_slots: int | None
    quota_over: list[bool] = Field(description="The quota is more than the node can carry and does not count.")
    capacity_kw: float | None
    capacity_ids: list[UUID]
    quota_ids: list[UUID]
    import_limit_ids: list[UUID]
    rule_id: UUID
    short_kwh: float | None = Field(description="What was short over the day, of the slots known.")


class LevelPeriodRead(BaseModel):
    """A stretch of time at a level."""

    level: int
    starts_at: datetime
    ends_at: datetime
    slots: int
    highest_gap_kw: float | None
    highest_gap_percent: float | None
    short_kwh: float


class ShortageItems(BaseModel):
    shortages: list[LevelPeriodRead] = Field(description="Whole shortages, at the highest level of each.")
    levels: list[LevelPeriodRead] = Field(description="Each level by itself.")


class BalanceSpan(Body):
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")


class RecomputationRead(BaseModel):
    days: int = Field(description="Days that the next run computes.")


class BalanceRuleWrite(Body):
    """A rule of a region (null: everywhere) from a day on, until its next one."""

    region_code: Region | None = None
    valid_from: Day
    denominator: Denominator = Denominator.FORECAST_MAXIMUM
    recent_days: int = Field(default=14, ge=1, le=366)
    blue_above: Percent = 0.0
    yellow_above: Percent = 5.0
    orange_from: Percent = 10.0
    red_from: Percent = 20.0
    up_slots: Slots = Field(default=1, description="Slots at a level or above before it is raised.")
    down_slots: Slots = Field(default=2, description="Slots at a level or below before it is lowered.")
    restate_points: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = Field(
        default=2.0, description="An open shortage is told anew when its gap moved so many points."
    )
    kinds: Annotated[list[NodeKind], Field(min_length=1, max_length=4)] = Field(
        default=[NodeKind.AREA, NodeKind.SUBSTATION], description="Nodes whose shortages are told."
    )
    reason: Reason

    def facts(self) -> RuleFacts:
        edges = Edges(self.blue_above, self.yellow_above, self.orange_from, self.red_from)
        return RuleFacts(
            region_code=self.region_code,
            valid_from=self.valid_from,
            denominator=self.denominator,
            recent_days=self.recent_days,
            edges=edges,
            up_slots=self.up_slots,
            down_slots=self.down_slots,
            restate_points=self.restate_points,
            kinds=sorted(set(self.kinds)),
            reason=self.reason,
        )


class BalanceRuleRead(BalanceRuleWrite):
    model_config = ConfigDict(from_attributes=True, extra="ignore")

    id: UUID
    valid_to: date | None
    version: int
    changed_at: datetime
    changed_by: str


class ImportLimitWrite(Body):
    """What the node may import over its ties: one value all day, or 24, 48 or 96."""

    limit_mw: Annotated[list[Megawatts], Field(min_length=1, max_length=96)]
    valid_from: Day
    valid_to: Day | None = Field(default=None, description=EXCLUSIVE)
    reason: Reason

    @model_validator(mode="after")
    def _fill_a_day(self) -> Self:
        if len(self.limit_mw) not in {1, 24, 48, 96}:
            raise ValueError("limit_mw holds 1, 24, 48 or 96 values")
        return self


class ImportLimitRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    limit_mw: list[float]
    valid_from: date
    valid_to: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str


class ImportLimits(BaseModel):
    items: list[ImportLimitRead]


def summary(found: tuple[BalanceDayRow, GridNodeRow]) -> BalanceSummary:
    row, node = found
    return BalanceSummary(
        id=node.id,
        node_code=node.code,
        node_name=node.name,
        kind=NodeKind(node.kind),
        region_code=node.region_code,
        day=row.day,
        level=row.held["level"],
        highest_level=row.highest_level,
        highest_gap_kw=row.highest_gap_kw,
        highest_gap_percent=row.highest_gap_percent,
        short_slots=row.short_slots,
        known_slots=row.known_slots,
        scaled_slots=row.scaled_slots,
        quota_over_slots=row.quota_over_slots,
        peak_kw=row.peak_kw,
        peak_slot=row.peak_slot,
        maximum_kw=row.maximum_kw,
        maximum_source=MaximumSource(row.maximum_source).name.lower(),
        capacity_kw=row.capacity_kw,
        computed_at=row.computed_at,
    )


def balance_read(found: Balance, basis: Basis) -> BalanceRead:
    columns, supply = found.columns, found.supply
    known = np.isfinite(columns.gap_kw)
    return BalanceRead.model_construct(
        node_code=found.node.code,
        node_name=found.node.name,
        day=date_of(columns.day),
        basis=basis,
        available_kw=numbers(columns.available_kw),
        limit=[_LIMITS[number] for number in supply.columns.limit.tolist()],
        demand_kw=numbers(columns.demand_kw),
        gap_kw=numbers(columns.gap_kw),
        gap_percent=numbers(columns.gap_percent),
        level=[None if level < 0 else level for level in columns.level.tolist()],
        maximum_kw=numbers(columns.maximum_kw),
        maximum_source=found.maximum_source.name.lower(),
        completeness=None if found.completeness is None else np.round(found.completeness, 4).tolist(),
        scaled_slots=found.scaled,
        quota_over=supply.columns.quota_over.tolist(),
        capacity_kw=supply.capacity_kw,
        capacity_ids=list(supply.capacity_ids),
        quota_ids=list(supply.quota_ids),
        import_limit_ids=list(supply.import_limit_ids),
        rule_id=found.rule.id,
        short_kwh=float(columns.gap_kw[known].sum()) / 4 if known.any() else None,
    )


def period_read(found: LevelPeriod, offset_minutes: int) -> LevelPeriodRead:
    def instant(slot: int) -> datetime:
        day, place = divmod(slot, _SLOTS)
        return instant_of(day * MINUTES_A_DAY + place * _SLOT_MINUTES, offset_minutes)

    return LevelPeriodRead(
        level=found.level,
        starts_at=instant(found.first),
        ends_at=instant(found.end),
        slots=found.end - found.first,
        highest_gap_kw=found.highest_gap_kw,
        highest_gap_percent=found.highest_gap_percent,
        short_kwh=found.short_kwh,
    )


def rule_read(row: BalanceRuleRow) -> BalanceRuleRead:
    return BalanceRuleRead.model_validate(row)


def limits_read(rows: Sequence[BalanceImportLimitRow]) -> ImportLimits:
    return ImportLimits(items=[ImportLimitRead.model_validate(row) for row in rows])
