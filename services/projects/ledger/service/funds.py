"""Funds that arrive: recorded, then verified or rejected by another person, or withdrawn with a reason."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    ProjectFundsRecordedV1,
    ProjectFundsRejectedV1,
    ProjectFundsVerifiedV1,
    ProjectFundsWithdrawnV1,
)
from libs.common.local_time import today_of
from libs.common.web.problems import Forbidden, NotFound
from services.projects.ledger import repository
from services.projects.ledger.domain import funds
from services.projects.ledger.domain.amounts import Amount, AmountKind
from services.projects.ledger.domain.funds import FundsArrival, FundsSource
from services.projects.ledger.domain.history import FieldChange, Json
from services.projects.ledger.domain.people import Actor
from services.projects.ledger.service.amounts import basis_of, demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened
from services.projects.ledger.tables import FundsArrivalRow


@dataclass(frozen=True, slots=True)
class FundsDraft:
    """An arrival as it is reported."""

    on: date
    amount_yuan: int
    source: FundsSource
    payer: str
    evidence: str
    note: str = ""


def actor_of(ctx: Context) -> Actor:
    return Actor(ctx.principal.subject, ctx.principal.person_id)


async def record_funds(
    ledger: Ledger, ctx: Context, opened: Opened, draft: FundsDraft, *, confirmed: bool = False
) -> tuple[Opened, FundsArrivalRow]:
    """Record an arrival; it counts once it is verified.

    Raises DateInFuture, OutsideContract, FundsDuplicate, AmountNeedsConfirmation.
    """
    project = opened.project
    row = FundsArrivalRow(
        id=ctx.new_id(),
        project_id=project.id,
        on=draft.on,
        amount_yuan=draft.amount_yuan,
        source=draft.source.value,
        payer=draft.payer,
        evidence=draft.evidence,
        note=draft.note,
        state=funds.ArrivalState.RECORDED.value,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        recorded_person_id=ctx.principal.person_id,
    )
    known = await ledger.arrivals_of(ctx, project.id)
    funds.record_arrival(project, known, repository.arrival_of(row), today_of(ctx))
    amount = Amount(AmountKind.FUNDS, "/amount_yuan", draft.amount_yuan, basis_of(project))
    meant = await demand_plausible(ctx, project.region_code, [amount], confirmed=confirmed)
    await ledger.keep_arrival(ctx, row)
    payload = ProjectFundsRecordedV1(
        project_id=project.id,
        code=project.code,
        arrival_id=row.id,
        on=row.on,
        amount_yuan=row.amount_yuan,
        source=row.source,
        payer=row.payer,
    )
    told = [_told(row, None), *meant]
    stored = await ledger.store(
        ctx, opened, project, payload, action="funds_recorded", reason=draft.note, also=told
    )
    return stored, row


async def verify_funds(
    ledger: Ledger, ctx: Context, opened: Opened, arrival_id: UUID, verified_on: date | None, note: str
) -> tuple[Opened, FundsArrivalRow]:
    """Confirm an arrival. Raises NotFound, FundsDecided, FourEyes, DateInFuture, DatesOutOfOrder."""
    row, arrival = await _find(ctx, opened, arrival_id)
    on = verified_on or today_of(ctx)
    changed = funds.verify(arrival, actor_of(ctx), on, today_of(ctx))
    row.verified_on = on
    _decided(ctx, row, note)
    return await _store(ledger, ctx, opened, row, changed, "funds_verified", note)


async def reject_funds(
    ledger: Ledger, ctx: Context, opened: Opened, arrival_id: UUID, note: str
) -> tuple[Opened, FundsArrivalRow]:
    """Say that the money is not there. Raises NotFound, FundsDecided, FourEyes."""
    row, arrival = await _find(ctx, opened, arrival_id)
    changed = funds.reject(arrival, actor_of(ctx))
    _decided(ctx, row, note)
    return await _store(ledger, ctx, opened, row, changed, "funds_rejected", note)


async def withdraw_funds(
    ledger: Ledger, ctx: Context, opened: Opened, arrival_id: UUID, reason: str
) -> tuple[Opened, FundsArrivalRow]:
    """Take an arrival back; an enterprise only what nobody has verified.

    Raises NotFound, FundsDecided, FourEyes, Forbidden.
    """
    row, arrival = await _find(ctx, opened, arrival_id)
    if ctx.principal.is_enterprise_bound and arrival.state is funds.ArrivalState.VERIFIED:
        raise Forbidden
    changed = funds.withdraw(arrival, actor_of(ctx))
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = ctx.now, ctx.principal.subject, reason
    return await _store(ledger, ctx, opened, row, changed, "funds_withdrawn", reason)


async def _find(ctx: Context, opened: Opened, arrival_id: UUID) -> tuple[FundsArrivalRow, FundsArrival]:
    row = await ctx.session.get(FundsArrivalRow, arrival_id, populate_existing=True)
    if row is None or row.project_id != opened.project.id:
        raise NotFound
    return row, repository.arrival_of(row)


def _decided(ctx: Context, row: FundsArrivalRow, note: str) -> None:
    row.decided_at, row.decided_by, row.decision_note = ctx.now, ctx.principal.subject, note


async def _store(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    row: FundsArrivalRow,
    changed: FundsArrival,
    action: str,
    reason: str,
) -> tuple[Opened, FundsArrivalRow]:
    before = row.state
    row.state = changed.state.value
    await ctx.session.flush()
    all_arrivals = [
        repository.arrival_of(one) for one in await repository.arrivals_of(ctx.session, row.project_id)
    ]
    project = replace(opened.project, verified_funds_yuan=funds.verified_total(all_arrivals))
    payload = _payload(opened, row, action, project.verified_funds_yuan)
    told = [_told(row, before)]
    return await ledger.store(ctx, opened, project, payload, action=action, reason=reason, also=told), row


def _payload(opened: Opened, row: FundsArrivalRow, action: str, verified_yuan: int | None) -> EventPayload:
    contracts: dict[str, type[EventPayload]] = {
        "funds_verified": ProjectFundsVerifiedV1,
        "funds_rejected": ProjectFundsRejectedV1,
        "funds_withdrawn": ProjectFundsWithdrawnV1,
    }
    return contracts[action].model_validate(
        {
            "project_id": row.project_id,
            "code": opened.project.code,
            "arrival_id": row.id,
            "on": row.on,
            "amount_yuan": row.amount_yuan,
            "verified_on": row.verified_on,
            "verified_funds_yuan": verified_yuan,
            "note": row.decision_note,
            "reason": row.withdrawal_reason,
        }
    )


def _told(row: FundsArrivalRow, before: str | None) -> FieldChange:
    facts: dict[str, Json] = {
        "amount_yuan": row.amount_yuan,
        "source": row.source,
        "payer": row.payer,
        "evidence": row.evidence,
    }
    earlier = None if before is None else {**facts, "state": before}
    return FieldChange(f"funds.{row.on}", earlier, {**facts, "state": row.state})
