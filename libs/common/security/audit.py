"""The audit record: every write and export leaves a row, and the rows are chained so that tampering shows.

Each link's hash covers the hash before it, so links must be made one after the other. Doing that inside the
transaction that is audited would make all writers of a service queue behind one lock until each other's commit.
Instead a record and a note that it waits are inserted with the change; a short job
(:func:`link_audit_records`, under an advisory lock, a few times a minute) gives committed records their place.
Nothing is lost by the delay: the record is part of the change's own transaction and the table refuses changes
from the first moment; a record that vanishes before it is linked leaves its waiting note behind. The job logs
the chain's head, so that a log kept elsewhere also shows a chain that was rewritten as a whole or cut short.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from pydantic_core import to_jsonable_python
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.context import Context
from libs.common.security.tables import AuditLinkRow, AuditPendingRow, AuditRecordRow

log = structlog.get_logger(__name__)

DEFAULT_ALGORITHM = "sha256"

# Arbitrary but fixed; see the locks of libs.common.database and libs.common.outbox.
_CHAIN_LOCK = 7_310_500_003
_START = ""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest link."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A link that does not hold, and why; ``sequence`` is None for records outside of the chain."""

    sequence: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What :func:`verify_chain` found. ``waiting`` records are not linked yet, which is no fault."""

    linked: int
    waiting: int
    head: ChainHead | None
    faults: tuple[ChainFault, ...]

    @property
    def intact(self) -> bool:
        return not self.faults


async def audit(
    ctx: Context,
    action: str,
    object_type: str,
    object_id: str,
    detail: Mapping[str, Any] | None = None,
    *,
    result: str = "done",
) -> None:
    """Record in ``ctx``'s transaction that its caller did ``action``, e.g. ``project.sign``.

    ``detail`` is anything JSON can say (dates, ids and models are converted); it must hold no secret.
    """
    principal = ctx.principal
    record = (
        insert(AuditRecordRow)
        .values(
            id=ctx.new_id(),
            at=ctx.now,
            actor=principal.subject,
            actor_kind=principal.kind,
            actor_role=principal.role.value,
            actor_region_code=principal.region_code,
            action=action,
            object_type=object_type,
            object_id=object_id,
            result=result,
            detail=to_jsonable_python(dict(detail or {}), fallback=str),
        )
        .returning(col(AuditRecordRow.id))
        .cte("record")
    )
    # One round trip for both rows: every write pays for this.
    await ctx.session.execute(insert(AuditPendingRow).from_select(["record_id"], select(record.c.id)))


async def link_audit_records(
    session: AsyncSession, *, limit: int = 5000, algorithm: str = DEFAULT_ALGORITHM
) -> int:
    """Give up to ``limit`` committed records their place in the chain; returns how many.

    Safe on several instances: whoever comes second finds the lock taken and leaves. ``algorithm`` is any name
    that ``hashlib`` knows here (``sm3`` where the platform's OpenSSL has it); each link remembers its own.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(_CHAIN_LOCK))):
        return 0
    head = await chain_head(session) or ChainHead(0, _START)
    waiting = (
        select(AuditRecordRow)
        .join(AuditPendingRow, col(AuditPendingRow.record_id) == col(AuditRecordRow.id))
        .order_by(col(AuditRecordRow.id))
        .limit(limit)
    )
    links: list[dict[str, Any]] = []
    for record in (await session.scalars(waiting)).all():
        digest = _digest(algorithm, head.hash, record)
        links.append(
            {
                "sequence": head.sequence + 1,
                "record_id": record.id,
                "algorithm": algorithm,
                "previous_hash": head.hash,
                "hash": digest,
            }
        )
        head = ChainHead(head.sequence + 1, digest)
    if not links:
        return 0
    await session.execute(insert(AuditLinkRow), links)
    done = [link["record_id"] for link in links]
    await session.execute(delete(AuditPendingRow).where(col(AuditPendingRow.record_id).in_(done)))
    log.info("audit.linked", records=len(links), sequence=head.sequence, hash=head.hash)
    return len(links)


async def link_due_records(ctx: Context, due: datetime) -> None:
    """:func:`link_audit_records` as a scheduler's job; ``due`` does not matter, all that waits is linked."""
    while await link_audit_records(ctx.session):
        pass


async def chain_head(session: AsyncSession) -> ChainHead | None:
    """The newest link, to be kept outside of the database; None before the first."""
    newest = select(AuditLinkRow).order_by(col(AuditLinkRow.sequence).desc()).limit(1)
    link = (await session.scalars(newest)).first()
    return None if link is None else ChainHead(link.sequence, link.hash)


async def verify_chain(
    session: AsyncSession, *, anchor: ChainHead | None = None, batch: int = 2000, max_faults: int = 100
) -> ChainReport:
    """Recompute the whole chain. ``anchor``, a head seen earlier, must still be part of it."""
    faults: list[ChainFault] = []
    head = ChainHead(0, _START)
    anchored = anchor is None
    while len(faults) < max_faults:
        rows = await _links_after(session, head.sequence, batch)
        for link, record in rows:
            faults += _faults_of(link, record, head)
            head = ChainHead(link.sequence, link.hash)
            anchored = anchored or head == anchor
        if len(rows) < batch:
            break
    if not anchored:
        faults.append(ChainFault(anchor.sequence if anchor else None, "the anchor is not part of the chain"))
    waiting, strays = await _outside(session)
    if strays:
        faults.append(ChainFault(None, f"{strays} records or notes are neither linked nor waiting as they should"))
    linked = await session.scalar(select(func.count()).select_from(AuditLinkRow)) or 0
    return ChainReport(linked, waiting, head if linked else None, tuple(faults[:max_faults]))


async def _links_after(
    session: AsyncSession, sequence: int, batch: int
) -> list[tuple[AuditLinkRow, AuditRecordRow | None]]:
    statement = (
        select(AuditLinkRow, AuditRecordRow)
        .outerjoin(AuditRecordRow, col(AuditRecordRow.id) == col(AuditLinkRow.record_id))
        .where(col(AuditLinkRow.sequence) > sequence)
        .order_by(col(AuditLinkRow.sequence))
        .limit(batch)
        # What the session may hold of these rows is exactly what must not be believed.
        .execution_options(populate_existing=True)
    )
    return [(link, record) for link, record in await session.execute(statement)]


def _faults_of(link: AuditLinkRow, record: AuditRecordRow | None, head: ChainHead) -> list[ChainFault]:
    reasons = []
    if link.sequence != head.sequence + 1:
        reasons.append("links before this one are missing")
    elif link.previous_hash != head.hash:
        reasons.append("does not continue the link before it")
    if record is None:
        reasons.append("its record is gone")
    elif link.hash != _digest(link.algorithm, link.previous_hash, record):
        reasons.append("its record or its hash was changed")
    return [ChainFault(link.sequence, reason) for reason in reasons]


async def _outside(session: AsyncSession) -> tuple[int, int]:
    """How many records wait for their link, and how many rows stand outside of that order."""
    records = select(func.count()).select_from(AuditRecordRow)
    linked = select(AuditLinkRow).where(col(AuditLinkRow.record_id) == col(AuditRecordRow.id)).exists()
    noted = select(AuditPendingRow).where(col(AuditPendingRow.record_id) == col(AuditRecordRow.id)).exists()
    kept = select(AuditRecordRow).where(col(AuditRecordRow.id) == col(AuditPendingRow.record_id)).exists()
    waiting = await session.scalar(records.where(~linked, noted)) or 0
    unnoted = await session.scalar(records.where(~linked, ~noted)) or 0
    vanished = await session.scalar(select(func.count()).select_from(AuditPendingRow).where(~kept)) or 0
    return waiting, unnoted + vanished


def _digest(algorithm: str, previous_hash: str, record: AuditRecordRow) -> str:
    facts = {
        "previous": previous_hash,
        "id": str(record.id),
        "at": record.at.astimezone(UTC).isoformat(),
        "actor": [record.actor, record.actor_kind, record.actor_role, record.actor_region_code],
        "action": record.action,
        "object": [record.object_type, record.object_id],
        "result": record.result,
        "detail": record.detail,
    }
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.new(algorithm, text.encode()).hexdigest()
