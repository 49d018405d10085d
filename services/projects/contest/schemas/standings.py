"""Standings of now, tried and frozen; the facts behind them; appeals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.appeals import AppealState
from services.projects.contest.domain.measuring import SourceRow
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.schemes import AdjustmentKind, Component
from services.projects.contest.domain.scoring import Placed
from services.projects.contest.schemas.contests import (
    COMPONENTS,
    MOST_COMPONENTS,
    MOST_PARTICIPANTS,
    AdjustmentRuleRead,
    ComponentRead,
    ComponentWrite,
    Evidence,
    Quarter,
    Word,
)
from services.projects.contest.service.appeals import AppealDraft
from services.projects.contest.service.freezing import Freeze
from services.projects.contest.service.trying import Moved
from services.projects.contest.tables import (
    ContestAppealRow,
    ContestEntryRow,
    ContestRow,
    ContestSourceRow,
    ContestStandingRow,
)
from services.projects.economy.schemas.types import Amount, Note, Reason
from services.projects.registry.schemas import Versioned, example


class StandingCreate(BaseModel):
    """Freezes and publishes a quarter. Of a frozen one it makes the next edition, which says why."""

    model_config = example(quarter=1)

    quarter: Quarter
    reason: Note = ""
    participant_ids: Annotated[frozenset[UUID], Field(max_length=MOST_PARTICIPANTS)] | None = Field(
        default=None,
        description="Whose figures a correction takes anew; all others keep what was frozen. Null: everybody's.",
    )
    appeal_ids: Annotated[list[UUID], Field(max_length=100)] = Field(
        default=[], description="Upheld appeals that this edition answers."
    )

    def order(self) -> Freeze:
        return Freeze(
            quarter=self.quarter,
            reason=self.reason,
            participant_ids=self.participant_ids,
            appeal_ids=tuple(dict.fromkeys(self.appeal_ids)),
        )


class SchemeCopy(BaseModel):
    components: list[ComponentRead]
    adjustments: list[AdjustmentRuleRead]
    max_bonus: Amount | None
    max_deduction: Amount | None


class StandingRead(BaseModel):
    """An edition of a quarter; the highest stands."""

    id: UUID
    contest_id: UUID
    contest_code: str
    contest_name: str
    kind: ParticipantKind
    region_code: str
    year: int
    quarter: int
    edition: int
    replaces_id: UUID | None
    reason: str
    refreshed: list[UUID] | None = Field(description="Whose figures the correction took anew; null: everybody's.")
    scheme: SchemeCopy
    rule: dict[str, Any]
    participants: int
    ranked: int
    incomplete: int
    disqualified: int
    appeal_until: date
    digest: str
    frozen_at: AwareDatetime
    frozen_by: str

    @classmethod
    def of(cls, contest: ContestRow, row: ContestStandingRow) -> StandingRead:
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        return cls.model_validate(
            own
            | {
                "contest_code": contest.code,
                "contest_name": contest.name,
                "kind": contest.kind,
                "region_code": contest.region_code,
                "year": contest.year,
            }
        )


class PartRead(BaseModel):
    """One component: from 0 to 100 by the figures of all who were compared.

    ``value`` null has its ``reason``. ``growth`` is percent, or the difference of what is percent or a count, from
    ``base`` to ``compared``.
    """

    component: str
    unit: str
    weight: Amount = Field(description="What it counts once components that nobody has a figure for are left out.")
    value: Amount | None
    reason: str | None
    base: Amount | None
    compared: Amount | None
    growth: Amount | None
    growth_reason: str | None
    growth_counted: Amount | None = Field(description="Within the limit of the component.")
    rows: int
    complete: int | None
    expected: int | None
    level_score: Amount | None
    growth_score: Amount | None
    score: Amount | None
    points: Amount | None
    score_reason: str | None


class PointsRead(BaseModel):
    code: str
    kind: AdjustmentKind
    points: Amount
    name_zh: str
    name_en: str
    count: int | None
    evidence: str
    recorded_by: str
    ids: list[str]


class VetoOfRead(BaseModel):
    id: str
    ground: str
    source: str
    explanation_zh: str
    explanation_en: str


class ReasonRead(BaseModel):
    code: str
    text_zh: str
    text_en: str
    component: str


class PlaceRead(BaseModel):
    """A participant. What its score is made of is shown to itself, to its region and to who leads the contest."""

    position: int
    participant_id: UUID
    kind: ParticipantKind
    subject_id: UUID | None
    region_code: str
    code: str
    name: str
    rank: int | None = Field(description="Equal scores share a place; null where there is no score.")
    score: Amount | None = Field(description="Two decimals; places go by it.")
    base_score: Amount | None
    bonus: Amount
    deduction: Amount
    is_disqualified: bool
    reasons: list[ReasonRead] = Field(description="Why there is no place.")
    detailed: bool
    parts: list[PartRead]
    adjustments: list[PointsRead]
    vetoes: list[VetoOfRead]

    @classmethod
    def of(cls, row: ContestEntryRow, *, detailed: bool) -> PlaceRead:
        hidden: dict[str, Any] = {} if detailed else {"parts": [], "adjustments": [], "vetoes": []}
        facts = {name: getattr(row, name) for name in cls.model_fields if name != "detailed"}
        return cls.model_validate(facts | hidden | {"detailed": detailed})


class LiveRead(BaseModel):
    """A quarter by the figures of now; nothing is frozen."""

    contest_id: UUID
    year: int
    quarter: int
    through: date
    scheme_revision: int
    places: list[PlaceRead]


class SimulationCreate(BaseModel):
    """Other weights, on the figures of now or of a frozen edition. Nothing is written."""

    model_config = example(quarter=1, components=COMPONENTS)

    quarter: Quarter
    edition: Annotated[int, Field(ge=1)] | None = None
    components: Annotated[list[ComponentWrite], Field(min_length=1, max_length=MOST_COMPONENTS)]

    def tried(self) -> tuple[Component, ...]:
        return tuple(one.component() for one in self.components)


class SimulatedPlace(BaseModel):
    participant_id: UUID
    code: str
    name: str
    rank_before: int | None
    rank_after: int | None
    places_gained: int | None
    score_before: Amount | None
    score_after: Amount | None
    points: dict[str, Amount | None] = Field(description="By component, as tried.")

    @classmethod
    def of(cls, moved: Moved) -> SimulatedPlace:
        return cls(
            participant_id=moved.participant.id,
            code=moved.participant.code,
            name=moved.participant.name,
            rank_before=moved.before.rank,
            rank_after=moved.after.rank,
            places_gained=moved.places_gained,
            score_before=moved.before.score,
            score_after=moved.after.score,
            points=_points(moved.after),
        )


def _points(placed: Placed) -> dict[str, Decimal | None]:
    return {part.code: part.points for part in placed.parts}


class SimulationRead(BaseModel):
    quarter: int
    edition: int | None = Field(description="Null: figures of now.")
    places: list[SimulatedPlace]


class FactRead(BaseModel):
    """``value`` of ``whole`` where the figure is a share; ``base`` and ``base_whole`` are a year before."""

    kind: str
    id: str
    code: str
    name: str
    value: Amount | None
    whole: Amount | None
    base: Amount | None
    base_whole: Amount | None
    known_at: AwareDatetime | None
    note: str


class FactsRead(BaseModel):
    """The facts of a component, or of points that a rule gave or took."""

    component: str
    rows: list[FactRead]

    @classmethod
    def of(cls, component: str, rows: Sequence[SourceRow]) -> FactsRead:
        return cls(component=component, rows=[FactRead.model_validate(row, from_attributes=True) for row in rows])


class ParticipantFacts(BaseModel):
    items: list[FactsRead]

    @classmethod
    def of_now(cls, rows: Mapping[str, Sequence[SourceRow]]) -> ParticipantFacts:
        return cls(items=[FactsRead.of(component, facts) for component, facts in rows.items()])

    @classmethod
    def of_frozen(cls, rows: Sequence[ContestSourceRow]) -> ParticipantFacts:
        return cls.model_validate({"items": [{"component": row.component, "rows": row.rows} for row in rows]})


class AppealCreate(BaseModel):
    model_config = example(
        participant_id="01926f4e-7f00-7000-8000-000000003801",
        component="quality",
        grounds="第二季度税收数据漏报一户",
        evidence="税务部门完税证明",
    )

    participant_id: UUID
    component: Word | None = Field(default=None, description="The component it is about, if it is about one.")
    grounds: Reason
    evidence: Evidence

    def draft(self) -> AppealDraft:
        return AppealDraft(**{name: getattr(self, name) for name in type(self).model_fields})


class AppealDecision(BaseModel):
    model_config = example(upheld=True, decision="经核实情况属实，予以更正")

    upheld: bool
    decision: Reason


class AppealRead(Versioned):
    id: UUID
    contest_id: UUID
    contest_code: str
    standing_id: UUID
    participant_id: UUID
    participant_name: str
    region_code: str
    component: str | None
    grounds: str
    evidence: str
    state: AppealState
    filed_on: date
    due_on: date = Field(description="Decided by this day.")
    filed_at: AwareDatetime
    filed_by: str
    decision: str | None
    decided_at: AwareDatetime | None
    decided_by: str | None
    corrected_by_id: UUID | None = Field(description="The edition that answers it.")

    @classmethod
    def of(cls, row: ContestAppealRow, contest: ContestRow, name: str) -> AppealRead:
        own = {field: getattr(row, field) for field in cls.model_fields if hasattr(row, field)}
        return cls.model_validate(own | {"contest_code": contest.code, "participant_name": name})
