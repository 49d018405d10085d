"""Targets and their trees."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.projects.economy.schemas.types import Amount, MonthText, Note, Percent, Reason, month_of
from services.projects.registry.schemas import Code, Name, RegionCode, SectorCode, example
from services.projects.targets.domain.goals import Counting, Direction, Milestone, Profile
from services.projects.targets.domain.scopes import Scope, ScopeType
from services.projects.targets.domain.standing import Lacking, Light, Verdict
from services.projects.targets.service.goals import TargetChange, TargetDraft, milestones_json
from services.projects.targets.service.trees import Node
from services.projects.targets.tables import TargetRow

Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=6)]
Year = Annotated[int, Field(ge=1990, le=2100)]
Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=8, decimal_places=4)]
Source = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class MilestoneSpec(BaseModel):
    """So many percent of the amount are due by the end of the month."""

    model_config = ConfigDict(extra="forbid")

    month: MonthText
    percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]

    def milestone(self) -> Milestone:
        return Milestone(month_of(self.month), self.percent)


class _TargetFacts(BaseModel):
    indicator_code: Code
    scope_type: ScopeType = Field(
        default=ScopeType.REGION, description="Each but region names its own: unit_id, person_id, park_code …"
    )
    region_code: RegionCode
    unit_id: UUID | None = None
    person_id: UUID | None = None
    park_code: Code | None = None
    sectors: Annotated[list[SectorCode], Field(max_length=50)] = Field(default_factory=list)
    cluster_code: Code | None = None
    first_year: Year
    last_year: Year
    direction: Direction = Direction.AT_LEAST
    counting: Counting = Field(
        default=Counting.TOTAL, description="Of a flow over years: their total, or what the last one brings."
    )
    amount: Figure = Field(description="In the indicator's unit; of a rate in percent.")
    base_amount: Figure | None = Field(
        default=None, description="Where it starts: of a stock, and of what the last of several years brings."
    )
    profile: Profile = Profile.LINEAR
    milestones: Annotated[list[MilestoneSpec], Field(max_length=200)] = Field(default_factory=list)
    weight: Weight = Decimal(1)
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        default="", description="Scope, years and indicator if empty."
    )
    responsible_unit_id: UUID | None = Field(default=None, description="责任单位")
    responsible_person_id: UUID | None = Field(default=None, description="责任人")
    source: Source = Field(default="", description="The document that sets it.")
    note: Note = ""

    def _draft(self, code: str, parent_id: UUID | None) -> TargetDraft:
        return TargetDraft(
            code=code,
            indicator_code=self.indicator_code,
            scope=Scope(
                type=self.scope_type,
                region_code=self.region_code,
                unit_id=self.unit_id,
                person_id=self.person_id,
                park_code=self.park_code,
                sectors=tuple(sorted(set(self.sectors))),
                cluster_code=self.cluster_code,
            ),
            first_year=self.first_year,
            last_year=self.last_year,
            amount=self.amount,
            direction=self.direction,
            counting=self.counting,
            base_amount=self.base_amount,
            profile=self.profile,
            milestones=tuple(one.milestone() for one in self.milestones),
            weight=self.weight,
            parent_id=parent_id,
            name=self.name,
            responsible_unit_id=self.responsible_unit_id,
            responsible_person_id=self.responsible_person_id,
            source=self.source,
            note=self.note,
        )


class TargetCreate(_TargetFacts):
    model_config = example(
        code="421224-2026-TZ",
        indicator_code="project_investment",
        region_code="421224",
        first_year=2026,
        last_year=2026,
        amount="450000000",
        profile="linear",
        source="2026年工业经济目标责任制",
    )

    code: Code
    parent_id: UUID | None = None

    def draft(self) -> TargetDraft:
        return self._draft(self.code, self.parent_id)


class TreeNode(_TargetFacts):
    model_config = ConfigDict(extra="forbid")

    code: Code
    parent_code: Code | None = Field(default=None, description="Of another node, or of a target that stands.")

    def node(self) -> Node:
        return Node(self._draft(self.code, None), self.parent_code)


class TreeCreate(BaseModel):
    """All targets of a tree at once, in any order; none is set if one is refused."""

    model_config = example(
        targets=[
            {"code": "XC-2026", "indicator_code": "project_investment", "region_code": "421224",
             "first_year": 2026, "last_year": 2026, "amount": "450000000"},
            {"code": "XC-2026-NL", "parent_code": "XC-2026", "indicator_code": "project_investment",
             "region_code": "421224101", "first_year": 2026, "last_year": 2026, "amount": "200000000"},
        ]
    )  # fmt: skip

    targets: Annotated[list[TreeNode], Field(min_length=1, max_length=2000)]
    dry_run: bool = Field(default=False, description="True: answer with the differences and set nothing.")


class AdoptionCreate(BaseModel):
    """Makes targets of what the region wants of its size bands in exactly this year."""

    model_config = example(region_code="421224101", year=2026)

    region_code: RegionCode
    year: Year


class TargetsAdopted(BaseModel):
    items: list["TargetRead"]


class TargetUpdate(BaseModel):
    """What changes; a change needs its reason. Scope and indicator stay: another is another target."""

    model_config = example(amount="480000000", reason="县委常委会7月12日调整")

    reason: Reason
    name: Name = Field(default_factory=str)
    parent_id: UUID | None = None
    first_year: Year = Field(default_factory=int)
    last_year: Year = Field(default_factory=int)
    direction: Direction = Field(default_factory=lambda: Direction.AT_LEAST)
    counting: Counting = Field(default_factory=lambda: Counting.TOTAL)
    amount: Figure = Field(default_factory=Decimal)
    base_amount: Figure | None = None
    profile: Profile = Field(default_factory=lambda: Profile.LINEAR)
    milestones: Annotated[list[MilestoneSpec], Field(max_length=200)] = Field(default_factory=list)
    weight: Weight = Field(default_factory=Decimal)
    responsible_unit_id: UUID | None = None
    responsible_person_id: UUID | None = None
    source: Source = Field(default_factory=str)
    note: Note = Field(default_factory=str)

    def change(self) -> TargetChange:
        said = {name: getattr(self, name) for name in self.model_fields_set if name != "reason"}
        for name in ("direction", "counting", "profile"):
            if name in said:
                said[name] = said[name].value
        if "milestones" in said:
            said["milestones"] = milestones_json(tuple(one.milestone() for one in self.milestones))
        return TargetChange(self.reason, said)


class Withdrawal(BaseModel):
    model_config = example(reason="并入县总目标")

    reason: Reason


class PointRead(BaseModel):
    month: date
    planned: Amount | None = None
    actual: Amount


class PlanRead(BaseModel):
    month: date
    planned: Amount | None


class StandingRead(BaseModel):
    """How a target stood when it was judged last; figures are exact to six decimals.

    ``latest`` is the last month that is over and known, ``so_far`` has the running month in it.
    """

    profile: Profile = Field(description="The one that was used: seasonal falls to linear without whole years.")
    lacking: Lacking | None = Field(description="Why there is no light.")
    latest: PointRead | None
    so_far: PointRead | None
    planned_percent: Percent | None
    actual_percent: Percent | None
    behind_points: Percent | None = Field(description="Of a ceiling: above the pace.")
    completion_percent: Percent | None = Field(description="Of the whole amount, the running month included.")
    reached_in: date | None
    forecast: Amount | None
    points: list[PointRead]
    unknown: list[date] = Field(description="Months that are over without a figure.")
    plan: list[PlanRead]


class TargetRead(BaseModel):
    id: UUID
    code: str
    name: str
    parent_id: UUID | None
    indicator_code: str
    scope_type: ScopeType
    scope_name: str
    region_code: str
    unit_id: UUID | None
    person_id: UUID | None
    park_code: str | None
    sectors: list[str]
    cluster_code: str | None
    first_year: int
    last_year: int
    direction: Direction
    counting: Counting
    amount: Amount
    base_amount: Amount | None
    profile: Profile
    milestones: list[MilestoneSpec]
    weight: Amount
    responsible_unit_id: UUID | None
    responsible_person_id: UUID | None
    source: str
    note: str
    set_on: date
    letter_state: str = Field(description="none, unsigned, signed, or supplement: changed after the signing.")
    withdrawn_on: date | None
    withdrawn_reason: str | None
    verdict: Verdict
    light: Light | None
    judged_at: AwareDatetime | None
    standing: StandingRead | None = Field(description="Null until the first judgement.")
    version: int

    @classmethod
    def of(cls, row: TargetRow) -> "TargetRead":
        facts: dict[str, Any] = row.model_dump()
        facts["standing"] = row.standing or None
        facts["milestones"] = [
            {"month": one["month"][:7], "percent": Decimal(one["percent"])} for one in row.milestones
        ]
        return cls.model_validate(facts)


class ChangeRead(BaseModel):
    version: int
    at: AwareDatetime
    actor: str
    actor_role: str
    action: str
    reason: str
    changes: list[dict[str, Any]]
