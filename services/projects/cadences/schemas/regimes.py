"""Regimes, their levels and questions, and the rounds made by them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from libs.common.contracts.projects import Stage
from services.projects.cadences.domain.regimes import (
    REPORTING_STAGES,
    AnswerKind,
    Level,
    OwnerRule,
    Question,
    Regime,
    ReportFact,
)
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.registry.domain.periods import PeriodKind
from services.projects.registry.domain.records import Post
from services.projects.registry.schemas import Code, Name, RegionCode, example

Days = Annotated[int, Field(ge=1, le=250)]
# Names a path in answers, so without dots and dashes.
QuestionCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
BandCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class QuestionSpec(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)

    code: QuestionCode
    text: Words
    kind: AnswerKind = AnswerKind.TEXT
    required: bool = False
    options: Annotated[list[Words], Field(max_length=50)] = Field(
        default_factory=list, description="Of a choice, and of nothing else."
    )


class LevelSpec(BaseModel):
    """One rhythm; days are working days."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    code: Code
    name: Name
    period: PeriodKind
    due_days: Days = Field(description="After the end of the period.")
    owner: OwnerRule = OwnerRule.RESPONSIBLE_PERSON
    post: Post | None = Field(default=None, description="Goes with the owner `post_in_region`.")
    grave_days: Days | None = Field(default=5, description="Overdue by more is grave; null: never.")
    rework_days: Days = Field(default=2, description="A returned report is due again in so many.")
    requires: Annotated[list[ReportFact], Field(max_length=3)] = Field(default_factory=list)
    questions: Annotated[list[QuestionSpec], Field(max_length=50)] = Field(default_factory=list)

    def level(self) -> Level:
        facts = self.model_dump(exclude={"requires", "questions"})
        questions = tuple(
            Question(**one.model_dump(exclude={"options"}), options=tuple(one.options)) for one in self.questions
        )
        return Level(**facts, requires=tuple(dict.fromkeys(self.requires)), questions=questions)


class RegimeWrite(BaseModel):
    """A regime in a region from a day on; the entry of the narrowest region counts. Checks that are out stay."""

    model_config = example(
        code="county",
        name="县级项目调度制度",
        region_code="421224",
        levels=[
            {
                "code": "month",
                "name": "月通报",
                "period": "month",
                "due_days": 3,
                "owner": "responsible_unit",
                "requires": ["progress", "investment"],
                "questions": [{"code": "next_step", "text": "下月计划", "required": True}],
            }
        ],
        key_only=True,
    )

    code: Code
    name: Name
    region_code: RegionCode | None = Field(default=None, description="Null: everywhere.")
    levels: Annotated[list[LevelSpec], Field(max_length=20)] = Field(
        description="An entry without levels asks for nothing: so a town stands aside."
    )
    kinds: Annotated[list[ProjectKind], Field(max_length=20)] = Field(
        default_factory=list, description="Kinds of projects; empty: all."
    )
    size_bands: Annotated[list[BandCode], Field(max_length=20)] = Field(
        default_factory=list, description="Codes of size bands; empty: all."
    )
    stages: Annotated[list[Stage], Field(max_length=20)] = Field(
        default_factory=lambda: list(REPORTING_STAGES),
        description="Stages in which a project reports; signed, started, completed and in_production if absent.",
    )
    key_only: bool = Field(default=False, description="Key projects only.")
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    valid_to: date | None = Field(default=None, description="Day after the last; until the next entry if absent.")

    def regime(self, today: date) -> Regime:
        return Regime(
            code=self.code,
            name=self.name,
            region_code=self.region_code,
            levels=tuple(spec.level() for spec in self.levels),
            kinds=tuple(dict.fromkeys(self.kinds)),
            size_bands=tuple(dict.fromkeys(self.size_bands)),
            stages=tuple(dict.fromkeys(self.stages)),
            key_only=self.key_only,
            source=self.source,
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class RegimeRead(BaseModel):
    id: UUID
    code: str
    name: str
    region_code: str | None
    levels: list[LevelSpec]
    kinds: list[ProjectKind]
    size_bands: list[str]
    stages: list[Stage]
    key_only: bool
    source: str
    template: str | None = Field(description="Set on entries of a template: in force nowhere until adopted.")
    valid_from: date
    valid_to: date | None
    version: int


class RegimeAdoption(BaseModel):
    """Puts a template's regime in force in a region."""

    model_config = example(template="county", region_code="421224", valid_from="2026-10-01", key_only=True)

    template: Code
    region_code: RegionCode
    valid_from: date | None = Field(default=None, description="First day; today if absent.")
    key_only: bool | None = Field(default=None, description="Key projects only; as the template says if absent.")


class RegimesAdopted(BaseModel):
    items: list[RegimeRead] = Field(description="The entries that came into force by it.")


class RoundRead(BaseModel):
    """A period whose checks have been made."""

    id: UUID
    regime_id: UUID
    regime_code: str
    region_code: str | None
    level_code: str
    period: str
    first_on: date
    last_on: date
    due_on: date
    checks: int
    made_at: AwareDatetime
