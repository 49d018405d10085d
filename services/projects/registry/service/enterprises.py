"""Enterprises by their unified social credit code."""

from libs.common.context import Context
from libs.common.contracts.projects import ENTERPRISE, EnterpriseRecordedV1
from libs.common.outbox.record import EventRow, event_row, record_events, record_tombstone
from libs.common.security.scope import ensure_enterprise, ensure_region
from services.projects.registry import repository
from services.projects.registry.domain import credit_code as credit_codes
from services.projects.registry.domain.records import EnterpriseDraft
from services.projects.registry.service.finding import index_enterprises
from services.projects.registry.service.recording import (
    Recorded,
    alive,
    demand_new,
    demand_region,
    facts_of,
    overwrite,
)
from services.projects.registry.tables import EnterpriseRow
from services.projects.search_index.domain.entry import EntryType
from services.projects.search_index.service import remove_entry


async def get_enterprise(ctx: Context, credit_code: str) -> EnterpriseRow:
    """Raises NotFound."""
    row = alive(await repository.find_enterprise(ctx.session, credit_code))
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


def record_enterprise(
    ctx: Context, row: EnterpriseRow | None, credit_code: str, draft: EnterpriseDraft
) -> Recorded[EnterpriseRow]:
    """What becomes of the row that has the key, locked, or of none; the caller adds and publishes what changed.

    The key's form and the draft's references are the caller's to check. Raises NotFound outside of the subtree.
    """
    if row is None:
        row = EnterpriseRow(
            enterprise_id=ctx.new_id(),
            credit_code=credit_code,
            version=1,
            updated_at=ctx.now,
            **facts_of(draft),
        )
        return Recorded(row, created=True, changed=True)
    ensure_region(ctx.principal, row.region_code)
    return Recorded(row, created=row.deleted_at is not None, changed=overwrite(ctx, row, draft))


async def put_enterprise(ctx: Context, credit_code: str, draft: EnterpriseDraft) -> Recorded[EnterpriseRow]:
    """Record an enterprise. Raises InvalidCreditCode, MalformedRequest, UnknownRegion, NotFound."""
    credit_codes.validate(credit_code, parameter="credit_code")
    await demand_region(ctx, draft.region_code)
    await repository.lock_key(ctx.session, "enterprise", credit_code)
    outcome = record_enterprise(
        ctx, await repository.find_enterprise(ctx.session, credit_code), credit_code, draft
    )
    if outcome.changed:
        ctx.session.add(outcome.row)
        await _publish(ctx, outcome.row)
    return outcome


async def create_enterprise(ctx: Context, credit_code: str, draft: EnterpriseDraft) -> EnterpriseRow:
    """Record an enterprise under a code of its own. Raises EntryExists and as :func:`put_enterprise`."""
    await repository.lock_key(ctx.session, "enterprise", credit_code)
    demand_new(await repository.find_enterprise(ctx.session, credit_code), credit_code, "/credit_code")
    return (await put_enterprise(ctx, credit_code, draft)).row


async def delete_enterprise(ctx: Context, credit_code: str) -> None:
    """Raises NotFound."""
    await repository.lock_key(ctx.session, "enterprise", credit_code)
    row = await get_enterprise(ctx, credit_code)
    row.deleted_at = ctx.now
    row.advance(ctx.now)
    await remove_entry(ctx, EntryType.ENTERPRISE, row.enterprise_id)
    await record_tombstone(
        ctx,
        ENTERPRISE,
        subject=str(row.enterprise_id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )


async def _publish(ctx: Context, row: EnterpriseRow) -> None:
    await index_enterprises(ctx, [row])
    await record_events(ctx, [event_of(ctx, row)])


def event_of(ctx: Context, row: EnterpriseRow) -> EventRow:
    """The event that tells the row as it stands."""
    payload = EnterpriseRecordedV1(
        enterprise_id=row.enterprise_id,
        credit_code=row.credit_code,
        name=row.name,
        region_code=row.region_code,
        sector_code=row.sector_code,
        key_energy_user=row.key_energy_user,
    )
    return event_row(
        ctx,
        payload,
        subject=str(row.enterprise_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
