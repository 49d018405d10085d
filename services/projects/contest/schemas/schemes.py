"""Weights: components, and points by rule beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.schemes import (
    AdjustmentKind,
    AdjustmentRule,
    Component,
    ComponentDirection,
    Scheme,
    WithoutBase,
)
from services.projects.contest.schemas.types import MOST_COMPONENTS, Points, Quarter, Share, Weight, Word
from services.projects.contest.tables import ContestSchemeRow
from services.projects.economy.schemas.types import Amount, Note
from services.projects.registry.schemas import Name, example

COMPONENTS = [
    {
        "code": "progress",
        "name_zh": "项目建设进度",
        "name_en": "construction progress",
        "source": "ledger",
        "measure": "milestones_original",
        "weight": "30",
        "level_share": "100",
        "growth_share": "0",
    },
    {
        "code": "quality",
        "name_zh": "企业运行质量",
        "name_en": "quality of operation",
        "source": "economy",
        "measure": "tax",
        "weight": "30",
        "level_share": "50",
        "growth_share": "50",
        "growth_limit": "100",
    },
    {
        "code": "service",
        "name_zh": "部门服务环境",
        "name_en": "service environment",
        "source": "environment",
        "measure": "service",
        "weight": "15",
        "level_share": "100",
        "growth_share": "0",
    },
    {
        "code": "targets",
        "name_zh": "目标完成",
        "name_en": "target completion",
        "source": "targets",
        "measure": "completion",
        "weight": "25",
        "level_share": "100",
        "growth_share": "0",
    },
]


class ComponentWrite(BaseModel):
    """An indicator with its weight; the shares of level and growth are percent and sum to 100."""

    model_config = example(**COMPONENTS[1])

    code: Word
    name_zh: Name
    name_en: Name
    source: Word = Field(description="See GET /v1/contest-measures.")
    measure: Word
    weight: Weight = Field(description="All weights sum to 100.")
    level_share: Share = Decimal(100)
    growth_share: Share = Decimal(0)
    direction: ComponentDirection = ComponentDirection.HIGHER
    growth_limit: Annotated[Decimal, Field(gt=0, le=10000, max_digits=8, decimal_places=2)] | None = Field(
        default=None,
        description="Growth counts at most so far up or down, so that a small base stretches nothing.",
    )
    without_base: WithoutBase = Field(
        default=WithoutBase.MISSING,
        description="Where only the growth is unknown: the component is missing, or its level counts alone.",
    )

    def component(self) -> Component:
        return Component(**{name: getattr(self, name) for name in type(self).model_fields})


class AdjustmentRuleWrite(BaseModel):
    """Points for facts that a source counts."""

    model_config = example(
        code="late_reports",
        name_zh="报表迟报",
        name_en="late reports",
        kind="deduction",
        source="reports",
        measure="late",
        points="0.5",
        max_points="5",
    )

    code: Word
    name_zh: Name
    name_en: Name
    kind: AdjustmentKind
    source: Word
    measure: Word
    points: Points = Field(description="Each.")
    max_points: Points | None = None

    def rule(self) -> AdjustmentRule:
        return AdjustmentRule(**{name: getattr(self, name) for name in type(self).model_fields})


class SchemeCreate(BaseModel):
    """Weights from a quarter on. Another revision says why it is made; what is frozen keeps its own."""

    model_config = example(
        from_quarter=1,
        components=COMPONENTS,
        adjustments=[
            {
                "code": "late_reports",
                "name_zh": "报表迟报",
                "name_en": "late reports",
                "kind": "deduction",
                "source": "reports",
                "measure": "late",
                "points": "0.5",
                "max_points": "5",
            }
        ],
        max_bonus="10",
        max_deduction="20",
    )

    from_quarter: Quarter
    components: Annotated[list[ComponentWrite], Field(min_length=1, max_length=MOST_COMPONENTS)]
    adjustments: Annotated[list[AdjustmentRuleWrite], Field(max_length=MOST_COMPONENTS)] = []
    max_bonus: Points | None = None
    max_deduction: Points | None = None
    reason: Note = ""

    def scheme(self) -> Scheme:
        return Scheme(
            components=tuple(one.component() for one in self.components),
            adjustments=tuple(one.rule() for one in self.adjustments),
            max_bonus=self.max_bonus,
            max_deduction=self.max_deduction,
        )


class ComponentRead(BaseModel):
    code: str
    name_zh: str
    name_en: str
    source: str
    measure: str
    weight: Amount
    level_share: Amount
    growth_share: Amount
    direction: ComponentDirection
    growth_limit: Amount | None
    without_base: WithoutBase


class AdjustmentRuleRead(BaseModel):
    code: str
    name_zh: str
    name_en: str
    kind: AdjustmentKind
    source: str
    measure: str
    points: Amount
    max_points: Amount | None


class SchemeRead(BaseModel):
    id: UUID
    contest_id: UUID
    revision: int
    from_quarter: int
    components: list[ComponentRead]
    adjustments: list[AdjustmentRuleRead]
    max_bonus: Amount | None
    max_deduction: Amount | None
    reason: str
    adopted_at: AwareDatetime
    adopted_by: str

    @classmethod
    def of(cls, row: ContestSchemeRow) -> SchemeRead:
        return cls.model_validate(row, from_attributes=True)
