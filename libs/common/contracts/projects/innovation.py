"""Innovation of enterprises and honours (S31)."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common.contracts.base import EventPayload, Topic
from libs.common.contracts.projects.owner import OWNER

INNOVATION_RECORD = Topic(
    "projects.innovation_record.v1", OWNER, "Patents, products, brands, R&D, agreements, high-tech output"
)
HONOUR_ROUND = Topic("projects.honour_round.v1", OWNER, "Award rounds from nomination to their result")


class InnovationRecordedV1(EventPayload):
    """State of a record; ``year`` and ``amount_yuan`` of what is counted by the year."""

    event_type: ClassVar[str] = "projects.innovation_record.recorded.v1"
    topic: ClassVar[Topic] = INNOVATION_RECORD

    record_id: UUID
    kind: str
    status: str
    enterprise_id: UUID
    title: str
    number: str | None = None
    grade: str | None = None
    valid_from: date
    valid_to: date | None = None
    year: int | None = None
    amount_yuan: int | None = None


class HonourPlace(BaseModel):
    """One who is honoured: a person of an enterprise, or the enterprise itself where the name is empty."""

    model_config = ConfigDict(frozen=True)

    nomination_id: UUID
    enterprise_id: UUID
    nominee_name: str
    place: int | None = None


class HonourRoundAdvancedV1(EventPayload):
    """One step of a round: opened, amended, reviewed, noticed, decided, revoked or cancelled.

    ``honoured`` are those in the notice, or in the result as it stands.
    """

    event_type: ClassVar[str] = "projects.honour_round.advanced.v1"
    topic: ClassVar[Topic] = HONOUR_ROUND

    round_id: UUID
    code: str
    name: str
    kind: str
    year: int
    action: str
    status: str
    edition: int
    notice_from: date | None = None
    notice_until: date | None = None
    decided_on: date | None = None
    honoured: tuple[HonourPlace, ...] = ()
    reason: str = ""


EVENTS: tuple[type[EventPayload], ...] = (InnovationRecordedV1, HonourRoundAdvancedV1)
