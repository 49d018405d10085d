"""Award rounds, nominations and objections."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, field_validator

from services.projects.economy.domain.arithmetic import shown
from services.projects.innovation.domain.honours import (
    Criterion,
    HonourKind,
    NominationStatus,
    ObjectionStatus,
    RoundStatus,
)
from services.projects.innovation.schemas.records import Year
from services.projects.innovation.service.nominations import NominationDraft
from services.projects.innovation.service.rounds import RoundDraft
from services.projects.innovation.tables import HonourRoundRow, NominationRow
from services.projects.ledger.schemas import Reason, Short, Text
from services.projects.lists.domain.facts import EntryVerdict
from services.projects.lists.schemas.lists import Condition
from services.projects.registry.schemas import Code, Name, RegionCode, Versioned, example
from services.projects.registry.tables import EnterpriseRow

_UNSAID: Any = Field(default_factory=lambda: None)
Places = Annotated[int, Field(ge=1, le=500)]
NoticeDays = Annotated[int, Field(ge=1, le=60, description="Working days after the day of the notice.")]
NomineeName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class RoundCreate(BaseModel):
    """Criteria weigh figures in points of a hundred; without criteria people decide alone."""

    model_config = example(
        code="YXQYJ-2026",
        name="2026年度优秀企业家",
        kind="outstanding_entrepreneur",
        year=2026,
        region_code="421224",
        places=10,
        condition="sales >= 20000000",
        criteria=[{"measure": "tax", "weight": "60"}, {"measure": "sales_growth_percent", "weight": "40"}],
        opens_on="2026-09-01",
        nominations_until="2026-09-30",
        notice_days=5,
        basis="县委、县政府表彰办法",
    )

    code: Code
    name: Name
    kind: HonourKind
    year: Year
    region_code: RegionCode
    places: Places
    condition: Condition = ""
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=20)] = ()
    figures_month: date | None = Field(default=None, description="The last month that counts; December if absent.")
    opens_on: date
    nominations_until: date
    notice_days: NoticeDays = 5
    basis: Text = ""

    @field_validator("figures_month")
    @classmethod
    def _first_of_month(cls, value: date | None) -> date | None:
        return None if value is None else value.replace(day=1)

    def draft(self) -> RoundDraft:
        facts = {name: getattr(self, name) for name in type(self).model_fields}
        return RoundDraft(**facts | {"figures_month": self.figures_month or date(self.year, 12, 1)})


class RoundUpdate(BaseModel):
    model_config = example(nominations_until="2026-10-15")

    name: Name = _UNSAID
    places: Places = _UNSAID
    condition: Condition = _UNSAID
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=20)] = _UNSAID
    opens_on: date = _UNSAID
    nominations_until: date = _UNSAID
    notice_days: NoticeDays = _UNSAID
    basis: Text = _UNSAID

    def facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class NoticeCreate(BaseModel):
    model_config = example(nomination_ids=["01926f4e-7f00-7000-8000-000000000901"])

    nomination_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class HonourReason(BaseModel):
    model_config = example(reason="数据由统计部门书面确认，同意参评")

    reason: Reason


class RoundRead(Versioned):
    """``result`` is frozen with the decision: every nomination with figures, points, vetoes and objections."""

    id: UUID
    code: str
    name: str
    kind: HonourKind
    year: int
    region_code: str
    status: RoundStatus
    places: int
    condition: str
    criteria: list[dict[str, Any]]
    figures_month: date
    opens_on: date
    nominations_until: date
    notice_days: int
    basis: str
    reviewed_at: AwareDatetime | None
    notice_from: date | None
    notice_until: date | None
    decided_on: date | None
    decided_by: str | None
    edition: int
    cancelled_reason: str | None
    created_at: AwareDatetime
    created_by: str

    @classmethod
    def of(cls, row: HonourRoundRow) -> RoundRead:
        return cls.model_validate(row.model_dump())


class ResultRead(BaseModel):
    round_id: UUID
    edition: int
    result: dict[str, Any]


class NominationCreate(BaseModel):
    """Without a name the enterprise itself is nominated."""

    model_config = example(
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        nominee_name="陈建国（演示）",
        nominee_post="董事长",
        merits="带领企业三年纳税翻番，吸纳本地就业400人",
    )

    enterprise_id: UUID
    nominee_name: NomineeName = ""
    nominee_post: NomineeName = ""
    merits: Text = ""

    def draft(self) -> NominationDraft:
        return NominationDraft(**self.model_dump())


class NominationRead(Versioned):
    """``points`` to two places, ``parts`` exact: each criterion with figure, range and points."""

    id: UUID
    round_id: UUID
    round_name: str
    year: int
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    nominee_name: str
    nominee_post: str
    merits: str
    status: NominationStatus
    verdict: EntryVerdict | None
    judgement: dict[str, Any] | None
    points: Decimal | None
    place: int | None
    parts: list[dict[str, Any]]
    vetoes: list[dict[str, Any]]
    admission_reason: str | None
    admitted_by: str | None
    ended_reason: str | None
    nominated_at: AwareDatetime
    nominated_by: str

    @classmethod
    def of(cls, row: NominationRow, opened: HonourRoundRow, enterprise: EnterpriseRow) -> NominationRead:
        return cls.model_validate(
            row.model_dump()
            | {
                "points": None if row.points is None else shown(row.points, 2),
                "round_name": opened.name,
                "year": opened.year,
                "enterprise_name": enterprise.name,
                "credit_code": enterprise.credit_code,
            }
        )


class ObjectionCreate(BaseModel):
    model_config = example(objector="群众来信（实名）", content="该企业2026年5月曾因环保问题被处罚")

    objector: Short
    content: Reason


class ObjectionDecision(BaseModel):
    model_config = example(upheld=False, reason="经查，处罚决定已依法撤销")

    upheld: bool
    reason: Reason


class ObjectionRead(Versioned):
    id: UUID
    nomination_id: UUID
    objector: str
    content: str
    raised_on: date
    status: ObjectionStatus
    recorded_by: str
    recorded_at: AwareDatetime
    decided_by: str | None
    decided_on: date | None
    decision_reason: str | None
