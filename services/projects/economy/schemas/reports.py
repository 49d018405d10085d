"""What reports take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.projects.economy.domain.deriving import Derived
from services.projects.economy.domain.indicators import Indicator
from services.projects.economy.domain.plausibility import Doubt
from services.projects.economy.domain.reports import EconomyStatus, Edition, Line
from services.projects.economy.schemas.types import Amount, IndicatorCode, Reason, Said
from services.projects.registry.schemas import example

MAX_LINES = 100


class LineWrite(BaseModel):
    """The month's value, the year's until then, or both; neither takes the line away."""

    model_config = ConfigDict(extra="forbid")

    month_value: Said | None = None
    cumulative_value: Said | None = None


class LinesWrite(BaseModel):
    model_config = example(lines={"output_value": {"month_value": "3100000", "cumulative_value": "24800000"}})

    lines: Annotated[dict[IndicatorCode, LineWrite], Field(max_length=MAX_LINES)]

    def said(self) -> dict[str, Line]:
        return {code: Line(line.month_value, line.cumulative_value) for code, line in self.lines.items()}


class Confirmation(BaseModel):
    """Why what looks wrong is right."""

    model_config = ConfigDict(extra="forbid")

    doubt: Doubt
    indicator: IndicatorCode
    reason: Reason


class ReportSubmit(BaseModel):
    model_config = example(confirmations=[{"doubt": "jump", "indicator": "output_value", "reason": "新线投产"}])

    confirmations: Annotated[list[Confirmation], Field(max_length=2 * MAX_LINES)] = Field(default_factory=list)

    def reasons(self) -> dict[tuple[str, str], str]:
        return {(one.doubt.value, one.indicator): one.reason for one in self.confirmations}


class ReportReturn(BaseModel):
    model_config = example(reason="产值与用电量不符，请核实")

    reason: Reason


class ReportCorrection(LinesWrite):
    model_config = example(
        reason="补报漏计车间", lines={"output_value": {"month_value": "3200000"}}, confirmations=[]
    )

    reason: Reason
    confirmations: Annotated[list[Confirmation], Field(max_length=2 * MAX_LINES)] = Field(default_factory=list)

    def reasons(self) -> dict[tuple[str, str], str]:
        return {(one.doubt.value, one.indicator): one.reason for one in self.confirmations}


class AcceptancesWrite(BaseModel):
    model_config = example(report_ids=["01926f4e-7f00-7000-8000-000000000001"])

    report_ids: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class AcceptancesRead(BaseModel):
    accepted: int


class WarningRead(BaseModel):
    """What looks wrong; ``reason`` is that of whoever submitted it nevertheless."""

    doubt: Doubt
    indicator: str
    message: str
    reason: str
    confirmed_by: str | None


class LineRead(BaseModel):
    """What was said (null: it was not), and beside it what follows from it and the months before."""

    indicator: str
    name_zh: str
    name_en: str
    unit: str
    month_said: Amount | None
    cumulative_said: Amount | None
    month_value: Amount | None
    cumulative_value: Amount | None
    month_reason: str | None
    cumulative_reason: str | None
    disagreement: Amount | None = Field(
        description="The year's value as said less what the months make, where they differ."
    )

    @classmethod
    def of(cls, indicator: Indicator, line: Line, derived: Derived) -> LineRead:
        return cls(
            indicator=indicator.code,
            name_zh=indicator.name_zh,
            name_en=indicator.name_en,
            unit=indicator.unit,
            month_said=line.month,
            cumulative_said=line.cumulative,
            month_value=derived.month,
            cumulative_value=derived.cumulative,
            month_reason=derived.month_reason,
            cumulative_reason=derived.cumulative_reason,
            disagreement=derived.disagreement,
        )


class ReportItem(BaseModel):
    """A report in a list."""

    id: UUID
    enterprise_id: UUID
    credit_code: str
    name: str
    month: date
    edition: Edition
    region_code: str
    sector_code: str
    status: EconomyStatus
    revision: int
    accepted_revision: int | None
    due_on: date
    submitted_on: date | None
    late: bool = Field(description="Came in after the due day.")
    days_late: int = Field(description="Days over the due day while it is owed, else by which it was late.")
    warnings: int
    reason: str = Field(description="Of the return or of the correction.")
    version: int

    @classmethod
    def of(cls, pair: Any, today: date) -> ReportItem:
        return cls(**item_facts(pair, today))


def item_facts(pair: Any, today: date) -> dict[str, Any]:
    row, enterprise = pair
    over = ((row.submitted_on or today) - row.due_on).days
    return {
        **row.model_dump(exclude={"warnings", "created_at", "updated_at"}),
        "credit_code": enterprise.credit_code,
        "name": enterprise.name,
        "days_late": max(over, 0),
        "warnings": len(row.warnings),
    }


class ReportRead(BaseModel):
    """A report with its lines and doubts."""

    id: UUID
    enterprise_id: UUID
    credit_code: str
    name: str
    month: date
    edition: Edition
    region_code: str
    sector_code: str
    status: EconomyStatus
    revision: int
    accepted_revision: int | None
    due_on: date
    submitted_on: date | None
    late: bool
    days_late: int
    reason: str
    version: int
    lines: list[LineRead]
    warnings: list[WarningRead] = Field(description="Of what was submitted; of a draft, what would be asked back.")


class RevisionRead(BaseModel):
    number: int
    lines: dict[str, LineWrite]
    is_correction: bool
    reason: str
    at: AwareDatetime
    actor: str
    actor_role: str

    @classmethod
    def of(cls, row: Any) -> RevisionRead:
        lines = {code: _said(said) for code, said in row.lines.items()}
        return cls(**row.model_dump(exclude={"lines", "report_id"}), lines=lines)


def _said(texts: Mapping[int, str | None] | list[str | None]) -> LineWrite:
    month, cumulative = (None if text is None else Decimal(text) for text in (texts[0], texts[1]))
    return LineWrite(month_value=month, cumulative_value=cumulative)


class ImportFaultRead(BaseModel):
    row: int
    column: str
    code: str
    message: str


class EconomyImportRead(BaseModel):
    """What an import did, or would do."""

    dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    submitted: int
    faults: list[ImportFaultRead]


class EconomyScanRead(BaseModel):
    """What a scan made, looked at and changed."""

    made: int = Field(description="Reports asked for anew.")
    subjects: int
    opened: int
    amended: int
    cleared: int
