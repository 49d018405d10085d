"""Innovation records, shares and sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.economy.domain.arithmetic import shown
from services.projects.innovation.domain.records import Grade, Record, RecordKind, RecordStatus
from services.projects.innovation.repository.records import RecordGrouping
from services.projects.innovation.service.shares import Share, ShareKind, ShareSource
from services.projects.innovation.tables import InnovationRecordRow
from services.projects.ledger.schemas import Reason, Short, Text, Yuan
from services.projects.registry.schemas import Versioned, example
from services.projects.registry.tables import EnterpriseRow

Year = Annotated[int, Field(ge=1990, le=2200)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class RecordCreate(BaseModel):
    """Patents, products and brands have a grade; R&D spend and high-tech output a year and an amount."""

    model_config = example(
        kind="patent",
        enterprise_id="01926f4e-7f00-7000-8000-000000000301",
        title="一种硅锰合金冶炼余热回收装置（演示）",
        number="ZL202610000001.X",
        grade="invention",
        valid_from="2026-03-06",
        valid_to="2046-03-06",
        evidence="发明专利证书",
    )

    kind: RecordKind
    enterprise_id: UUID
    title: Short
    valid_from: date = Field(description="Granted, signed, or the first day of the year that is counted.")
    valid_to: date | None = Field(default=None, description="Day after the last.")
    number: Number | None = None
    grade: Grade | None = None
    partner: Short | None = Field(default=None, description="University or institute of an agreement.")
    year: Year | None = None
    amount_yuan: Yuan | None = None
    evidence: Reason
    note: Text = ""

    def record(self) -> Record:
        facts = {name: getattr(self, name) for name in type(self).model_fields}
        return Record(**facts | {"amount_yuan": None if self.amount_yuan is None else int(self.amount_yuan)})


class RecordReason(BaseModel):
    model_config = example(reason="证书已失效")

    reason: Reason


class RecordRead(Versioned):
    id: UUID
    kind: RecordKind
    status: RecordStatus
    enterprise_id: UUID
    enterprise_name: str
    credit_code: str
    region_code: str
    title: str
    valid_from: date
    valid_to: date | None
    number: str | None
    grade: Grade | None
    partner: str | None
    year: int | None
    amount_yuan: Yuan | None
    evidence: str
    note: str
    recorded_at: AwareDatetime
    recorded_by: str
    verified_at: AwareDatetime | None
    verified_by: str | None
    ended_reason: str | None

    @classmethod
    def of(cls, row: InnovationRecordRow, enterprise: EnterpriseRow) -> RecordRead:
        names = {"enterprise_name": enterprise.name, "credit_code": enterprise.credit_code}
        return cls.model_validate(row.model_dump() | names)


class RecordSum(BaseModel):
    """Records that stand, verified ones and their amount; null where none of them has one."""

    key: str
    records: int
    verified: int
    amount_yuan: Yuan | None
    rows_path: str


class RecordSummary(BaseModel):
    by: RecordGrouping
    items: list[RecordSum]


class ShareRead(BaseModel):
    """Percent of the output value to two places; null with its reason.

    ``source``: the enterprises' monthly reports, or verified records of the whole year where nobody reports it.
    """

    kind: ShareKind
    part_yuan: Decimal | None
    source: ShareSource | None
    rows: int
    output_yuan: Decimal | None
    percent: Decimal | None
    reason: str | None
    complete: int
    expected: int
    rows_path: str | None

    @classmethod
    def of(cls, share: Share, month: date, region_code: str | None) -> ShareRead:
        within = "" if region_code is None else f"&filter[region_code][within]={region_code}"
        path = (
            f"/v1/innovation-records?filter[kind]={share.kind}&filter[year]={month.year}"
            f"&filter[status]=verified{within}"
            if share.source is ShareSource.RECORDED
            else None
        )
        facts = {name: getattr(share, name) for name in Share.__dataclass_fields__}
        percent = None if share.percent is None else shown(share.percent, 2)
        return cls.model_validate(facts | {"percent": percent, "rows_path": path})


class Shares(BaseModel):
    month: date
    region_code: str | None
    items: list[ShareRead]
