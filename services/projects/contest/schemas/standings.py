"""Standings of now, tried and frozen, and the facts behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.projects.contest.domain.measuring import SourceRow
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.domain.schemes import AdjustmentKind, Component
from services.projects.contest.domain.scoring import Placed
from services.projects.contest.schemas.schemes import COMPONENTS, AdjustmentRuleRead, ComponentRead, ComponentWrite
from services.projects.contest.schemas.types import MOST_COMPONENTS, MOST_PARTICIPANTS, Quarter
from services.projects.contest.service.freezing import Freeze
from services.projects.contest.service.trying import Moved
from services.projects.contest.tables import (
    ContestEntryRow,
    ContestRow,
    ContestSourceRow,
    ContestStandingRow,
)
from services.projects.economy.schemas.types import Amount, Note
from services.projects.registry.schemas import example


class ContestStandingCreate(BaseModel):
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


class ContestStandingRead(BaseModel):
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
    def of(cls, contest: ContestRow, row: ContestStandingRow) -> ContestStandingRead:
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


class PlacePart(BaseModel):
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
    parts: list[PlacePart]
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


class ContestFact(BaseModel):
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


class ComponentFacts(BaseModel):
    """The facts of a component, or of points that a rule gave or took."""

    component: str
    rows: list[ContestFact]

    @classmethod
    def of(cls, component: str, rows: Sequence[SourceRow]) -> ComponentFacts:
        return cls(
            component=component, rows=[ContestFact.model_validate(row, from_attributes=True) for row in rows]
        )


class ParticipantFacts(BaseModel):
    items: list[ComponentFacts]

    @classmethod
    def of_now(cls, rows: Mapping[str, Sequence[SourceRow]]) -> ParticipantFacts:
        return cls(items=[ComponentFacts.of(component, facts) for component, facts in rows.items()])

    @classmethod
    def of_frozen(cls, rows: Sequence[ContestSourceRow]) -> ParticipantFacts:
        return cls.model_validate({"items": [{"component": row.component, "rows": row.rows} for row in rows]})
