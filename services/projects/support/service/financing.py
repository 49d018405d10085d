"""Financing needs: recorded, answered by banks, met or dropped; a gap past its day is told once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import FinancingNeedRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.conditions.domain.condition import Outcome as Judged
from services.projects.conditions.domain.condition import Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.conditions.tables import ConditionRow
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.repository import all_rules
from services.projects.duties.service import demand_entries, visible_project
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of
from services.projects.registry.service.placing import columns_of
from services.projects.support.domain.financing import (
    BankAnswer,
    NeedStatus,
    Outcome,
    demand_outcome,
    evaluate,
    gap_yuan,
)
from services.projects.support.errors import NeedClosed, NeedOfNobody, OutcomeDecided
from services.projects.support.repository import financing as repository
from services.projects.support.repository.policies import next_code
from services.projects.support.tables import NeedRow, OutcomeRow

_SERIES = "RZ"
JUDGED = frozenset({DutyKind.FINANCING_OVERDUE.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedDraft:
    enterprise_id: UUID | None
    project_id: UUID | None
    purpose: str
    amount_yuan: int
    needed_by: date
    term_months: int | None
    collateral: str
    owner_person_id: UUID | None
    owner_unit_id: UUID | None


async def record_need(ctx: Context, draft: NeedDraft) -> NeedRow:
    """An enterprise's need, or a project's and with it its enterprise's.

    Raises NeedOfNobody, EntryUnknown, NotFound.
    """
    enterprise_id, region_code = draft.enterprise_id, None
    if draft.project_id is not None:
        project = await visible_project(ctx, draft.project_id)
        enterprise_id, region_code = enterprise_id or project.enterprise_id, project.region_code
    if enterprise_id is not None:
        enterprise = await enterprise_of(ctx.session, enterprise_id)
        if enterprise is None:
            raise EntryUnknown(
                fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")]
            )
        region_code = region_code or enterprise.region_code
    if region_code is None:
        raise NeedOfNobody(errors=[FieldError("fact.required", "/enterprise_id")])
    ensure_enterprise(ctx.principal, enterprise_id)
    ensure_region(ctx.principal, region_code)
    await _demand_owner(ctx, draft.owner_person_id, draft.owner_unit_id)
    today = today_of(ctx)
    row = NeedRow(
        id=ctx.new_id(),
        code=await next_code(ctx.session, _SERIES, today.year),
        region_code=region_code,
        granted_yuan=0,
        status=NeedStatus.OPEN.value,
        created_on=today,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
        **columns_of(draft) | {"enterprise_id": enterprise_id},
    )
    ctx.session.add(row)
    return await _store(ctx, row)


async def read_need(ctx: Context, need_id: UUID, *, lock: bool = False) -> NeedRow:
    """Raises NotFound."""
    row = await repository.find_need(ctx.session, need_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    ensure_enterprise(ctx.principal, row.enterprise_id)
    return row


async def open_need(ctx: Context, need_id: UUID) -> NeedRow:
    """The need, locked, while it is open. Raises NotFound, NeedClosed."""
    row = await read_need(ctx, need_id, lock=True)
    if row.status != NeedStatus.OPEN.value:
        raise NeedClosed(status=row.status)
    return row


async def amend_need(ctx: Context, row: NeedRow, facts: Mapping[str, Any]) -> NeedRow:
    """Change a locked, open need; nothing happens when it is so already. Raises EntryUnknown."""
    changes = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not changes:
        return row
    await _demand_owner(ctx, changes.get("owner_person_id"), changes.get("owner_unit_id"))
    for name, value in changes.items():
        setattr(row, name, value)
    return await _store(ctx, row)


async def record_outcome(ctx: Context, row: NeedRow, outcome: Outcome, evidence: str) -> OutcomeRow:
    """What a bank was asked, and perhaps said already. Raises OutcomeIncomplete, OutcomeDay, GuaranteeTooMuch."""
    demand_outcome(outcome, today_of(ctx))
    said = OutcomeRow(
        id=ctx.new_id(),
        need_id=row.id,
        evidence=evidence,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
        **columns_of(outcome),
    )
    ctx.session.add(said)
    await _count(ctx, row)
    return said


async def find_outcome(ctx: Context, row: NeedRow, outcome_id: UUID) -> OutcomeRow:
    """Of a locked need. Raises NotFound, OutcomeDecided once the bank has answered."""
    said = await repository.find_outcome(ctx.session, outcome_id)
    if said is None or said.need_id != row.id:
        raise NotFound
    if said.answer != BankAnswer.PENDING.value:
        raise OutcomeDecided(answer=said.answer)
    return said


async def answer_outcome(
    ctx: Context, row: NeedRow, said: OutcomeRow, outcome: Outcome, evidence: str
) -> OutcomeRow:
    """The bank's answer. Raises OutcomeIncomplete, OutcomeDay, GuaranteeTooMuch."""
    demand_outcome(outcome, today_of(ctx))
    for name, value in columns_of(outcome).items():
        setattr(said, name, value)
    said.evidence = evidence or said.evidence
    said.advance(ctx.now)
    await _count(ctx, row)
    return said


async def close_need(ctx: Context, row: NeedRow, status: NeedStatus, reason: str) -> NeedRow:
    """Met or dropped, with the reason: a gap that is left stands in the record."""
    row.status, row.closed_reason, row.closed_on = status.value, reason, today_of(ctx)
    return await _store(ctx, row)


async def _count(ctx: Context, row: NeedRow) -> None:
    await ctx.session.flush()
    row.granted_yuan = await repository.granted_yuan(ctx.session, row.id)
    await _store(ctx, row)


async def _demand_owner(ctx: Context, person_id: UUID | None, unit_id: UUID | None) -> None:
    await demand_entries(ctx, persons={"/owner_person_id": person_id}, units={"/owner_unit_id": unit_id})


async def _store(ctx: Context, row: NeedRow) -> NeedRow:
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = FinancingNeedRecordedV1(
        need_id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        project_id=row.project_id,
        purpose=row.purpose,
        amount_yuan=row.amount_yuan,
        granted_yuan=row.granted_yuan,
        gap_yuan=gap_yuan(row.amount_yuan, row.granted_yuan),
        needed_by=row.needed_by,
        status=row.status,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    if await open_conditions(ctx.session, JUDGED, [row.id]):
        await _settle(ctx, row, may_open=False)
    return row


async def scan_needs(ctx: Context) -> Judged:
    """Judge all needs whose day has passed; safe to run twice and beside other writes."""
    known = await open_conditions(ctx.session, JUDGED)
    outcome = Judged()
    for need_id in await repository.late_needs(ctx.session, today_of(ctx), list(known)):
        row = await repository.find_need(ctx.session, need_id, lock=True)
        assert row is not None, "needs are never deleted"
        outcome += await _settle(ctx, row, may_open=True)
    return outcome


async def _settle(ctx: Context, row: NeedRow, *, may_open: bool) -> Judged:
    facts = repository.facts_of(row)
    found = evaluate(facts, await all_rules(ctx.session), today_of(ctx))

    def reason(condition: ConditionRow) -> str:
        if facts.status is not NeedStatus.OPEN:
            return facts.status.value
        return "put_off" if facts.needed_by > condition.reference_on else "granted"

    subject = Subject(
        type="financing_need",
        id=row.id,
        code=row.code,
        name=row.purpose,
        region_code=row.region_code,
        project_id=row.project_id,
        enterprise_id=row.enterprise_id,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    return await settle(ctx, subject, found, judged=JUDGED, reason=reason, may_open=may_open)
