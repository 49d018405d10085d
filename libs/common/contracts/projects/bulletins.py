"""Bulletins (S27) as they are published."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Instant, Topic
from libs.common.contracts.projects.owner import OWNER

BULLETIN = Topic("projects.bulletin.v1", OWNER, "Bulletins published, first editions and corrections")

# What notices of bulletins name as their source; the source's id is the bulletin's.
BULLETIN_SOURCE = "bulletin"


class BulletinAddressee(EventPayload):
    """Whom it goes to: a person, a unit, the holders of a post for a region, or a region's people."""

    person_id: UUID | None = None
    unit_id: UUID | None = None
    post: str | None = None
    region_code: str | None = None
    include_below: bool = False


class BulletinFile(EventPayload):
    """A document, made once; its bytes have this SHA-256."""

    format: str
    language: str
    media_type: str
    sha256: str
    size_bytes: int


class BulletinPublishedV1(EventPayload):
    """An edition was published; ``corrects_id`` is the one it replaces, ``changes`` in how many places.

    ``number`` counts the periods of the kind in the year, ``document_number`` is 发文字号. Whoever sends it asks
    for confirmation until ``confirm_by``; ``link`` leads to the console's page of it.
    """

    event_type: ClassVar[str] = "projects.bulletin.published.v1"
    topic: ClassVar[Topic] = BULLETIN

    bulletin_id: UUID
    kind: str
    year: int
    number: int
    edition: int
    corrects_id: UUID | None = None
    document_number: str
    title_zh: str
    title_en: str
    reason: str = ""
    changes: int = 0
    confirm_by: Instant
    link: str
    recipients: tuple[BulletinAddressee, ...]
    files: tuple[BulletinFile, ...]


EVENTS: tuple[type[EventPayload], ...] = (BulletinPublishedV1,)
