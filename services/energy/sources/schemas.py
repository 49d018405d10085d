"""Feeds in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.energy.feeds.tables import FeedSourceRow
from services.energy.metering.domain.rank import DEFAULT_PRIORITY, MAX_PRIORITY
from services.energy.sources.domain.connection import Transport
from services.energy.sources.domain.schedule import FeedState
from services.energy.sources.repository import Tally

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 60)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SourceName = Annotated[str, Field(max_length=100, pattern=r"^[^/\x00-\x1f]*$")]
Kind = Literal["files", "curves", "readings"]
Secret = Annotated[str, Field(min_length=1, max_length=1000)]


class FeedFacts(BaseModel):
    """What is recorded of a feed, as far as anybody may read it."""

    name: Name
    owner: Annotated[str, Field(max_length=200, description="The utility or company it comes from.")] = ""
    region_code: str
    enterprise_id: UUID | None = None
    transport: Transport = Transport.HTTP
    kind: Kind = Field(default="files", description="What it brings, where the bytes do not tell.")
    format: str = Field(default="", max_length=40, description="Its format; empty lets the bytes tell.")
    source_name: SourceName = Field(default="", description="What its bodies or requests call their source.")
    key_id: UUID | None = Field(default=None, description="The API key it delivers with.")
    certificate_sha256: Sha256 | None = Field(
        default=None, description="Instead of a key: SHA-256 of the client certificate (DER) it shows."
    )
    priority: int = Field(
        default=DEFAULT_PRIORITY, ge=0, le=MAX_PRIORITY, description="Whose values stand when two send the same."
    )
    unit: str | None = Field(default=None, max_length=20, description="Of values whose unit nobody says.")
    interval_minutes: int | None = None
    zone: str | None = Field(default=None, max_length=40, description="Of stamps without a zone.")
    connection: dict[str, Any] = Field(
        default_factory=dict,
        description="folder: directory, pattern, stable_seconds; mqtt: host, port, topic, client_id, username, "
        "protocol (5 or 3.1.1), tls, meter_level; kafka: bootstrap, topic, group, security, mechanism, username.",
    )
    every_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)] | None = Field(
        default=None, description="Something is expected so many minutes after the last delivery."
    )
    cron: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Or by five fields of cron in local time."
    )
    workdays_only: bool = Field(default=False, description="Nothing is expected on days of rest.")
    grace_minutes: Minutes = Field(default=5, description="How long after its time it is not late yet.")
    silent_after_minutes: Minutes = Field(default=60, description="How long after its time it is silent.")
    is_active: bool = True


class FeedWrite(FeedFacts):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "yx-system",
                    "name": "营销系统日冻结",
                    "owner": "国网通山县供电公司",
                    "region_code": "421224",
                    "transport": "folder",
                    "connection": {"directory": "yx-system", "pattern": "*.csv"},
                    "cron": "0 8 * * *",
                    "grace_minutes": 30,
                    "silent_after_minutes": 120,
                }
            ]
        },
    )

    code: Code
    secret: Secret | None = Field(default=None, description="The password it is fetched with; never shown again.")

    def facts(self) -> dict[str, Any]:
        return _plain(self.model_dump())


class FeedChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    owner: Annotated[str, Field(max_length=200)] | None = None
    region_code: str | None = None
    enterprise_id: UUID | None = None
    kind: Kind | None = None
    format: Annotated[str, Field(max_length=40)] | None = None
    source_name: SourceName | None = None
    key_id: UUID | None = None
    certificate_sha256: Sha256 | None = None
    priority: Annotated[int, Field(ge=0, le=MAX_PRIORITY)] | None = None
    unit: Annotated[str, Field(max_length=20)] | None = None
    interval_minutes: int | None = None
    zone: Annotated[str, Field(max_length=40)] | None = None
    connection: dict[str, Any] | None = None
    secret: Secret | None = None
    every_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 31)] | None = None
    cron: Annotated[str, Field(max_length=100)] | None = None
    workdays_only: bool | None = None
    grace_minutes: Minutes | None = None
    silent_after_minutes: Minutes | None = None
    is_active: bool | None = None

    def facts(self) -> dict[str, Any]:
        """Null takes a fact away where there may be none; elsewhere it says nothing."""
        given = _plain(self.model_dump(exclude_unset=True))
        return {name: value for name, value in given.items() if value is not None or name in _MAY_LACK}


_MAY_LACK = frozenset(
    {
        "enterprise_id",
        "key_id",
        "certificate_sha256",
        "unit",
        "interval_minutes",
        "zone",
        "secret",
        "every_minutes",
        "cron",
    }
)


class TallyRead(BaseModel):
    receipts: int
    refused: int = Field(description="Bodies of which nothing could be taken.")
    accepted: int = Field(description="Readings.")
    quarantined: int = Field(description="Readings of unknown meters.")
    rejected: int = Field(description="Rows.")
    error_rate: float | None = Field(description="Rejected and refused of all that came; null when nothing came.")


class FeedRead(FeedFacts):
    id: UUID
    code: str
    has_secret: bool
    state: FeedState
    state_since: datetime
    expected_at: datetime | None = Field(description="When the next delivery is due, or was.")
    late_minutes: int = Field(description="0 until its time has come.")
    last_receipt_id: UUID | None
    last_received_at: datetime | None
    last_reading_at: datetime | None = Field(description="The end of the latest interval it brought.")
    connected_at: datetime | None = Field(description="Since when it is being fetched without a fault.")
    last_error: str | None
    last_error_at: datetime | None
    last_day: TallyRead = Field(description="The last 24 hours.")
    last_week: TallyRead = Field(description="The last 7 days.")
    version: int
    created_at: datetime
    changed_at: datetime
    changed_by: str


def feed_read(row: FeedSourceRow, now: datetime, last_day: Tally, last_week: Tally) -> FeedRead:
    facts = row.model_dump(exclude={"secret", "source", "silence_id", "watched_from"})
    facts["region_code"] = row.region_code or ""
    late = 0 if row.expected_at is None else int((now - row.expected_at).total_seconds() // 60)
    return FeedRead(
        **facts,
        has_secret=row.secret is not None,
        late_minutes=max(0, late),
        last_day=_tally(last_day),
        last_week=_tally(last_week),
    )


def _tally(tally: Tally) -> TallyRead:
    return TallyRead(
        receipts=tally.receipts,
        refused=tally.refused,
        accepted=tally.accepted,
        quarantined=tally.quarantined,
        rejected=tally.rejected,
        error_rate=tally.error_rate,
    )


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    if "transport" in facts:
        facts["transport"] = facts["transport"].value
    return facts
