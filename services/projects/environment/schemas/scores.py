"""The base of the departments' score."""

from datetime import date
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.environment.service.scores import NamedScore


class Counted(BaseModel):
    """A figure and the ids it was counted from."""

    count: int
    ids: list[UUID]

    @classmethod
    def of(cls, ids: list[UUID]) -> "Counted":
        return cls(count=len(ids), ids=ids)


class UnitScoreRead(BaseModel):
    """One unit. Rates are shares, 0 to 1, the mean rating is from 1 to 5; null where nothing is behind."""

    unit_id: UUID
    unit_code: str
    unit_name: str
    inspections_filed: Counted
    inspections_refused: Counted
    inspections_unfiled: Counted = Field(description="Reported by enterprises and not dismissed.")
    appeals_answered_on_time: Counted
    appeals_answered_late: Counted
    appeals_unanswered_overdue: Counted
    appeals_on_time_rate: float | None
    appeals_rated: Counted
    mean_rating: float | None
    agency_items_on_time: Counted
    agency_items_late: Counted
    agency_items_on_time_rate: float | None

    @classmethod
    def of(cls, named: NamedScore) -> "UnitScoreRead":
        score = named.score
        return cls(
            unit_id=score.unit_id,
            unit_code=named.unit_code,
            unit_name=named.unit_name,
            inspections_filed=Counted.of(score.filed),
            inspections_refused=Counted.of(score.refused),
            inspections_unfiled=Counted.of(score.unfiled),
            appeals_answered_on_time=Counted.of(score.answered_on_time),
            appeals_answered_late=Counted.of(score.answered_late),
            appeals_unanswered_overdue=Counted.of(score.unanswered_overdue),
            appeals_on_time_rate=score.on_time_rate,
            appeals_rated=Counted.of([key for key, _ in score.scores]),
            mean_rating=score.mean_rating,
            agency_items_on_time=Counted.of(score.items_on_time),
            agency_items_late=Counted.of(score.items_late),
            agency_items_on_time_rate=score.items_on_time_rate,
        )


class UnitScores(BaseModel):
    first: date
    last: date
    items: list[UnitScoreRead]
