"""PostgreSQL and the broker themselves."""

from pathlib import Path

from deploy.local.backup.base import brokers_of
from deploy.local.doctor.findings import Finding, State, graded, unknown
from deploy.local.doctor.site import Site
from deploy.local.layout import CHECKOUT
from deploy.local.processes import DATABASES

_MB = 1024 * 1024
# Fewer dead rows than these are no bloat, whatever their share.
_DEAD_ROWS = 100_000

_CONNECTIONS = """
SELECT count(*) AS used, current_setting('max_connections')::int AS most
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""
_OLDEST_TRANSACTION = """
SELECT pid, datname, state, extract(epoch FROM clock_timestamp() - xact_start)::float AS seconds
FROM pg_stat_activity
WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY xact_start LIMIT 1
"""
_LOCK_WAIT = """
SELECT waiting.pid, pg_blocking_pids(waiting.pid) AS blockers, activity.datname,
       extract(epoch FROM clock_timestamp() - min(waiting.waitstart))::float AS seconds
FROM pg_locks waiting JOIN pg_stat_activity activity ON activity.pid = waiting.pid
WHERE NOT waiting.granted AND waiting.waitstart IS NOT NULL
GROUP BY waiting.pid, activity.datname ORDER BY seconds DESC LIMIT 1
"""
_AGE = "SELECT datname, age(datfrozenxid) AS age FROM pg_database ORDER BY age DESC LIMIT 1"
_SLOTS = """
SELECT slot_name, active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS kept
FROM pg_replication_slots
"""
_WAL = "SELECT coalesce(sum(size), 0)::bigint AS size FROM pg_ls_waldir()"
_ARCHIVER = """
SELECT last_failed_wal, last_failed_time,
       last_failed_time IS NOT NULL AND last_failed_time > coalesce(last_archived_time, '-infinity') AS failing
FROM pg_stat_archiver
"""
_BLOAT = """
SELECT relname, n_dead_tup AS dead, 100.0 * n_dead_tup / (n_live_tup + n_dead_tup) AS percent
FROM pg_stat_user_tables WHERE n_dead_tup > $1 ORDER BY percent DESC LIMIT 1
"""


async def check_postgres(site: Site) -> list[Finding]:
    """Connections, transactions, locks, age, bloat, what holds the write-ahead log."""
    connection = site.postgres
    if connection is None:
        return [Finding("postgres.reachable", State.BAD, {"reason": site.failures["postgres"]})]
    limits = site.limits
    found = [
        Finding("postgres.reachable", State.OK, {"version": await connection.fetchval("SHOW server_version")})
    ]
    used = await connection.fetchrow(_CONNECTIONS)
    percent = 100.0 * used["used"] / used["most"]
    found.append(
        graded("postgres.connections", percent, *limits.connections_percent, used=used["used"], most=used["most"])
    )
    oldest = await connection.fetchrow(_OLDEST_TRANSACTION)
    seconds = oldest["seconds"] if oldest else 0.0
    who = {"pid": oldest["pid"], "database": oldest["datname"]} if oldest else {"pid": 0, "database": ""}
    found.append(graded("postgres.transaction", seconds, *limits.transaction_s, seconds=seconds, **who))
    waiting = await connection.fetchrow(_LOCK_WAIT)
    seconds = waiting["seconds"] if waiting else 0.0
    blockers = ", ".join(str(pid) for pid in waiting["blockers"]) if waiting else ""
    found.append(graded("postgres.locks", seconds, *limits.lock_wait_s, seconds=seconds, pids=blockers))
    aged = await connection.fetchrow(_AGE)
    millions = aged["age"] / 1e6
    found.append(
        graded(
            "postgres.age", millions, *limits.transaction_age_millions, millions=millions, database=aged["datname"]
        )
    )
    found += await _write_ahead(site)
    for name, database in site.databases.items():
        worst = await database.fetchrow(_BLOAT, _DEAD_ROWS)
        percent = float(worst["percent"]) if worst else 0.0
        table = f"{name}.{worst['relname']}" if worst else name
        found.append(graded("postgres.bloat", percent, *limits.dead_rows_percent, table=table, percent=percent))
    found += [unknown("postgres.bloat", site.failures[name]) for name in DATABASES if name in site.failures]
    return found


async def _write_ahead(site: Site) -> list[Finding]:
    connection, limits = site.postgres, site.limits
    assert connection is not None
    found = []
    for slot in await connection.fetch(_SLOTS):
        kept_mb = slot["kept"] / _MB
        graded_slot = graded("postgres.slot", kept_mb, *limits.slot_wal_mb, slot=slot["slot_name"], mb=kept_mb)
        if not slot["active"] and graded_slot.state is State.OK:
            graded_slot = Finding("postgres.slot", State.WARN, graded_slot.figures)
        found.append(graded_slot)
    wal_mb = await connection.fetchval(_WAL) / _MB
    found.append(graded("postgres.wal", wal_mb, *limits.wal_mb, mb=wal_mb))
    archiver = await connection.fetchrow(_ARCHIVER)
    state = State.BAD if archiver["failing"] else State.OK
    found.append(Finding("postgres.archiver", state, {"segment": archiver["last_failed_wal"] or ""}))
    return found


async def check_migrations(site: Site) -> list[Finding]:
    """Whether each database stands at the newest revision of this checkout."""
    found = []
    for name in DATABASES:
        if name not in site.databases:
            found.append(unknown("migrations.behind", site.failures[name]))
            continue
        present = await site.databases[name].fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL")
        rows = await site.databases[name].fetch("SELECT version_num FROM alembic_version") if present else []
        stands, newest = {row["version_num"] for row in rows}, newest_revisions(name)
        state = State.OK if stands == newest else State.BAD
        figures = {
            "service": name,
            "stands": ", ".join(sorted(stands)) or "–",
            "newest": ", ".join(sorted(newest)),
        }
        found.append(Finding("migrations.behind", state, figures))
    return found


def newest_revisions(service: str, checkout: Path = CHECKOUT) -> set[str]:
    """Revisions nothing follows, read from the files: the command imports no service."""
    revisions, followed = set(), set()
    for path in (checkout / "services" / service / "migrations" / "versions").glob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(" = ")
            if name == "revision":
                revisions.add(value.strip("\"'"))
            elif name == "down_revision" and value != "None":
                followed |= {part.strip(" \"'") for part in value.strip("()").split(",")}
    return revisions - followed


async def check_broker(site: Site) -> list[Finding]:
    """Reachable, every partition led and complete, and how much its log takes."""
    if site.broker is None:
        return [Finding("broker.reachable", State.BAD, {"reason": site.failures["broker"]})]
    partitions = [each for topic in site.broker.topics for each in topic["partitions"]]
    leaderless = sum(each["leader"] < 0 for each in partitions)
    behind = sum(len(each["isr"]) < len(each["replicas"]) for each in partitions)
    offline = sum(bool(each["offline_replicas"]) for each in partitions if "offline_replicas" in each)
    state = State.BAD if leaderless else State.WARN if behind or offline else State.OK
    size = sum(_size_mb(broker / "data") for broker in brokers_of(site.place))
    return [
        Finding("broker.reachable", State.OK, {"topics": len(site.broker.topics)}),
        Finding(
            "broker.replicas",
            state,
            {"leaderless": leaderless, "behind": max(behind, offline), "partitions": len(partitions)},
        ),
        Finding("broker.size", State.OK, {"mb": size}),
    ]


def _size_mb(directory: Path) -> int:
    total = 0
    for path in directory.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:  # a segment that was just deleted
            continue
    return total // _MB
