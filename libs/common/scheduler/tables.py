"""The table of occurrences, in every service's database."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from libs.common.database import CommonTable, UtcDateTime


class OccurrenceStatus(StrEnum):
    """PENDING is planned, running or waiting for its next attempt; the others are final."""

    PENDING = "pending"
    DONE = "done"
    SUPERSEDED = "superseded"
    FAILED = "failed"


class JobOccurrenceRow(CommonTable, table=True):
    """One due time of one job.

    ``due_at``, ``planned_at``, ``started_at`` and ``completed_at`` are the stack's time. ``available_at`` is the
    database's real time: the end of a lease or of a wait between attempts. ``attempts`` counts claims and
    fences them: whoever holds an older count has lost the occurrence.
    """

    __tablename__ = "job_occurrence"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'done', 'superseded', 'failed')", name="status_known"),
        Index("ix_job_occurrence_pending", "job", "due_at", postgresql_where=text("status = 'pending'")),
    )

    job: str = Field(primary_key=True)
    due_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    status: str = Field(default=OccurrenceStatus.PENDING.value)
    attempts: int = 0
    available_at: datetime = Field(sa_type=UtcDateTime)
    claimed_by: str | None = None
    last_error: str | None = None
    planned_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
