"""The work that passes through a stack: what waits too long, what failed for good, what runs out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from deploy.local.doctor.findings import Finding, State, graded, unknown
from deploy.local.doctor.site import Site
from deploy.local.processes import DATABASES
from libs.common.contracts.projects import declares_year
from libs.common.workdays import SHANGHAI, VERIFIED_YEARS

_DAY = timedelta(days=1)

_POSITIONS = "SELECT consumer, topic, partition, next_offset FROM consumer_position"
_INGEST = "SELECT 'worker' AS consumer, topic, partition, next_offset FROM ingest_offset"
_OUTBOX = "SELECT count(*) AS waiting, min(recorded_at) AS oldest FROM outbox WHERE published_at IS NULL"
_LATE_JOBS = """
SELECT count(*) AS late, min(due_at) AS oldest, min(job) AS job FROM job_occurrence
WHERE status = 'pending' AND due_at < $1 AND available_at < clock_timestamp()
"""
_FAILED_JOBS = """
SELECT count(*) AS failed, min(job) AS job FROM job_occurrence WHERE status = 'failed' AND due_at > $1
"""
_LATE_TIMERS = """
SELECT count(*) AS late, min(due_at) AS oldest FROM escalation_timer
WHERE state = 'pending' AND due_at < $1
"""
_DELIVERIES = """
SELECT count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'pending' AND (not_before IS NULL OR not_before <= $1)) AS waiting,
       extract(epoch FROM clock_timestamp() - min(next_attempt_at)
           FILTER (WHERE status = 'pending' AND (not_before IS NULL OR not_before <= $1)))::float AS seconds
FROM delivery WHERE status IN ('failed', 'pending')
"""
_FEEDS = """
SELECT count(*) AS silent, min(state_since) AS since, string_agg(code, ', ' ORDER BY state_since) AS codes
FROM feed_source WHERE is_active AND state = 'silent'
"""
_FINDINGS = """
SELECT kind, count(*) AS found, min(found_at) AS since FROM finding WHERE cleared_at IS NULL GROUP BY kind
"""
_KEYS = """
SELECT name, expires_at FROM api_key
WHERE revoked_at IS NULL AND expires_at IS NOT NULL AND expires_at > $1 ORDER BY expires_at LIMIT 1
"""
_CALENDAR = 'SELECT "on" FROM calendar_day'


async def check_lag(site: Site) -> list[Finding]:
    """How many records each consumer has still to handle, by the positions in its own database."""
    if site.broker is None:
        return [unknown("lag.records", site.failures["broker"])]
    found = []
    for name in DATABASES:
        if name not in site.databases:
            found.append(unknown("lag.records", site.failures[name]))
            continue
        rows = await _rows(site.databases[name], _POSITIONS, "consumer_position")
        rows += await _rows(site.databases[name], _INGEST, "ingest_offset")
        behind: dict[tuple[str, str], int] = {}
        for row in rows:
            end = site.broker.ends.get((row["topic"], row["partition"]))
            if end is not None:
                key = (row["consumer"], row["topic"])
                behind[key] = behind.get(key, 0) + max(0, end - row["next_offset"])
        (consumer, topic), records = max(behind.items(), key=lambda item: item[1], default=(("–", "–"), 0))
        figures: dict[str, Any] = {"service": name, "consumer": consumer, "topic": topic, "records": records}
        found.append(graded("lag.records", records, *site.limits.lag_records, **figures))
    return found


async def check_outbox(site: Site) -> list[Finding]:
    """How long the oldest event waits for the relay."""
    found = []
    for name in DATABASES:
        rows = await _asked(site, name, _OUTBOX, "outbox")
        if isinstance(rows, str):
            found.append(unknown("outbox.age", rows))
            continue
        waited = _waited(site, rows[0]["oldest"]) if rows else 0.0
        waiting = rows[0]["waiting"] if rows else 0
        figures: dict[str, Any] = {"service": name, "waiting": waiting, "seconds": waited}
        found.append(graded("outbox.age", waited, *site.limits.outbox_s, **figures))
    return found


async def check_timers(site: Site) -> list[Finding]:
    """Timers of the chase that should have fired, and jobs of every service that should have run."""
    late_from = site.stack_now - timedelta(seconds=site.limits.late_s[0])
    found = []
    rows = await _asked(site, "alerts", _LATE_TIMERS, "escalation_timer", late_from)
    if isinstance(rows, str):
        found.append(unknown("timers.late", rows))
    else:
        late = rows[0]["late"] if rows else 0
        waited = _waited(site, rows[0]["oldest"]) if rows else 0.0
        found.append(graded("timers.late", waited, *site.limits.late_s, late=late, seconds=waited))
    for name in DATABASES:
        rows = await _asked(site, name, _LATE_JOBS, "job_occurrence", late_from)
        failed = await _asked(site, name, _FAILED_JOBS, "job_occurrence", site.stack_now - _DAY)
        if isinstance(rows, str) or isinstance(failed, str):
            found.append(unknown("jobs.late", site.failures[name]))
            continue
        late, job = (rows[0]["late"], rows[0]["job"] or "–") if rows else (0, "–")
        waited = _waited(site, rows[0]["oldest"]) if rows else 0.0
        figures: dict[str, Any] = {"service": name, "late": late, "job": job, "seconds": waited}
        found.append(graded("jobs.late", waited, *site.limits.late_s, **figures))
        number, job = (failed[0]["failed"], failed[0]["job"] or "–") if failed else (0, "–")
        found.append(graded("jobs.failed", number, *site.limits.failed_jobs, service=name, failed=number, job=job))
    return found


async def check_deliveries(site: Site) -> list[Finding]:
    """Notifications that failed for good, and those that wait longer than their next attempt."""
    rows = await _asked(site, "alerts", _DELIVERIES, "delivery", site.stack_now)
    if isinstance(rows, str):
        return [unknown("deliveries.failed", rows)]
    failed = rows[0]["failed"] if rows else 0
    late = max(0.0, rows[0]["seconds"] or 0.0) if rows else 0.0
    waiting = rows[0]["waiting"] if rows else 0
    return [
        graded("deliveries.failed", failed, *site.limits.failed_deliveries, failed=failed),
        graded("deliveries.late", late, *site.limits.late_s, seconds=late, waiting=waiting),
    ]


async def check_letters(site: Site) -> list[Finding]:
    """Events set aside as poison that nobody has settled yet."""
    found = []
    for name in DATABASES:
        rows = await _asked(
            site, name, "SELECT count(*) AS waiting FROM dead_letter WHERE state = 'waiting'", "dead_letter"
        )
        if isinstance(rows, str):
            found.append(unknown("letters.waiting", rows))
            continue
        waiting = rows[0]["waiting"] if rows else 0
        found.append(graded("letters.waiting", waiting, *site.limits.letters, service=name, waiting=waiting))
    return found


async def check_feeds(site: Site) -> list[Finding]:
    """Registered feeds from which nothing comes."""
    rows = await _asked(site, "energy", _FEEDS, "feed_source")
    if isinstance(rows, str):
        return [unknown("feeds.silent", rows)]
    silent, codes = (rows[0]["silent"], rows[0]["codes"] or "–") if rows else (0, "–")
    return [graded("feeds.silent", silent, *site.limits.silent_feeds, silent=silent, codes=codes[:200])]


async def check_watch(site: Site) -> list[Finding]:
    """What the alerts service found wrong with itself, and has not passed."""
    rows = await _asked(site, "alerts", _FINDINGS, "finding")
    if isinstance(rows, str):
        return [unknown("watch.finding", rows)]
    if not rows:
        return [Finding("watch.finding", State.OK, {"kind": "–", "found": 0})]
    return [Finding("watch.finding", State.WARN, {"kind": row["kind"], "found": row["found"]}) for row in rows]


async def check_calendar(site: Site) -> list[Finding]:
    """Until when the working days are known: each deadline beyond is refused, none is guessed."""
    rows = await _asked(site, "projects", _CALENDAR, "calendar_day")
    if isinstance(rows, str):
        return [unknown("calendar.end", rows)]
    today = site.stack_now.astimezone(SHANGHAI).date()
    known = VERIFIED_YEARS | {row["on"].year for row in rows if declares_year(row["on"])}
    year = today.year
    while year in known:
        year += 1
    days = (date(year, 1, 1) - today).days
    warn, bad = site.limits.calendar_days
    state = State.BAD if days <= bad else State.WARN if days <= warn else State.OK
    return [Finding("calendar.end", state, {"year": year, "days": max(days, 0)})]


async def check_keys(site: Site) -> list[Finding]:
    """The next API key that expires: a feed whose key ends falls silent."""
    rows = await _asked(site, "projects", _KEYS, "api_key", site.stack_now)
    if isinstance(rows, str):
        return [unknown("keys.expiry", rows)]
    if not rows:
        return [Finding("keys.expiry", State.OK, {"name": "–", "days": "–"})]
    days = (rows[0]["expires_at"] - site.stack_now) / _DAY
    warn, bad = site.limits.expiry_days
    state = State.BAD if days < bad else State.WARN if days < warn else State.OK
    return [Finding("keys.expiry", state, {"name": rows[0]["name"], "days": days})]


def _waited(site: Site, since: datetime | None) -> float:
    """Stack seconds since then, nothing being late that lies ahead."""
    return 0.0 if since is None else max(0.0, (site.stack_now - since.astimezone(UTC)).total_seconds())


async def _asked(
    site: Site, name: str, statement: str, table: str, *arguments: object
) -> list[asyncpg.Record] | str:
    """The rows; none where the table is not there yet; else why the database does not answer."""
    if name not in site.databases:
        return site.failures.get(name, "the database does not answer")
    return await _rows(site.databases[name], statement, table, *arguments)


async def _rows(
    connection: asyncpg.Connection, statement: str, table: str, *arguments: object
) -> list[asyncpg.Record]:
    if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"public.{table}"):
        return []
    return list(await connection.fetch(statement, *arguments))
