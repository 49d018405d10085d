"""SQL of the scheduler. Leases and waits are measured by the database's own real clock, one for all instances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Text, bindparam, delete, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from libs.common.database import UtcDateTime
from libs.common.scheduler.tables import JobOccurrenceRow, OccurrenceStatus

_job = col(JobOccurrenceRow.job)
_due_at = col(JobOccurrenceRow.due_at)
_status = col(JobOccurrenceRow.status)
_attempts = col(JobOccurrenceRow.attempts)
_ERROR_LENGTH = 2000

# The first pending occurrence of each job is found by the index, so a long backlog costs no more than a short one.
_HEADS = text(
    """
    SELECT o.job, o.due_at, o.attempts
    FROM unnest(CAST(:jobs AS text[])) AS named(job)
    CROSS JOIN LATERAL (
        SELECT due_at FROM job_occurrence
        WHERE job = named.job AND status = 'pending' ORDER BY due_at LIMIT 1
    ) AS head
    JOIN job_occurrence AS o ON o.job = named.job AND o.due_at = head.due_at
    WHERE o.status = 'pending' AND o.due_at <= :now AND o.available_at <= clock_timestamp()
    ORDER BY o.due_at, o.job
    LIMIT 1
    FOR UPDATE OF o SKIP LOCKED
    """
).bindparams(bindparam("now", type_=UtcDateTime()), bindparam("jobs", type_=ARRAY(Text)))


@dataclass(frozen=True, slots=True)
class Claim:
    """An occurrence taken by this runner; `attempt` counts from 1 and is its fence."""

    job: str
    due_at: datetime
    attempt: int


async def find_anchor(session: AsyncSession, job: str, now: datetime) -> datetime | None:
    """The due time up to which the job is planned; after `now` only when the stack's clock was set back."""
    return await session.scalar(
        select(func.max(_due_at)).where(_job == job, or_(_due_at <= now, _status != OccurrenceStatus.PENDING))
    )


async def plan(session: AsyncSession, job: str, dues: Sequence[datetime], now: datetime) -> int:
    """Add occurrences; those that another instance has planned stay as they are. Returns how many are new."""
    if not dues:
        return 0
    statement = insert(JobOccurrenceRow).values(
        [
            {
                "job": job,
                "due_at": due,
                "status": OccurrenceStatus.PENDING.value,
                "attempts": 0,
                "available_at": func.clock_timestamp(),
                "planned_at": now,
            }
            for due in dues
        ]
    )
    return _rows(await session.execute(statement.on_conflict_do_nothing()))


async def drop_stale_plan(session: AsyncSession, job: str, after: datetime, upcoming: datetime) -> int:
    """Take back occurrences due later than `after` that the trigger (or the calendar) no longer names."""
    return _rows(
        await session.execute(
            delete(JobOccurrenceRow).where(
                _job == job,
                _due_at > after,
                _due_at != upcoming,
                _status == OccurrenceStatus.PENDING,
                _attempts == 0,
            )
        )
    )


async def supersede_older(session: AsyncSession, jobs: Collection[str], now: datetime) -> int:
    """Drop pending occurrences that have a newer due one; an occurrence that is being run is left alone."""
    newer = aliased(JobOccurrenceRow)
    older = (
        select(_job, _due_at)
        .where(
            _job.in_(jobs),
            _status == OccurrenceStatus.PENDING,
            select(col(newer.job))
            .where(col(newer.job) == _job, col(newer.due_at) > _due_at, col(newer.due_at) <= now)
            .exists(),
        )
        .with_for_update(skip_locked=True, of=JobOccurrenceRow)
    )
    return _rows(
        await session.execute(
            update(JobOccurrenceRow)
            .where(tuple_(_job, _due_at).in_(older))
            .values(status=OccurrenceStatus.SUPERSEDED.value, completed_at=now)
            .execution_options(synchronize_session=False)
        )
    )


async def claim(
    session: AsyncSession, jobs: Collection[str], now: datetime, lease: timedelta, runner: str
) -> Claim | None:
    """Take the oldest due occurrence that is first of its job, and lease it.

    A row whose runner is still at work is locked and passed over, however old its lease is.
    """
    row = (await session.execute(_HEADS, {"jobs": list(jobs), "now": now})).first()
    if row is None:
        return None
    claimed = Claim(job=row.job, due_at=row.due_at, attempt=row.attempts + 1)
    await session.execute(
        update(JobOccurrenceRow)
        .where(_job == claimed.job, _due_at == claimed.due_at)
        .values(
            attempts=claimed.attempt,
            available_at=func.clock_timestamp() + lease,
            claimed_by=runner,
            started_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    return claimed


async def hold(session: AsyncSession, claimed: Claim) -> bool:
    """Lock the claimed row for the transaction of the effect; False when the claim is lost."""
    statement = select(_job).where(*_mine(claimed)).with_for_update(skip_locked=True)
    return await session.scalar(statement) is not None


async def complete(session: AsyncSession, claimed: Claim, now: datetime) -> bool:
    """Mark the occurrence as done; False when the claim is lost, and the effect must be rolled back."""
    return await _change(session, claimed, status=OccurrenceStatus.DONE.value, completed_at=now, last_error=None)


async def record_failure(session: AsyncSession, claimed: Claim, error: str, wait: timedelta) -> bool:
    """Note the failure; the next attempt comes after `wait`."""
    return await _change(
        session,
        claimed,
        available_at=func.clock_timestamp() + wait,
        claimed_by=None,
        last_error=error[:_ERROR_LENGTH],
    )


async def give_up(session: AsyncSession, claimed: Claim, error: str | None, now: datetime) -> bool:
    """Mark the occurrence as failed for good; without `error` the last recorded one stays."""
    values: dict[str, object] = {"status": OccurrenceStatus.FAILED.value, "completed_at": now}
    if error is not None:
        values["last_error"] = error[:_ERROR_LENGTH]
    return await _change(session, claimed, **values)


async def release(session: AsyncSession, claimed: Claim) -> bool:
    """Give an unfinished occurrence back as if it had not been claimed (clean stop)."""
    return await _change(
        session,
        claimed,
        attempts=claimed.attempt - 1,
        available_at=func.clock_timestamp(),
        claimed_by=None,
    )


async def oldest_overdue(session: AsyncSession, jobs: Collection[str], now: datetime) -> dict[str, datetime]:
    """For each job with a due occurrence that is not yet done, the oldest one's due time."""
    rows = await session.execute(
        select(_job, func.min(_due_at))
        .where(_job.in_(jobs), _status == OccurrenceStatus.PENDING, _due_at <= now)
        .group_by(_job)
    )
    return {row[0]: row[1] for row in rows}


async def prune(session: AsyncSession, before: datetime) -> int:
    """Delete finished occurrences due before `before`; failed ones and the newest of a job (its anchor) stay."""
    newer = aliased(JobOccurrenceRow)
    return _rows(
        await session.execute(
            delete(JobOccurrenceRow)
            .where(
                _status.in_([OccurrenceStatus.DONE, OccurrenceStatus.SUPERSEDED]),
                _due_at < before,
                select(col(newer.job))
                .where(
                    col(newer.job) == _job,
                    col(newer.due_at) > _due_at,
                    col(newer.status) != OccurrenceStatus.PENDING,
                )
                .exists(),
            )
            .execution_options(synchronize_session=False)
        )
    )


def _mine(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        _job == claimed.job,
        _due_at == claimed.due_at,
        _status == OccurrenceStatus.PENDING,
        _attempts == claimed.attempt,
    )


async def _change(session: AsyncSession, claimed: Claim, **values: object) -> bool:
    statement = update(JobOccurrenceRow).where(*_mine(claimed)).values(**values)
    return _rows(await session.execute(statement.execution_options(synchronize_session=False))) == 1


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
