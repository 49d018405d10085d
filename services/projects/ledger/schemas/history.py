"""What is shown of the past: a day's state, and what differs between two days."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from libs.common.contracts.projects import Stage
from services.projects.ledger.domain.comparison import Standing
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone, milestones_of
from services.projects.ledger.schemas.projects import PlannedDateRead, ProjectRead
from services.projects.ledger.schemas.types import Yuan
from services.projects.ledger.service.comparison import Compared, PastState

SignedYuan = Decimal


class ProjectStateRead(ProjectRead):
    """A project as it was known at the end of a day; ``version`` is the one it had then."""

    as_of: date

    @classmethod
    def past(cls, state: PastState) -> "ProjectStateRead":
        shown = ProjectRead.of(state.row(), state.project).model_dump()
        return cls.model_validate({**shown, "as_of": state.as_of})


class SnapshotRead(BaseModel):
    """The figures of a project on one of the two days."""

    stage: Stage
    percent: Decimal | None
    invested_yuan: Yuan
    total_investment_yuan: Yuan | None
    contract_amount_yuan: Yuan | None
    plan: list[PlannedDateRead]

    @classmethod
    def of(cls, project: Project) -> "SnapshotRead":
        plan = [
            PlannedDateRead(
                milestone=milestone,
                original_on=project.planned(milestone).original_on,
                current_on=project.planned(milestone).current_on,
                actual_on=project.planned(milestone).actual_on,
            )
            for milestone in milestones_of(project.kind)
        ]
        figures = {name: getattr(project, name) for name in cls.model_fields if name != "plan"}
        return cls(**figures, plan=plan)


class SlipRead(BaseModel):
    """A planned day that moved; ``days`` is negative when it was brought forward."""

    milestone: Milestone
    from_on: date
    to_on: date
    days: int


class ReachedRead(BaseModel):
    milestone: Milestone
    on: date


class ProjectComparisonRead(BaseModel):
    """One project on both days. ``before`` is null for a new one."""

    id: UUID
    code: str
    name: str
    region_code: str
    standing: Standing = Field(description="new, gone (terminated in between), changed or unchanged.")
    before: SnapshotRead | None
    after: SnapshotRead
    stages_moved: int | None = Field(description="Stages gone forwards, or backwards (negative); null: new.")
    slips: list[SlipRead]
    reached: list[ReachedRead] = Field(description="Milestones reached in between.")
    invested_difference_yuan: SignedYuan
    percent_difference: Decimal | None
    changed_fields: list[str]
    text: str = Field(description="What differs, in the caller's language; empty when nothing does.")

    @classmethod
    def of(cls, compared: Compared, text: str) -> "ProjectComparisonRead":
        found = compared.comparison
        return cls(
            id=compared.row.id,
            code=compared.row.code,
            name=compared.row.name,
            region_code=compared.row.region_code,
            standing=found.standing,
            before=None if found.before is None else SnapshotRead.of(found.before),
            after=SnapshotRead.of(found.after),
            stages_moved=found.steps,
            slips=[
                SlipRead(milestone=slip.milestone, from_on=slip.from_on, to_on=slip.to_on, days=slip.days)
                for slip in found.slips
            ],
            reached=[ReachedRead(milestone=milestone, on=on) for milestone, on in found.reached],
            invested_difference_yuan=Decimal(found.invested_difference_yuan),
            percent_difference=found.percent_difference,
            changed_fields=[change.field for change in found.changes] if found.before else [],
            text=text,
        )


class StageCountRead(BaseModel):
    stage: Stage
    before: int
    after: int


class MoneyTotalRead(BaseModel):
    """Sums over the projects that were in the ledger on each day; what is not known is left out."""

    before: Yuan
    after: Yuan
    difference: SignedYuan


class SlipTotalRead(BaseModel):
    milestone: Milestone
    later: int = Field(description="Projects whose planned day moved to a later one.")
    earlier: int
    days_later: int
    days_earlier: int


class ComparisonTotalsRead(BaseModel):
    """Over all projects of the filter, not of the page."""

    projects_before: int
    projects_after: int
    new: int
    gone: int
    stage_moved: int
    by_stage: list[StageCountRead]
    invested_yuan: MoneyTotalRead
    total_investment_yuan: MoneyTotalRead
    contract_amount_yuan: MoneyTotalRead
    slips: list[SlipTotalRead]


class ComparisonPage(BaseModel):
    """One page; ``totals`` come with the first, and are null on those that follow."""

    from_on: date
    to_on: date
    items: list[ProjectComparisonRead]
    next_cursor: str | None = Field(description="Also in the Link header as rel=next.")
    totals: ComparisonTotalsRead | None
