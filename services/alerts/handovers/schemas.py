"""Handovers on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

RosterCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class DoctorFinding(BaseModel):
    """A finding of `duban doctor --json` that is no ok, as it stands there."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_]+$", max_length=60)]
    state: Literal["warn", "bad", "unknown"]
    says: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    figures: dict[str, Any] = Field(default_factory=dict, max_length=20)
    do: Annotated[str, StringConstraints(max_length=500)] = ""
    runbook: Annotated[str, StringConstraints(max_length=200)] = ""


class HandoverCreate(BaseModel):
    """Given by the caller, in their own name."""

    model_config = ConfigDict(extra="forbid")

    roster_code: RosterCode
    taker_id: UUID
    note: Note = ""
    doctor: list[DoctorFinding] = Field(default_factory=list, max_length=100)


class HandoverAcceptance(BaseModel):
    """The second signature: ``digest`` is that of the statement which was read."""

    model_config = ConfigDict(extra="forbid")

    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    note: Note = ""


class HandoverRead(BaseModel):
    """Who gave and who took over; without ``taken_at`` the second signature is still missing."""

    id: UUID
    roster_code: str
    region_code: str
    giver_id: UUID
    taker_id: UUID
    digest: str
    given_by: str
    given_at: datetime
    taken_by: str | None
    taken_at: datetime | None
    taker_note: str | None


class HandoverDetail(HandoverRead):
    """With the statement that both sign; ``digest`` is its SHA-256 as JSON with sorted keys and no spaces."""

    statement: dict[str, Any]


class HandoverPreview(BaseModel):
    """What a handover would say now."""

    statement: dict[str, Any]
