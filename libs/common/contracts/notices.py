"""Events of notices: that a document was sent, and who has received it."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic

NOTICE = Topic("alerts.notice.v1", "alerts", "Notices of documents and the proof of their receipt")


class ReceiptState(StrEnum):
    """What became known of a recipient."""

    DELIVERED = "delivered"
    FAILED = "failed"
    READ = "read"
    CONFIRMED = "confirmed"


class NoticeState(EventPayload):
    """Fields every notice event carries; ``source_*`` is what the document is in the service that asked."""

    notice_id: UUID
    source_type: str | None = None
    source_id: str | None = None
    title_zh: str
    title_en: str
    recipients: int
    needs_confirmation: bool
    confirm_by: Instant | None = None


class Addressed(EventPayload):
    """One recipient; what becomes known of it names this receipt."""

    receipt_id: UUID
    person_id: UUID


class NoticeSentV1(NoticeState):
    """``addressed`` are the recipients, so that who has not confirmed is known too."""

    event_type: ClassVar[str] = "alerts.notice.sent.v1"
    topic: ClassVar[Topic] = NOTICE

    addressed: tuple[Addressed, ...] = ()


class NoticeReceiptedV1(NoticeState):
    """Something became known of one recipient: ``by`` is ``link`` or the account that said so."""

    event_type: ClassVar[str] = "alerts.notice.receipted.v1"
    topic: ClassVar[Topic] = NOTICE

    receipt_id: UUID
    person_id: UUID
    state: ReceiptState
    at: Instant
    by: str | None = None


class NoticeOverdueV1(NoticeState):
    """The deadline passed and ``unconfirmed`` recipients had not confirmed."""

    event_type: ClassVar[str] = "alerts.notice.overdue.v1"
    topic: ClassVar[Topic] = NOTICE

    unconfirmed: int


class NoticeCompletedV1(NoticeState):
    """Everybody has confirmed."""

    event_type: ClassVar[str] = "alerts.notice.completed.v1"
    topic: ClassVar[Topic] = NOTICE


class NoticeWithdrawnV1(NoticeState):
    event_type: ClassVar[str] = "alerts.notice.withdrawn.v1"
    topic: ClassVar[Topic] = NOTICE

    reason: str


EVENTS: tuple[type[EventPayload], ...] = (
    NoticeSentV1,
    NoticeReceiptedV1,
    NoticeOverdueV1,
    NoticeCompletedV1,
    NoticeWithdrawnV1,
)
