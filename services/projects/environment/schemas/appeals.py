"""Appeals. What an appeal shows never holds who made it, unless it was made openly and the reader handles it."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from services.projects.environment.domain.appeals import AppealCategory, AppealKind, AppealStatus, ClosedAs
from services.projects.environment.repository.appeals import facts_of
from services.projects.environment.schemas.rules import Note, Reason, Required
from services.projects.environment.service.appeals import Draft, Identity, OpenedAppeal
from services.projects.environment.tables.appeals import AppealRow
from services.projects.registry.schemas import Email, Name, Phone, RegionCode, example

TrackingCode = Annotated[str, StringConstraints(strip_whitespace=True, min_length=25, max_length=64)]


class Contact(BaseModel):
    """Kept sealed; shown to whoever handles an appeal that was made openly, and to nobody else."""

    model_config = example(name="王某（演示）", phone="13900000000")

    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None

    def identity(self) -> Identity:
        return Identity(self.name, self.phone, self.email)


class _AppealBody(BaseModel):
    kind: AppealKind
    category: AppealCategory = Field(
        description="Of complaints: four_disorders, four_bullies, three_disorders, fees, surroundings, other."
    )
    title: Name
    content: Required
    target_unit_id: UUID | None = Field(default=None, description="The unit a complaint is about.")
    contact: Contact = Field(default_factory=Contact)


class AppealCreate(_AppealBody):
    """A complaint or request. An enterprise appeals for itself; an office enters what it was told.

    With ``anonymous`` neither the enterprise nor the caller is kept beside it, only sealed.
    """

    model_config = example(
        kind="request",
        category="energy",
        title="二期变压器增容申请迟迟未批",
        content="6 月提交增容申请，至今没有答复（演示）",
        region_code="421224101",
    )

    region_code: RegionCode | None = Field(default=None, description="Required without an enterprise.")
    enterprise_id: UUID | None = None
    anonymous: bool = False

    def draft(self) -> Draft:
        return Draft(
            self.kind,
            self.category,
            self.title,
            self.content,
            self.region_code,
            self.enterprise_id,
            self.target_unit_id,
        )


class AnonymousAppealCreate(_AppealBody):
    """An appeal without an account. A contact is welcome and lies sealed."""

    model_config = example(
        kind="complaint",
        category="fees",
        title="入园管理费重复收取",
        content="同一季度被收取两次（演示）",
        region_code="421224",
    )

    region_code: RegionCode

    def draft(self) -> Draft:
        return Draft(
            self.kind, self.category, self.title, self.content, self.region_code, None, self.target_unit_id
        )


class Dispatch(BaseModel):
    model_config = example(unit_id="01926f4e-7f00-7000-8000-000000000004", note="")

    unit_id: UUID
    note: Note = Field(default="", description="Required when a unit has it already.")


class Extension(BaseModel):
    model_config = example(working_days=2, reason="需现场核实")

    working_days: Annotated[int, Field(ge=1, le=60)]
    reason: Reason


class Answer(BaseModel):
    model_config = example(answer="重复收取的管理费已于 9 月 20 日退还")

    answer: Required


class Rating(BaseModel):
    """From 1 to 5. Not ``satisfied`` sends it back to the unit, as often as the rule allows."""

    model_config = example(score=5, comment="处理及时", satisfied=True)

    score: Annotated[int, Field(ge=1, le=5)]
    satisfied: bool
    comment: Note = ""


class RatingByCode(Rating):
    model_config = example(code="7K3QX-0M2HA-9TZ4C-P1V8D-E6RWN", score=5, comment="处理及时", satisfied=True)

    code: TrackingCode


class Closing(BaseModel):
    model_config = example(closed_as="rejected", reason="不属于营商环境诉求，已告知诉讼渠道")

    closed_as: Literal[ClosedAs.REJECTED, ClosedAs.WITHDRAWN, ClosedAs.DUPLICATE]
    reason: Reason


class AppealWithdrawal(BaseModel):
    model_config = example(reason="问题已自行解决")

    reason: Reason


class WithdrawalByCode(AppealWithdrawal):
    model_config = example(code="7K3QX-0M2HA-9TZ4C-P1V8D-E6RWN", reason="问题已自行解决")

    code: TrackingCode


class DisclosureRequest(BaseModel):
    model_config = example(reason="核实投诉人受打击报复的情况")

    reason: Reason


class DisclosureRead(BaseModel):
    name: str | None
    phone: str | None
    email: str | None
    enterprise_id: UUID | None
    account: str | None


class RoundRead(BaseModel):
    """One turn of a unit. ``transferred``: another unit took over before an answer."""

    number: int
    unit_id: UUID
    dispatched_on: date
    note: str
    due_on: date
    transferred: bool
    answer: str | None
    answered_on: date | None
    score: int | None
    satisfied: bool | None
    comment: str
    rated_on: date | None


class AppealBrief(BaseModel):
    """An appeal in a list."""

    id: UUID
    code: str
    region_code: str
    kind: AppealKind
    category: AppealCategory
    title: str
    anonymous: bool
    enterprise_id: UUID | None = Field(description="Null for an anonymous appeal, whoever made it.")
    target_unit_id: UUID | None
    status: AppealStatus
    unit_id: UUID | None
    due_on: date | None = Field(description="Of dispatching, then of the answer; null while nobody is waited for.")
    accepted_on: date
    accepted_at: AwareDatetime
    rate_by: date | None
    round: int
    returns: int
    closed_as: ClosedAs | None
    closed_on: date | None
    version: int
    updated_at: AwareDatetime

    @classmethod
    def of(cls, row: AppealRow) -> "AppealBrief":
        return cls.model_validate(facts_of(row))


class AppealRead(AppealBrief):
    """One appeal with its rounds. ``contact`` is null unless it was made openly and the caller handles it."""

    content: str
    close_reason: str
    contact: Contact | None
    rounds: list[RoundRead]

    @classmethod
    def shown(cls, opened: OpenedAppeal, contact: Identity | None) -> "AppealRead":
        facts: dict[str, Any] = facts_of(opened.row)
        facts["rounds"] = [one.model_dump() for one in opened.rounds]
        facts["contact"] = (
            None if contact is None else {"name": contact.name, "phone": contact.phone, "email": contact.email}
        )
        return cls.model_validate(facts)


class AppealLodged(BaseModel):
    """The tracking code is shown here and never again; whoever has it may follow and rate the appeal."""

    appeal: AppealRead
    tracking_code: str


class TrackedAppeal(BaseModel):
    """What the holder of the tracking code sees."""

    code: str
    kind: AppealKind
    category: AppealCategory
    title: str
    content: str
    status: AppealStatus
    accepted_on: date
    due_on: date | None
    rate_by: date | None
    closed_as: ClosedAs | None
    closed_on: date | None
    close_reason: str
    rounds: list[RoundRead]

    @classmethod
    def of(cls, opened: OpenedAppeal) -> "TrackedAppeal":
        rounds = [one.model_dump() for one in opened.rounds]
        return cls.model_validate(facts_of(opened.row) | {"rounds": rounds})


class AnonymousAppealLodged(BaseModel):
    appeal: TrackedAppeal
    tracking_code: str
