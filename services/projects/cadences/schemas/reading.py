"""Statistics and summaries."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.contracts.projects import Stage
from services.projects.cadences.domain.statistics import Tally
from services.projects.cadences.domain.summaries import Line, Totals
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.ledger.schemas.types import Yuan
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.domain.periods import Period


class ChecksCounted(BaseModel):
    """Checks by outcome. Due are those on time, late and missed."""

    due_ids: list[UUID]
    on_time_ids: list[UUID]
    late_ids: list[UUID]
    missed_ids: list[UUID] = Field(description="Owed and past their day.")
    open_ids: list[UUID] = Field(description="Owed, and their day has not passed.")
    excused_ids: list[UUID]

    @classmethod
    def of(cls, tally: Tally) -> "ChecksCounted":
        return cls.model_validate(tally, from_attributes=True)


class CheckStatisticsLine(ChecksCounted):
    key: str | None = Field(description="Id of the person or unit, or code of the region or level; null: none.")
    due: int
    on_time: int
    late: int
    missed: int
    on_time_rate: float | None = Field(description="On time by due; null when none was due.")

    @classmethod
    def of(cls, tally: Tally) -> "CheckStatisticsLine":
        return cls(
            **ChecksCounted.of(tally).model_dump(),
            key=tally.key,
            due=len(tally.due_ids),
            on_time=len(tally.on_time_ids),
            late=len(tally.late_ids),
            missed=len(tally.missed_ids),
            on_time_rate=tally.rate,
        )


class CheckStatistics(BaseModel):
    items: list[CheckStatisticsLine]


class SummaryRead(BaseModel):
    """One project in a period. What was never told is null, never zero."""

    project_id: UUID
    project_code: str
    project_name: str
    region_code: str
    kind: ProjectKind
    stage: Stage = Field(description="As of now.")
    is_key: bool
    size_band: str | None
    responsible_person_id: UUID | None
    responsible_unit_id: UUID | None
    total_investment_yuan: Yuan | None
    period: str
    first_on: date
    last_on: date
    percent_before: Decimal | None = Field(description="Progress on the day before the period.")
    percent: Decimal | None = Field(description="Progress at the end of the period.")
    advance: Decimal | None = Field(description="Percentage points gained in the period.")
    planned_percent: Decimal | None = Field(description="What the plan wants by the period's end, or by today.")
    points_behind: Decimal | None = Field(description="Below the plan; negative: ahead.")
    investment_yuan: Yuan | None = Field(description="Of the months in `investment_months`.")
    investment_months: list[date] = Field(description="Months the period touches: the books are by month.")
    invested_yuan: Yuan | None = Field(description="Until the end of the last of these months.")
    problem_ids: list[UUID] = Field(description="Open now.")
    overdue_problem_ids: list[UUID]
    checks: ChecksCounted = Field(description="Checks of periods that end inside this one, as of now.")
    narrative: str | None = Field(description="The latest report's words on exactly this period.")

    @classmethod
    def of(cls, project: ProjectRow, line: Line, period: Period) -> "SummaryRead":
        own = {
            name: getattr(project, name)
            for name in (
                *("region_code", "kind", "stage", "is_key", "size_band"),
                *("responsible_person_id", "responsible_unit_id", "total_investment_yuan"),
            )
        }
        told = {
            name: getattr(line, name)
            for name in (
                *("percent_before", "percent", "advance", "planned_percent", "points_behind"),
                *("investment_yuan", "invested_yuan", "problem_ids", "overdue_problem_ids", "narrative"),
            )
        }
        return cls(
            **own,
            **told,
            project_id=project.id,
            project_code=project.code,
            project_name=project.name,
            period=period.code,
            first_on=period.first,
            last_on=period.last,
            investment_months=list(period.months),
            checks=ChecksCounted.of(line.checks),
        )


class TotalsRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    region_code: str | None = Field(description="Null: all together.")
    projects: int
    investment_yuan: Yuan | None
    invested_ids: list[UUID] = Field(description="Projects with investment in the period.")
    advanced_ids: list[UUID] = Field(description="Projects whose progress rose.")
    behind_ids: list[UUID] = Field(description="Projects below their plan.")
    open_problems: int
    overdue_problems: int
    checks_due: int
    checks_on_time: int
    checks_late: int
    checks_missed: int
    missed_project_ids: list[UUID]

    @classmethod
    def of(cls, totals: Totals) -> "TotalsRead":
        return cls.model_validate(totals)


class SummaryTotals(BaseModel):
    period: str
    first_on: date
    last_on: date
    items: list[TotalsRead] = Field(description="All together first, then region by region.")
