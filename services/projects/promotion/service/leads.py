"""Leads: registering, amending, following up, and their stages up to the project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    LeadAmendedV1,
    LeadFollowedUpV1,
    LeadRegisteredV1,
    LeadStageEnteredV1,
)
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.ledger.domain.history import to_json
from services.projects.ledger.domain.project import Channel
from services.projects.parks.repository.parks import holds_park
from services.projects.promotion.domain import leads
from services.projects.promotion.domain.leads import LeadStage
from services.projects.promotion.errors import LeadCodeTaken, LeadReferenceUnknown
from services.projects.promotion.repository import leads as repository
from services.projects.promotion.repository import rewards as reward_rows
from services.projects.promotion.service.finding import entry_of_lead
from services.projects.promotion.service.introducing import (
    IntroductionDraft,
    Target,
    demand_unrelated,
    set_introductions,
)
from services.projects.promotion.service.investors import demand_investor
from services.projects.promotion.service.registering import lock_graph
from services.projects.promotion.service.watching import settle_lead
from services.projects.promotion.tables import FollowUpRow, LeadChangeRow, LeadRow
from services.projects.registry.repository import has_person, has_unit, lock_key
from services.projects.registry.service.recording import demand_region, facts_of
from services.projects.search_index.service import index_entry

AMENDABLE = (
    "name",
    "channel",
    "summary",
    "investor_id",
    "owner_person_id",
    "owner_unit_id",
    "sector_code",
    "park_code",
    "intended_investment_yuan",
)
_TOLD = (
    *AMENDABLE,
    "region_code",
    "stage",
    "stage_on",
    "lost_stage",
    "lost_reason",
    "project_id",
    "next_step",
    "next_on",
)


@dataclass(frozen=True, slots=True)
class LeadDraft:
    code: str
    name: str
    region_code: str
    channel: Channel
    contacted_on: date
    summary: str = ""
    investor_id: UUID | None = None
    owner_person_id: UUID | None = None
    owner_unit_id: UUID | None = None
    sector_code: str | None = None
    park_code: str | None = None
    intended_investment_yuan: int | None = None


async def get_lead(ctx: Context, lead_id: UUID, *, lock: bool = False) -> LeadRow:
    """Raises NotFound."""
    row = await repository.find_lead(ctx.session, lead_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def create_lead(ctx: Context, draft: LeadDraft) -> LeadRow:
    """Register a lead at its first contact.

    Raises UnknownRegion, LeadReferenceUnknown, InvestorUnknown, LeadCodeTaken, LeadDateInFuture.
    """
    await demand_region(ctx, draft.region_code)
    leads.demand_past(draft.contacted_on, today_of(ctx), "/contacted_on")
    await _demand_references(ctx, facts_of(draft))
    await lock_key(ctx.session, "lead", draft.code)
    if await repository.code_is_taken(ctx.session, draft.code):
        raise LeadCodeTaken(lead_code=draft.code, errors=[FieldError("entry.exists", "/code")])
    row = LeadRow(
        id=ctx.new_id(),
        stage=LeadStage.CONTACTED.value,
        stage_on=draft.contacted_on,
        last_on=draft.contacted_on,
        next_step="",
        created_at=ctx.now,
        version=0,
        updated_at=ctx.now,
        **facts_of(draft),
    )
    ctx.session.add(row)
    payload = LeadRegisteredV1(
        lead_id=row.id,
        code=row.code,
        name=row.name,
        region_code=row.region_code,
        channel=row.channel,
        investor_id=row.investor_id,
        intended_investment_yuan=row.intended_investment_yuan,
        owner_person_id=row.owner_person_id,
        owner_unit_id=row.owner_unit_id,
    )
    await _store(ctx, row, {}, payload, "registered")
    return row


async def amend_lead(ctx: Context, row: LeadRow, facts: Mapping[str, Any]) -> LeadRow:
    """Change some of ``AMENDABLE`` of a locked lead that is not closed.

    Raises LeadClosed, LeadReferenceUnknown, InvestorUnknown, and for an investor that the introducers may not
    introduce SelfCredit, ReferralCycle.
    """
    leads.demand_open(repository.state_of(row))
    before = _snapshot(row)
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    if not changed:
        return row
    await _demand_references(ctx, changed)
    for name, value in changed.items():
        setattr(row, name, value)
    if changed.get("investor_id") is not None:
        current = await reward_rows.current_introductions(ctx.session, lead_id=row.id)
        await lock_graph(ctx)
        introducers = [reward_rows.introduction_of(one).introducer for one in current]
        await demand_unrelated(ctx, Target(row.investor_id, lead_id=row.id), introducers)
    payload = LeadAmendedV1(lead_id=row.id, code=row.code, fields=tuple(sorted(changed)))
    await _store(ctx, row, before, payload, "amended")
    return row


async def set_lead_introducers(
    ctx: Context, row: LeadRow, drafts: Sequence[IntroductionDraft], reason: str
) -> LeadRow:
    """State who introduced a locked lead. Raises LeadClosed and as :func:`set_introductions`."""
    leads.demand_open(repository.state_of(row))
    target = Target(row.investor_id, lead_id=row.id)
    if await set_introductions(ctx, target, drafts, reason):
        payload = LeadAmendedV1(lead_id=row.id, code=row.code, fields=("introducers",))
        await _store(ctx, row, _snapshot(row), payload, "introduced", reason)
    return row


async def enter_stage(ctx: Context, row: LeadRow, stage: LeadStage, on: date, reason: str) -> LeadRow:
    """Take a locked lead one stage on, lose it or take it up again; conversion is not done here.

    Raises IllegalLeadStep, LeadDateInFuture, LeadDatesOutOfOrder, LeadNeedsReason.
    """
    await step(ctx, row, stage, on, reason, None)
    return row


async def step(
    ctx: Context, row: LeadRow, stage: LeadStage, on: date, reason: str, project_id: UUID | None
) -> None:
    """The step itself, with the project that a converted lead became."""
    before = _snapshot(row)
    state = leads.enter(repository.state_of(row), stage, on, today_of(ctx), reason)
    payload = LeadStageEnteredV1(
        lead_id=row.id,
        code=row.code,
        from_stage=row.stage,
        stage=state.stage.value,
        on=on,
        reason=reason or None,
        project_id=project_id,
    )
    row.stage, row.stage_on = state.stage.value, state.stage_on
    row.lost_stage = None if state.lost_stage is None else state.lost_stage.value
    row.lost_reason, row.project_id = state.lost_reason, project_id
    row.last_on = max(row.last_on, on)
    await _store(ctx, row, before, payload, "stage_entered", reason)


async def follow_up(
    ctx: Context, row: LeadRow, on: date, content: str, next_step: str, next_on: date | None
) -> FollowUpRow:
    """Record what was done on a locked lead, and what is to be done next and when.

    What is entered late does not undo what was agreed after it.
    Raises LeadClosed, LeadDateInFuture, LeadDatesOutOfOrder, NextStepAhead.
    """
    leads.demand_open(repository.state_of(row))
    leads.demand_past(on, today_of(ctx), "/on")
    leads.demand_not_before(on, row.contacted_on)
    leads.demand_next_step(on, next_step, next_on)
    entry = FollowUpRow(
        id=ctx.new_id(),
        lead_id=row.id,
        on=on,
        content=content,
        next_step=next_step,
        next_on=next_on,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(entry)
    before = _snapshot(row)
    if row.followed_up_on is None or on >= row.followed_up_on:
        row.followed_up_on, row.next_step, row.next_on = on, next_step, next_on
    row.last_on = max(row.last_on, on)
    payload = LeadFollowedUpV1(lead_id=row.id, code=row.code, on=on, next_step=next_step or None, next_on=next_on)
    await _store(ctx, row, before, payload, "followed_up")
    return entry


async def _demand_references(ctx: Context, facts: Mapping[str, Any]) -> None:
    session = ctx.session
    checks = (("owner_person_id", has_person), ("owner_unit_id", has_unit), ("park_code", holds_park))
    unknown = [
        name for name, exists in checks if facts.get(name) is not None and not await exists(session, facts[name])
    ]
    if unknown:
        errors = [FieldError("reference.unknown", f"/{name}") for name in unknown]
        raise LeadReferenceUnknown(fields=unknown, errors=errors)
    if facts.get("investor_id") is not None:
        await demand_investor(ctx, facts["investor_id"], "/investor_id")


def _snapshot(row: LeadRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _TOLD}


async def _store(
    ctx: Context, row: LeadRow, before: Mapping[str, Any], payload: EventPayload, action: str, reason: str = ""
) -> None:
    row.advance(ctx.now)
    await ctx.session.flush()
    after = _snapshot(row)
    ctx.session.add(
        LeadChangeRow(
            lead_id=row.id,
            version=row.version,
            at=ctx.now,
            actor=ctx.principal.subject,
            actor_role=ctx.principal.role.value,
            action=action,
            reason=reason,
            changes=[
                {"field": name, "before": to_json(before.get(name)), "after": to_json(value)}
                for name, value in after.items()
                if before.get(name) != value
            ],
        )
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
    await index_entry(ctx, entry_of_lead(row))
    await settle_lead(ctx, row)
