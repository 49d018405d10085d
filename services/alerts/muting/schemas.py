"""Shapes of silences, inhibition rules and maintenance windows on the wire."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.alerts.muting.domain.mutes import MuteKind, MuteState
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.windows import Window

_REGION = r"^[1-9][0-9]{5}([0-9]{3})?$"
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
RemindMinutes = Annotated[
    int, Field(ge=1, le=10_080, description="So long before the end its author is told that it ends.")
]


class MatcherShape(BaseModel):
    """``name="value"`` and its three relatives; a regular expression (RE2) matches the whole value."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    name: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=1000)
    is_regex: bool = False
    is_equal: bool = True

    def matcher(self) -> Matcher:
        return Matcher(self.name, self.value, self.is_regex, self.is_equal)


Matchers = Annotated[list[MatcherShape], Field(max_length=50)]


class SilenceCreate(BaseModel):
    """Quiet for a time, by labels; the region is the caller's own unless one below it is named."""

    model_config = ConfigDict(extra="forbid")

    matchers: Annotated[list[MatcherShape], Field(min_length=1, max_length=50)]
    reason: Reason
    region_code: str | None = Field(default=None, pattern=_REGION)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    remind_minutes: RemindMinutes | None = None


class SilenceUpdate(BaseModel):
    """What to change; the labels are what a silence is: for others make another one."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    remind_minutes: RemindMinutes | None = None


class MuteRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    region_code: str | None
    reason: str
    author: str
    created_by: str
    starts_at: datetime
    ends_at: datetime | None
    remind_minutes: int | None
    reminded_at: datetime | None
    ended_by: str | None
    created_at: datetime
    updated_at: datetime


class SilenceRead(MuteRead):
    matchers: list[MatcherShape]
    replaced_by: UUID | None
    state: MuteState


class InhibitionCreate(BaseModel):
    """While an alert of ``source_matchers`` lives, those of ``target_matchers`` with the same ``equal`` are
    quiet.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    source_matchers: Annotated[list[MatcherShape], Field(min_length=1, max_length=50)]
    target_matchers: Annotated[list[MatcherShape], Field(min_length=1, max_length=50)]
    equal: list[str] = Field(default_factory=list, max_length=20)
    reason: Reason
    region_code: str | None = Field(default=None, pattern=_REGION)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    remind_minutes: RemindMinutes | None = None


class InhibitionUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    source_matchers: Annotated[list[MatcherShape], Field(min_length=1, max_length=50)] | None = None
    target_matchers: Annotated[list[MatcherShape], Field(min_length=1, max_length=50)] | None = None
    equal: list[str] | None = Field(default=None, max_length=20)
    reason: Reason | None = None
    ends_at: AwareDatetime | None = None
    remind_minutes: RemindMinutes | None = None


class InhibitionRead(MuteRead):
    name: str
    source_matchers: list[MatcherShape]
    target_matchers: list[MatcherShape]
    equal: list[str]
    origin: str
    state: MuteState


class MaintenanceCreate(BaseModel):
    """Windows on the calendar for one object or for labels; without windows the whole span is quiet."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    object_type: str | None = Field(default=None, max_length=40)
    object_id: str | None = Field(default=None, max_length=200)
    matchers: Matchers = Field(default_factory=list)
    windows: list[Window] = Field(default_factory=list, max_length=20)
    reason: Reason
    region_code: str | None = Field(default=None, pattern=_REGION)
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    remind_minutes: RemindMinutes | None = None

    @model_validator(mode="after")
    def _ends_some_time(self) -> Self:
        if not self.windows and self.ends_at is None:
            raise ValueError("without windows it has to end")
        if self.object_id is not None and self.object_type is None:
            raise ValueError("an object has a type")
        return self


class MaintenanceUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    windows: list[Window] | None = Field(default=None, min_length=1, max_length=20)
    reason: Reason | None = None
    ends_at: AwareDatetime | None = None
    remind_minutes: RemindMinutes | None = None


class MaintenanceRead(MuteRead):
    name: str
    object_type: str | None
    object_id: str | None
    matchers: list[MatcherShape]
    windows: list[Window]
    state: MuteState


class MutingRead(BaseModel):
    """Why an alert is quiet; ``until`` is null where nobody can tell beforehand."""

    model_config = ConfigDict(from_attributes=True)

    kind: MuteKind
    source_id: UUID
    until: datetime | None
