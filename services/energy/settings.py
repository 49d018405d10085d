"""Settings of the energy service."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from libs.common.scanner import ScannerOptions
from libs.common.settings import CommonSettings


class EnergySettings(ScannerOptions, CommonSettings):
    """Durations are seconds of real time, sizes are bytes."""

    # Readings before this day are taken for clocks that were never set.
    earliest_reading_on: date = date(2000, 1, 1)
    # Where archived months go; all processes that answer or merge must reach it under this path.
    archive_directory: Path | None = None
    max_body_bytes: int = Field(default=64 * 2**20, ge=2**20)
    # Records waiting in one partition beyond which the door answers 429; a record holds up to 900 kB.
    ingest_lag_limit: int = Field(default=400, ge=1)
    ingest_batch_records: int = Field(default=128, ge=1, le=1000)
    # A batch ends with the record that reaches this, so that memory follows bytes and not the number of records.
    ingest_batch_bytes: int = Field(default=8 * 2**20, ge=2**20)
    # Members of the readings' consumer group in one process, each with transactions of its own; if absent two
    # where it detects and one where it only stores, whose batches cost the more the smaller they are.
    ingest_lanes: int | None = Field(default=None, ge=1, le=16)
    # Real seconds between the beginnings of two batches of a lane under load; the first after a pause waits
    # for nothing.
    ingest_pace_seconds: float = Field(default=0.025, ge=0.0, le=1.0)
    # Off where another installation watches over the same meters, and in measurements of the store alone.
    detection: bool = True
    checkpoint_seconds: float = Field(default=120.0, ge=1.0)
    # Of the stack's time: how long receipts and what was replayed are kept.
    receipts_kept_days: int = Field(default=90, ge=8)
    # Of the stack's time: how long rows wait for their meter.
    quarantine_kept_days: int = Field(default=400, ge=1)
    # Deliveries of one caller a second of real time; what holds many readings counts not.
    feed_rate_per_second: float = Field(default=50.0, gt=0)
    feed_rate_burst: int = Field(default=500, ge=1)
    # Below it lie the watched folders; without it none is watched.
    feed_folder_root: Path | None = None
    # Brokers of utilities, as host or host:port, that may be connected to.
    feed_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    # Real seconds between two probes of the readings' way, which the outward heartbeat tells of; 0: none.
    reading_probe_seconds: float = Field(default=0.0, ge=0.0, le=3600)
    # Real seconds between two looks at folders and at the registry of feeds.
    gateway_poll_seconds: float = Field(default=2.0, gt=0)

    @field_validator("feed_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        """Comma-separated, as environment variables are."""
        return (
            tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
        )
