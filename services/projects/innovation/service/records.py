"""Innovation records: recorded with evidence, verified by another, rejected, withdrawn."""

from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import InnovationRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.innovation.domain.records import (
    Record,
    RecordStatus,
    claim_of,
    demand_status,
    demand_whole,
)
from services.projects.innovation.errors import RecordExists, RecordFourEyes
from services.projects.innovation.repository import records as repository
from services.projects.innovation.tables import InnovationRecordRow
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.service.funds import actor_of
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of, lock_key
from services.projects.registry.service.placing import columns_of


async def record_innovation(ctx: Context, record: Record) -> InnovationRecordRow:
    """It counts once another has verified it.

    Raises RecordIncomplete, RecordDay, EntryUnknown, NotFound, RecordExists.
    """
    demand_whole(record, today_of(ctx))
    ensure_enterprise(ctx.principal, record.enterprise_id)
    enterprise = await enterprise_of(ctx.session, record.enterprise_id)
    if enterprise is None:
        raise EntryUnknown(fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")])
    ensure_region(ctx.principal, enterprise.region_code)
    row = InnovationRecordRow(
        id=ctx.new_id(),
        status=RecordStatus.RECORDED.value,
        region_code=enterprise.region_code,
        claim=claim_of(record),
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        recorded_person_id=ctx.principal.person_id,
        version=0,
        updated_at=ctx.now,
        **columns_of(record),
    )
    await _demand_single(ctx, row)
    ctx.session.add(row)
    return await _store(ctx, row)


async def read_record(ctx: Context, record_id: UUID, *, lock: bool = False) -> InnovationRecordRow:
    """Raises NotFound."""
    row = await repository.find_record(ctx.session, record_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def verify_record(ctx: Context, row: InnovationRecordRow) -> InnovationRecordRow:
    """Another person vouches for a locked record. Raises RecordStepRefused, RecordFourEyes."""
    demand_status(RecordStatus(row.status), RecordStatus.RECORDED)
    if actor_of(ctx).is_same(Actor(row.recorded_by, row.recorded_person_id)):
        raise RecordFourEyes
    row.status, row.verified_at, row.verified_by = RecordStatus.VERIFIED.value, ctx.now, ctx.principal.subject
    return await _store(ctx, row)


async def end_record(
    ctx: Context, row: InnovationRecordRow, status: RecordStatus, reason: str
) -> InnovationRecordRow:
    """Rejected before it is verified, or withdrawn: it counts no more. Raises RecordStepRefused."""
    allowed = (
        (RecordStatus.RECORDED,)
        if status is RecordStatus.REJECTED
        else (
            RecordStatus.RECORDED,
            RecordStatus.VERIFIED,
        )
    )
    demand_status(RecordStatus(row.status), *allowed)
    row.status, row.ended_reason = status.value, reason
    return await _store(ctx, row)


async def _demand_single(ctx: Context, row: InnovationRecordRow) -> None:
    if row.claim is None:
        return
    await lock_key(ctx.session, "innovation_claim", row.claim)
    other = await repository.standing_claim(ctx.session, row.claim, row.id)
    if other is not None:
        # Whose it is stays hidden from those who may not see it.
        raise RecordExists(claim=row.claim.rpartition("/")[2])


async def _store(ctx: Context, row: InnovationRecordRow) -> InnovationRecordRow:
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = InnovationRecordedV1(
        record_id=row.id,
        kind=row.kind,
        status=row.status,
        enterprise_id=row.enterprise_id,
        title=row.title,
        number=row.number,
        grade=row.grade,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        year=row.year,
        amount_yuan=row.amount_yuan,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    return row
