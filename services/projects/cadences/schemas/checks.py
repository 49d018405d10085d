"""Checks and reports: what is taken and answered."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from services.projects.cadences.domain.check import Check, CheckStatus
from services.projects.cadences.domain.regimes import ReportFact
from services.projects.cadences.domain.reports import Answer, Report, ReportedInvestment, ReportedProgress
from services.projects.cadences.repository.checks import check_of
from services.projects.cadences.schemas.regimes import QuestionSpec
from services.projects.cadences.service.reporting import Submission
from services.projects.cadences.service.scanning import Scanned
from services.projects.cadences.service.watching import code_of
from services.projects.cadences.tables import CheckRow
from services.projects.duties.schemas import WorkingDays
from services.projects.ledger.schemas.types import ConfirmAmount, Reason, Text, Yuan
from services.projects.ledger.tables import ProjectRow
from services.projects.problems.schemas import ProblemCreate
from services.projects.registry.domain.periods import PeriodKind
from services.projects.registry.schemas import example

LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000)]
AnswerText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
# Beyond this no figure of an office makes sense.
WholeNumber = Annotated[int, Field(strict=True, ge=-(10**18), le=10**18)]
Number = Annotated[float, Field(strict=True, ge=-1e18, le=1e18, allow_inf_nan=False)]
AnswerCode = Annotated[str, StringConstraints(max_length=64)]


class ProgressReport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    on: date | None = Field(default=None, description="A day of the period; its last if absent.")
    note: Text = Field(default="", description="Required when progress falls.")


class InvestmentReport(BaseModel):
    model_config = ConfigDict(extra="forbid")

    month: date = Field(description="Any day of a month that the period touches.")
    amount_yuan: Yuan = Field(description="Completed in this month alone, all told so far, in whole yuan.")
    note: Text = Field(default="", description="Required when a month's amount is lowered.")


class SubmissionCreate(BaseModel):
    """A report: it writes the ledger's entries and raises the problems, all or nothing."""

    model_config = example(
        narrative="9 月完成塔筒吊装 4 台",
        progress={"percent": "52"},
        investments=[{"month": "2026-09-01", "amount_yuan": "3200000"}],
        problems=[
            {
                "title": "升压站用地未批",
                "description": "升压站 12 亩用地指标未落实",
                "category": "land",
                "owner_unit_id": "01926f4e-7f00-7000-8000-000000000001",
            }
        ],
        answers={"next_step": "完成剩余吊装"},
    )

    narrative: LongText = ""
    progress: ProgressReport | None = None
    investments: Annotated[list[InvestmentReport], Field(max_length=12)] = Field(default_factory=list)
    problems: Annotated[list[ProblemCreate], Field(max_length=50)] = Field(default_factory=list)
    answers: Annotated[dict[AnswerCode, StrictBool | WholeNumber | Number | AnswerText], Field(max_length=50)] = (
        Field(default_factory=dict, description="By the codes of the level's questions.")
    )
    confirm_amount: ConfirmAmount = False

    def submission(self) -> Submission:
        progress = None if self.progress is None else ReportedProgress(**self.progress.model_dump())
        return Submission(
            report=Report(
                narrative=self.narrative,
                progress=progress,
                investments=tuple(
                    ReportedInvestment(one.month, int(one.amount_yuan), one.note) for one in self.investments
                ),
                answers={code: _answer(value) for code, value in self.answers.items()},
            ),
            problems=tuple(one.draft() for one in self.problems),
            confirmed=self.confirm_amount,
        )


def _answer(value: bool | int | float | str) -> Answer:
    return value if isinstance(value, bool | str) else Decimal(str(value))


class CheckReturn(BaseModel):
    model_config = example(reason="投资额与统计报表不符", working_days=2)

    reason: Reason
    working_days: WorkingDays | None = Field(
        default=None, description="Due again in so many; the level's if absent."
    )


class CheckExcuse(BaseModel):
    model_config = example(reason="项目当月停产检修")

    reason: Reason


class CheckUpdate(BaseModel):
    """Who owes the report; what is left out stays."""

    model_config = example(owner_person_id="01926f4e-7f00-7000-8000-000000000002")

    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None

    def owners(self) -> dict[str, UUID | None]:
        return self.model_dump(exclude_unset=True)


class CheckRead(BaseModel):
    """A check as it stands; ``version`` is the ETag's number and rises with each step."""

    id: UUID
    code: str
    project_id: UUID
    project_code: str
    project_name: str
    region_code: str
    round_id: UUID
    regime_code: str
    level_code: str
    level_name: str
    period_kind: PeriodKind
    period: str
    first_on: date
    last_on: date
    requires: list[ReportFact]
    questions: list[QuestionSpec]
    owner_person_id: UUID | None
    owner_unit_id: UUID | None
    original_due_on: date
    due_on: date = Field(description="The last day in time; later than the original after a return.")
    status: CheckStatus
    missed: bool = Field(description="Owed and past its day.")
    submissions: int
    submitted_on: date | None
    late: bool = Field(description="A report on it came after its day.")
    reason: str = Field(description="Why it was returned or excused.")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int

    @classmethod
    def of(cls, row: CheckRow, project: ProjectRow, today: date) -> "CheckRead":
        check: Check = check_of(row)
        named = {
            "code": code_of(row, project),
            "project_code": project.code,
            "project_name": project.name,
            "region_code": project.region_code,
            "requires": check.level.requires,
            "questions": [QuestionSpec.model_validate(one) for one in check.level.questions],
            "missed": check.is_missed(today),
        }
        return cls.model_validate(row.model_dump() | named)


class ProgressTold(BaseModel):
    entry_id: UUID
    on: date
    percent: Decimal
    note: str


class InvestmentTold(BaseModel):
    month: date
    amount_yuan: Yuan
    note: str


class SubmissionRead(BaseModel):
    """A report as it was handed in."""

    check_id: UUID
    number: int
    at: AwareDatetime
    actor: str
    actor_role: str
    actor_person_id: UUID | None
    late: bool
    narrative: str
    progress: ProgressTold | None
    investments: list[InvestmentTold]
    problem_ids: list[UUID]
    answers: dict[str, Any] = Field(description="Numbers as decimal texts.")


class CheckScanRead(BaseModel):
    """What a scan made, looked at and changed."""

    rounds: int = Field(description="Periods whose checks were made.")
    checks: int = Field(description="Checks made.")
    subjects: int = Field(description="Checks looked at.")
    opened: int
    amended: int
    cleared: int

    @classmethod
    def of(cls, scanned: Scanned) -> "CheckScanRead":
        made, judged = scanned.made, scanned.judged
        return cls(
            rounds=made.rounds,
            checks=made.checks,
            subjects=judged.subjects,
            opened=judged.opened,
            amended=judged.amended,
            cleared=judged.cleared,
        )
