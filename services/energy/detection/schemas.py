"""Conditions and rules as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from libs.common.contracts.energy import ConditionKind
from services.energy.detection.domain.parameters import CLASSES, AnyParameters
from services.energy.detection.tables import ConditionRow, DetectionFactRow, DetectionRuleRow
from services.energy.detection.telling import figures_of
from services.energy.detection.wording import explain
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.domain.slots import instant_of


class EvidenceRead(BaseModel):
    """A slot that showed the condition."""

    at: datetime
    value_kw: float
    expected_kw: float
    sigma_kw: float = Field(description="Standard deviation of the meter's own errors then.")
    limit_kw: float | None = Field(default=None, description="What the value had to pass.")


class ConditionRead(BaseModel):
    """Figures are those of the strongest slot; the band is where the meter usually is."""

    id: UUID
    kind: ConditionKind
    status: str = Field(description="open or cleared.")
    meter_no: str
    region_code: str
    enterprise_id: UUID | None
    opened_at: datetime
    cleared_at: datetime | None
    clear_reason: str | None = Field(
        description="returned, corrected when a revised value removed the cause, or expected when "
        "it was announced afterwards.",
    )
    detected_at: datetime
    level: int = Field(description="1 notable, 2 strong, 3 extreme.")
    score: float = Field(
        description="Magnitude: standard deviations (spike, drop), share (shift), times the capacity (overload), "
        "hours (the others)."
    )
    value_kw: float = Field(description="Of a shift the share by which it drifted, of a clock the hours.")
    expected_kw: float
    expected_low_kw: float
    expected_high_kw: float
    lasted_minutes: int
    day_type: str
    verdict: bool | None = Field(description="What an operator found: true, or false for a false alarm.")
    verdict_at: datetime | None
    verdict_by: str | None
    verdict_note: str | None
    explanation_zh: str
    explanation_en: str
    evidence: list[EvidenceRead]


def condition_read(row: ConditionRow) -> ConditionRead:
    evidence = [EvidenceRead(**item | {"at": instant_of(item["at"], row.offset_minutes)}) for item in row.evidence]
    zh, en = explain(figures_of(row))
    return ConditionRead(
        id=row.condition_id,
        evidence=evidence,
        explanation_zh=zh,
        explanation_en=en,
        **row.model_dump(include=_SHOWN),
    )


_SHOWN = set(ConditionRead.model_fields) - {"id", "evidence", "explanation_zh", "explanation_en"}


class RuleWrite(BaseModel):
    """Thresholds for all meters, a region's subtree or one meter; parameters left out keep the shipped value.

    What was judged stays judged: a rule that begins in the past holds for readings that are still to come.
    """

    model_config = ConfigDict(extra="forbid")

    kind: ConditionKind
    region_code: Annotated[str, Field(min_length=6, max_length=9)] | None = None
    meter_no: Annotated[str, Field(pattern=METER_NO_PATTERN)] | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Exclusive; open if left out.")
    parameters: AnyParameters
    note: Annotated[str, Field(max_length=500)] = ""
    backtest_id: UUID | None = Field(default=None, description="The backtest these parameters were tried in.")

    @field_validator("parameters", mode="before")
    @classmethod
    def _of_the_kind(cls, given: Any, info: ValidationInfo) -> Any:
        """Parameters are read as those of the rule's kind, and of no other."""
        kind = info.data.get("kind")
        return given if kind is None else CLASSES[kind].model_validate(given)


class RuleRead(RuleWrite):
    id: UUID
    version: int
    changed_at: datetime
    changed_by: str


def rule_read(row: DetectionRuleRow) -> RuleRead:
    facts: dict[str, Any] = row.model_dump()
    return RuleRead(**facts)


class RuleRevision(BaseModel):
    """What a rule said from this revision on."""

    mark: int = Field(description="Its place in the journal of what the detector goes by.")
    version: int
    valid_from: date
    valid_to: date | None
    parameters: dict[str, Any]
    note: str
    backtest_id: UUID | None
    recorded_at: datetime
    recorded_by: str


class RevisionList(BaseModel):
    items: list[RuleRevision]


def revision_read(row: DetectionFactRow) -> RuleRevision:
    return RuleRevision(
        mark=row.mark or 0, recorded_at=row.recorded_at, recorded_by=row.recorded_by, **(row.payload or {})
    )
