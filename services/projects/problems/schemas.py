"""What problems take and answer."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.projects.duties.schemas import DeadlineWrite, DutyRead, Title, Words
from services.projects.ledger.tables import ProjectRow
from services.projects.problems.domain.problem import ProblemCategory
from services.projects.problems.service.events import code_of
from services.projects.problems.service.problems import Draft
from services.projects.problems.tables import ProblemRow
from services.projects.registry.schemas import example

Level = Annotated[int, Field(ge=1, le=3, description="1 town, 2 county, 3 leading group.")]


class ProblemCreate(DeadlineWrite):
    model_config = example(
        title="升压站用地未批",
        description="升压站 12 亩用地指标未落实，影响吊装",
        category="land",
        level=1,
        owner_unit_id="01926f4e-7f00-7000-8000-000000000001",
        owner_person_id="01926f4e-7f00-7000-8000-000000000002",
        working_days=10,
    )

    title: Title
    description: Words
    category: ProblemCategory
    level: Level = 1
    raised_on: date | None = Field(default=None, description="Today if absent.")
    raised_by_person_id: UUID | None = Field(default=None, description="Who raised it, if not the caller.")
    owner_unit_id: UUID | None = Field(default=None, description="Without an owner the project's answers for it.")
    owner_person_id: UUID | None = None

    def draft(self) -> Draft:
        facts = self.model_dump(exclude={"due_on", "working_days"})
        return Draft(**facts, deadline=self.deadline())


class ProblemUpdate(BaseModel):
    """Fields that are left out stay as they are."""

    model_config = example(owner_unit_id="01926f4e-7f00-7000-8000-000000000001", category="approval")

    title: Title = Field(default_factory=str)
    description: Words = Field(default_factory=str)
    category: ProblemCategory = Field(default_factory=lambda: ProblemCategory.OTHER)
    owner_unit_id: UUID | None = None
    owner_person_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        said = self.model_dump(exclude_unset=True)
        return {name: value.value if isinstance(value, ProblemCategory) else value for name, value in said.items()}


class EscalationWrite(BaseModel):
    model_config = example(reason="涉及省级用地指标，乡镇无法协调")

    reason: Words


class ProblemRead(DutyRead):
    """A problem as it stands."""

    code: str
    project_id: UUID
    project_code: str
    project_name: str
    region_code: str
    number: int
    title: str
    description: str
    category: ProblemCategory
    level: int
    raised_on: date
    raised_by_person_id: UUID | None

    @classmethod
    def of(cls, row: ProblemRow, project: ProjectRow) -> "ProblemRead":
        named = {
            "code": code_of(project, row),
            "project_code": project.code,
            "project_name": project.name,
            "region_code": project.region_code,
        }
        return cls.model_validate(row.model_dump() | named)
