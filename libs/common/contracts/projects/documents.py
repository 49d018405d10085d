"""Files of any aggregate: added, renamed, withdrawn. The bytes are fetched over REST by the document's id."""

from typing import ClassVar
from uuid import UUID

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

DOCUMENT = Topic("projects.document.v1", OWNER, "Files of projects and other things, added and withdrawn")


class DocumentAddedV1(EventPayload):
    """``owner_type`` and ``owner_id`` name what it belongs to (``project`` …); ``sha256`` is of the content."""

    event_type: ClassVar[str] = "projects.document.added.v1"
    topic: ClassVar[Topic] = DOCUMENT

    document_id: UUID
    owner_type: str
    owner_id: UUID
    name: str
    title: str
    category: str
    media_type: str
    size_bytes: int
    sha256: str


class DocumentAmendedV1(EventPayload):
    """Title, category or notes changed; ``fields`` names which. The content of a document never changes."""

    event_type: ClassVar[str] = "projects.document.amended.v1"
    topic: ClassVar[Topic] = DOCUMENT

    document_id: UUID
    owner_type: str
    owner_id: UUID
    title: str
    category: str
    fields: tuple[str, ...] = ()


class DocumentWithdrawnV1(EventPayload):
    event_type: ClassVar[str] = "projects.document.withdrawn.v1"
    topic: ClassVar[Topic] = DOCUMENT

    document_id: UUID
    owner_type: str
    owner_id: UUID
    title: str
    reason: str


EVENTS: tuple[type[EventPayload], ...] = (DocumentAddedV1, DocumentAmendedV1, DocumentWithdrawnV1)
