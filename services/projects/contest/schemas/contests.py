"""Contests, weights, rules, participants, points beside the components."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.contest.domain.measuring import GrowthBasis, MeasureInfo
from services.projects.contest.domain.participants import Participant, ParticipantKind
from services.projects.contest.domain.rules import ContestRule, MoveRule
from services.projects.contest.domain.schemes import (
    AdjustmentKind,
    AdjustmentRule,
    Component,
    Direction,
    Scheme,
    WithoutBase,
)
from services.projects.contest.service.contests import ContestDraft
from services.projects.contest.service.participants import AdjustmentDraft, ParticipantDraft
from services.projects.contest.tables import ContestParticipantRow, ContestSchemeRow
from services.projects.economy.schemas.types import Amount, Note, Reason
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example

Quarter = Annotated[int, Field(ge=1, le=4)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Share = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Weight = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]
Points = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Evidence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_UNSAID: Any = Field(default_factory=lambda: None)
MOST_COMPONENTS, MOST_PARTICIPANTS = 30, 1000
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

    name: Name = _UNSAID
    basis: Note = _UNSAID
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
    direction: Direction = Direction.HIGHER
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
    direction: Direction
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


class RuleWrite(BaseModel):
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


class RuleRead(BaseModel):
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


class MeasureRead(BaseModel):
    """What a component may measure: how it grows, and whose it can be."""

    source: str
    measure: str
    unit: str
    growth: GrowthBasis
    kinds: list[ParticipantKind]

    @classmethod
    def of(cls, source: str, info: MeasureInfo) -> MeasureRead:
        return cls(source=source, measure=info.code, unit=info.unit, growth=info.growth, kinds=sorted(info.kinds))


class MeasuresRead(BaseModel):
    items: list[MeasureRead]


class ParticipantCreate(BaseModel):
    """Exactly what the contest's kind is; beside an enterprise the township it is thought to belong to."""

    model_config = example(region_code="421224101", from_on="2026-01-01")

    region_code: RegionCode | None = None
    unit_id: UUID | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    responsible_unit_id: UUID | None = Field(default=None, description="Who is warned for it.")
    from_on: date
    to_on: date | None = Field(default=None, description="Day after the last.")

    def draft(self) -> ParticipantDraft:
        return ParticipantDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ParticipantsCreate(BaseModel):
    """All of them are entered, or none."""

    model_config = example(items=[{"region_code": "421224101", "from_on": "2026-01-01"}])

    items: Annotated[list[ParticipantCreate], Field(min_length=1, max_length=MOST_PARTICIPANTS)]


class ParticipationEnd(BaseModel):
    model_config = example(to_on="2026-07-01", reason="撤并")

    to_on: date = Field(description="Day after the last.")
    reason: Reason


class ParticipantRead(Versioned):
    """``code``, ``name`` and ``region_code`` are those of the registry now."""

    id: UUID
    contest_id: UUID
    kind: ParticipantKind
    subject_id: UUID | None = Field(description="Null of a township, which its code names.")
    code: str
    name: str
    region_code: str
    entered_in: str = Field(description="The region at the entry.")
    enterprise_id: UUID | None
    responsible_unit_id: UUID | None
    from_on: date
    to_on: date | None
    end_reason: str | None
    added_at: AwareDatetime
    added_by: str

    @classmethod
    def of(cls, row: ContestParticipantRow, participant: Participant) -> ParticipantRead:
        return cls(
            id=row.id,
            contest_id=row.contest_id,
            kind=participant.kind,
            subject_id=participant.subject_id,
            code=participant.code,
            name=participant.name,
            region_code=participant.region_code,
            entered_in=row.region_code,
            enterprise_id=participant.enterprise_id,
            responsible_unit_id=row.responsible_unit_id,
            from_on=row.from_on,
            to_on=row.to_on,
            end_reason=row.end_reason,
            added_at=row.added_at,
            added_by=row.added_by,
            version=row.version,
            updated_at=row.updated_at,
        )


class ParticipantsRead(BaseModel):
    items: list[ParticipantRead]


class AdjustmentCreate(BaseModel):
    """Points or a veto by hand. The ground energy is the energy service's own."""

    model_config = example(
        participant_id="01926f4e-7f00-7000-8000-000000003801",
        quarter=1,
        kind="bonus",
        points="2",
        reason="获省级表彰",
        evidence="鄂政发〔2026〕3号",
    )

    participant_id: UUID
    quarter: Quarter
    kind: Literal["bonus", "deduction", "veto"]
    points: Points | None = None
    ground: VetoGround | None = None
    reason: Reason
    evidence: Evidence

    def draft(self) -> AdjustmentDraft:
        return AdjustmentDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class ContestReason(BaseModel):
    model_config = example(reason="证据有误，予以撤销")

    reason: Reason


class AdjustmentRead(Versioned):
    id: UUID
    contest_id: UUID
    participant_id: UUID
    quarter: int
    kind: str
    points: Amount | None
    ground: VetoGround | None
    reason: str
    evidence: str
    recorded_at: AwareDatetime
    recorded_by: str
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
