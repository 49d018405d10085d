"""Settings of the energy service."""

from datetime import date
from pathlib import Path

from pydantic import Field

from libs.common.settings import CommonSettings


class EnergySettings(CommonSettings):
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
    # Off where another installation watches over the same meters, and in measurements of the store alone.
    detection: bool = True
    checkpoint_seconds: float = Field(default=120.0, ge=1.0)
    # Of the stack's time: how long receipts and what was replayed are kept.
    receipts_kept_days: int = Field(default=90, ge=8)
