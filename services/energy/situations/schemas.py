"""What is shown of situations."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.contracts.energy import SituationKind


class SituationRead(BaseModel):
    """What asks for people, from opening to clearing; the figures are those told last."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: SituationKind
    subject_type: str = Field(description="What it is about: substation, area, enterprise, activation …")
    subject_id: UUID
    subject_code: str
    subject_name: str
    region_code: str
    enterprise_id: UUID | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    opened_at: AwareDatetime
    expected_at: AwareDatetime | None = Field(description="For what time it holds, where it was foreseen.")
    level: int = Field(description="Of shortages 1 blue (Ⅳ) to 4 red (Ⅰ); else 1, or 2 when grave.")
    highest_level: int
    gap_percent: float | None = Field(description="Of the forecast maximum load.")
    gap_kw: float | None
    reference_on: date | None
    days: int | None
    planned: float | None
    actual: float | None
    explanation_zh: str
    explanation_en: str
    cleared_at: AwareDatetime | None
    cleared_reason: str | None
    version: int
    updated_at: AwareDatetime


def situation_read(row: object) -> SituationRead:
    return SituationRead.model_validate(row)
