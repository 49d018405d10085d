"""The contract and its terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import ProjectContractActRecordedV1, ProjectContractRecordedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger import repository
from services.projects.ledger.domain import acts
from services.projects.ledger.domain.acts import Act, ActKind
from services.projects.ledger.domain.amounts import Amount, AmountKind
from services.projects.ledger.domain.history import FieldChange, to_json
from services.projects.ledger.domain.parties import Party
from services.projects.ledger.errors import ActNeedsReason, ContractMissing, ContractNeedsReason
from services.projects.ledger.service.amounts import amounts_of, basis_of, demand_plausible
from services.projects.ledger.service.ledger import Ledger, Opened, demand_alive, derived_day
from services.projects.ledger.tables import ContractActRow, ContractRow


@dataclass(frozen=True, slots=True)
class ContractDraft:
    number: str
    parties: Sequence[Party]
    amount_yuan: int
    file_reference: str | None = None
    note: str = ""


async def put_contract(
    ledger: Ledger, ctx: Context, opened: Opened, draft: ContractDraft, reason: str, *, confirmed: bool = False
) -> tuple[Opened, ContractRow]:
    """Record the contract, or with a reason change it; its amount is the project's contract amount.

    Raises ProjectTerminated, ContractNeedsReason, AmountNeedsConfirmation.
    """
    demand_alive(opened.project)
    row = await repository.find_contract(ctx.session, opened.project.id)
    before = None if row is None else _contract_facts(row, opened.project.contract_amount_yuan)
    facts = _facts_of(draft)
    if before == facts and row is not None:
        return opened, row
    if before is not None and not reason.strip():
        raise ContractNeedsReason(errors=[FieldError("fact.required", "/reason")])
    project = replace(opened.project, contract_amount_yuan=draft.amount_yuan)
    asked = [replace(one, pointer="/amount_yuan") for one in amounts_of(project, opened.project)]
    meant = await demand_plausible(ctx, project.region_code, asked, confirmed=confirmed)
    if row is None:
        row = ContractRow(
            project_id=project.id, number="", parties=[], note="", recorded_at=ctx.now, recorded_by=""
        )
        ctx.session.add(row)
    row.number, row.parties = draft.number, list(facts["parties"])
    row.file_reference, row.note = draft.file_reference, draft.note
    row.recorded_at, row.recorded_by = ctx.now, ctx.principal.subject
    payload = ProjectContractRecordedV1(
        project_id=project.id,
        code=project.code,
        number=draft.number,
        amount_yuan=draft.amount_yuan,
        parties=tuple(party.name for party in draft.parties),
    )
    told = [FieldChange("contract", before, facts), *meant]
    action = "contract_recorded"
    return await ledger.store(ctx, opened, project, payload, action=action, reason=reason, also=told), row


async def add_act(
    ledger: Ledger, ctx: Context, opened: Opened, draft: Act, *, confirmed: bool = False
) -> tuple[Opened, ContractActRow]:
    """Add a term to the contract. Raises ProjectTerminated, ContractMissing, ActIncomplete,
    AmountNeedsConfirmation.
    """
    demand_alive(opened.project)
    if await repository.find_contract(ctx.session, opened.project.id) is None:
        raise ContractMissing
    acts.demand_complete(draft)
    meant = await _demand_plausible(ctx, opened, draft, confirmed=confirmed)
    row = ContractActRow(
        id=draft.id,
        project_id=opened.project.id,
        kind=draft.kind.value,
        title=draft.title,
        original_due_on=draft.due_on,
        due_on=draft.due_on,
        amount_yuan=draft.amount_yuan,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    row.done_on = await derived_day(ctx, draft, opened.project)
    ctx.session.add(row)
    return await _store(ledger, ctx, opened, row, None, "contract_act_added", "", also=meant), row


async def change_act(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    act_id: UUID,
    facts: dict[str, Any],
    reason: str,
    *,
    confirmed: bool = False,
) -> tuple[Opened, ContractActRow]:
    """Change ``due_on``, ``title`` or ``amount_yuan`` of a term with a reason; the first due day stays.

    Raises NotFound, ProjectTerminated, ActNeedsReason, ActIncomplete, AmountNeedsConfirmation.
    """
    demand_alive(opened.project)
    row, before = await _find(ctx, opened, act_id)
    after = replace(before, **facts)
    if after == before:
        return opened, row
    if not reason.strip():
        raise ActNeedsReason(errors=[FieldError("fact.required", "/reason")])
    acts.demand_complete(after)
    meant = await _demand_plausible(ctx, opened, after, confirmed=confirmed)
    row.title, row.due_on, row.amount_yuan = after.title, after.due_on, after.amount_yuan
    row.done_on = await derived_day(ctx, after, opened.project)
    return await _store(ledger, ctx, opened, row, before, "contract_act_changed", reason, also=meant), row


async def report_act(
    ledger: Ledger, ctx: Context, opened: Opened, act_id: UUID, done_on: date, evidence: str
) -> tuple[Opened, ContractActRow]:
    """Report a registration or another act done. Raises NotFound, ActDerived, ActSettled, DateInFuture."""
    row, before = await _find(ctx, opened, act_id)
    acts.demand_reportable(before, done_on, today_of(ctx))
    row.done_on, row.evidence = done_on, evidence
    return await _store(ledger, ctx, opened, row, before, "contract_act_done", evidence), row


async def reopen_act(
    ledger: Ledger, ctx: Context, opened: Opened, act_id: UUID, reason: str
) -> tuple[Opened, ContractActRow]:
    """Take a report back. Raises NotFound, ActDerived, ActNotDone."""
    row, before = await _find(ctx, opened, act_id)
    acts.demand_reopenable(before)
    row.done_on, row.evidence = None, None
    return await _store(ledger, ctx, opened, row, before, "contract_act_reopened", reason), row


async def remove_act(
    ledger: Ledger, ctx: Context, opened: Opened, act_id: UUID, reason: str
) -> tuple[Opened, ContractActRow]:
    """Take a term out of the contract; the history keeps it. Raises NotFound, ProjectTerminated."""
    demand_alive(opened.project)
    row, before = await _find(ctx, opened, act_id)
    await ctx.session.delete(row)
    return await _store(ledger, ctx, opened, row, before, "contract_act_removed", reason, removed=True), row


async def _demand_plausible(ctx: Context, opened: Opened, act: Act, *, confirmed: bool) -> tuple[FieldChange, ...]:
    if act.kind is not ActKind.FUNDS or act.amount_yuan is None:
        return ()
    asked = [Amount(AmountKind.FUNDS, "/amount_yuan", act.amount_yuan, basis_of(opened.project))]
    return await demand_plausible(ctx, opened.project.region_code, asked, confirmed=confirmed)


async def _find(ctx: Context, opened: Opened, act_id: UUID) -> tuple[ContractActRow, Act]:
    row = await ctx.session.get(ContractActRow, act_id, populate_existing=True)
    if row is None or row.project_id != opened.project.id:
        raise NotFound
    return row, repository.act_of(row)


async def _store(
    ledger: Ledger,
    ctx: Context,
    opened: Opened,
    row: ContractActRow,
    before: Act | None,
    action: str,
    reason: str,
    *,
    also: Sequence[FieldChange] = (),
    removed: bool = False,
) -> Opened:
    act = repository.act_of(row)
    payload = ProjectContractActRecordedV1(
        project_id=opened.project.id,
        code=opened.project.code,
        act_id=act.id,
        kind=act.kind.value,
        title=act.title,
        due_on=act.due_on,
        amount_yuan=act.amount_yuan,
        done_on=act.done_on,
        removed=removed,
    )
    told = FieldChange(f"contract_act.{act.id}", to_json(before), None if removed else to_json(act))
    return await ledger.store(
        ctx, opened, opened.project, payload, action=action, reason=reason, also=[told, *also]
    )


def _facts_of(draft: ContractDraft) -> dict[str, Any]:
    return {
        "number": draft.number,
        "parties": [to_json(party) for party in draft.parties],
        "amount_yuan": draft.amount_yuan,
        "file_reference": draft.file_reference,
        "note": draft.note,
    }


def _contract_facts(row: ContractRow, amount_yuan: int | None) -> dict[str, Any]:
    return {
        "number": row.number,
        "parties": row.parties,
        "amount_yuan": amount_yuan,
        "file_reference": row.file_reference,
        "note": row.note,
    }
