"""Shapes of what people do with alerts."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity

Note = Annotated[str, Field(min_length=1, max_length=2000)]
MAX_BULK = 200


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Attachment(_Body):
    """A reference to something that is kept elsewhere: a document of the projects service, or an address."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    document_id: UUID | None = None
    url: Annotated[str, Field(pattern=r"^https?://", max_length=2000)] | None = None
    media_type: Annotated[str, Field(max_length=200)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _refers_to_something(self) -> Self:
        if (self.document_id is None) == (self.url is None):
            raise ValueError("either document_id or url")
        return self


class HandlingCreate(_Body):
    """What was done; ``done_at`` defaults to now and may lie before it."""

    note: Note
    attachments: Annotated[list[Attachment], Field(max_length=20)] = []
    done_at: AwareDatetime | None = None


class HandlingRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    alert_id: UUID
    note: str
    attachments: list[dict[str, Any]]
    done_at: datetime
    recorded_at: datetime
    recorded_by: str


class HandlingList(BaseModel):
    items: list[HandlingRead]


class Assignment(_Body):
    """Who is responsible from now on: a person, a unit, or both; a person alone brings their unit."""

    person_id: UUID | None = None
    unit_id: UUID | None = None
    reason: Note | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.person_id is None and self.unit_id is None:
            raise ValueError("a person or a unit")
        return self


class SeverityChange(_Body):
    severity: Severity
    reason: Note


class Verification(_Body):
    """Whether what was resolved is really done; a refusal says why, and opens the alert again."""

    accepted: bool = True
    note: Note | None = None

    @model_validator(mode="after")
    def _says_why_not(self) -> Self:
        if not self.accepted and self.note is None:
            raise ValueError("a refusal has a note that says why")
        return self


class Reopening(_Body):
    reason: Note


class Merge(_Body):
    """The alert this one is a duplicate of."""

    into: UUID
    reason: Note | None = None


class Unmerge(_Body):
    reason: Note | None = None


class LinkCreate(_Body):
    """``related`` goes both ways; ``caused_by`` names the other alert as the cause of this one."""

    alert_id: UUID
    relation: Literal["related", "caused_by"] = "related"
    reason: Note | None = None


class LinkRead(BaseModel):
    """A relation as seen from one alert: ``related``, ``caused_by``, or ``cause_of`` the other."""

    id: UUID
    relation: Literal["related", "caused_by", "cause_of"]
    reason: str | None
    created_at: datetime
    created_by: str
    alert_id: UUID
    number: int
    severity: Severity
    status: AlertStatus
    stage: AlertStage
    title_zh: str
    title_en: str


class LinkList(BaseModel):
    items: list[LinkRead]


class BulkAcknowledge(_Body):
    act: Literal["acknowledge"]
    promised_at: AwareDatetime | None = None
    note: Note | None = None
    takes_over: bool = False


class BulkHandle(HandlingCreate):
    act: Literal["handle"]


class BulkResolve(_Body):
    """``is_true_alarm`` says of all of them what was found; a false alarm teaches the detection."""

    act: Literal["resolve"]
    note: Note
    is_true_alarm: bool | None = None


class BulkVerify(Verification):
    act: Literal["verify"]


class BulkReopen(Reopening):
    act: Literal["reopen"]


class BulkAssign(Assignment):
    act: Literal["assign"]


class BulkSeverity(SeverityChange):
    act: Literal["change_severity"]


class BulkComment(_Body):
    act: Literal["comment"]
    text: Note


class BulkMerge(Merge):
    act: Literal["merge"]


BulkAct = Annotated[
    BulkAcknowledge
    | BulkHandle
    | BulkResolve
    | BulkVerify
    | BulkReopen
    | BulkAssign
    | BulkSeverity
    | BulkComment
    | BulkMerge,
    Field(discriminator="act"),
]


class BulkCreate(_Body):
    """One act on many alerts."""

    alert_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_BULK)]
    action: BulkAct


class BulkItem(BaseModel):
    """What became of one alert: its state now, or the problem's code with what it mentions."""

    alert_id: UUID
    done: bool
    version: int | None = None
    status: AlertStatus | None = None
    stage: AlertStage | None = None
    code: str | None = None
    title: str | None = None
    detail: str | None = None
    params: dict[str, Any] = {}


class BulkRead(BaseModel):
    """Results in the order of the request; ``failed`` of them were not done, the others were."""

    done: int
    failed: int
    items: list[BulkItem]
