"""Contests, their rules, and what can be measured."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.measuring import GrowthBasis, MeasureInfo
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.rules import ContestRule, MoveRule
from services.projects.contest.schemas.types import UNSAID, Share, Year
from services.projects.contest.service.contests import ContestDraft
from services.projects.economy.schemas.types import Amount, Note
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example


class ContestCreate(BaseModel):
    model_config = example(
        code="SBLT-2026-XZ",
        name="2026年乡镇四比擂台赛",
        kind="township",
        region_code="421224",
        year=2026,
        basis="通山县四比擂台赛考评办法（演示）",
    )

    code: Code
    name: Name
    kind: ParticipantKind
    region_code: RegionCode
    year: Year
    basis: Note = ""
    responsible_unit_id: UUID | None = None

    def draft(self) -> ContestDraft:
        return ContestDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ContestUpdate(BaseModel):
    model_config = example(name="2026年度乡镇四比擂台赛")

    name: Name = UNSAID
    basis: Note = UNSAID
    responsible_unit_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class ContestRead(Versioned):
    id: UUID
    code: str
    name: str
    kind: ParticipantKind
    region_code: str
    year: int
    basis: str
    responsible_unit_id: UUID | None
    created_at: AwareDatetime
    created_by: str


class ContestRuleWrite(BaseModel):
    """Where a moved enterprise counts, what is enough to be compared, days of appeals (working days)."""

    model_config = example(
        region_code="421224", move_counts="by_month", min_complete_percent="90", appeal_days=5, decision_days=10
    )

    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    valid_from: date | None = Field(default=None, description="Today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last.")
    move_counts: MoveRule = MoveRule.BY_MONTH
    min_complete_percent: Share = Field(
        default=Decimal(90), description="So much of the facts that a figure expects has to be there."
    )
    equal_score: Share = Field(default=Decimal(100), description="Of figures that are all alike.")
    appeal_days: Annotated[int, Field(ge=1, le=60)] = 5
    decision_days: Annotated[int, Field(ge=1, le=60)] = 10
    bottom_places: Annotated[int, Field(ge=0, le=50)] = Field(default=1, description="Last places to warn of.")
    kgce_per_kwh: Annotated[Decimal, Field(gt=0, le=1, max_digits=7, decimal_places=6)] = Decimal("0.1229")

    def rule(self, today: date) -> ContestRule:
        facts = {name: getattr(self, name) for name in type(self).model_fields}
        return ContestRule(**facts | {"valid_from": self.valid_from or today})


class ContestRuleRead(BaseModel):
    id: UUID
    region_code: str | None
    valid_from: date
    valid_to: date | None
    move_counts: MoveRule
    min_complete_percent: Amount
    equal_score: Amount
    appeal_days: int
    decision_days: int
    bottom_places: int
    kgce_per_kwh: Amount
    version: int


class ContestMeasureRead(BaseModel):
    """What a component may measure: how it grows, and whose it can be."""

    source: str
    measure: str
    unit: str
    growth: GrowthBasis
    kinds: list[ParticipantKind]

    @classmethod
    def of(cls, source: str, info: MeasureInfo) -> ContestMeasureRead:
        return cls(source=source, measure=info.code, unit=info.unit, growth=info.growth, kinds=sorted(info.kinds))


class ContestMeasures(BaseModel):
    items: list[ContestMeasureRead]
