"""Investors, their ties, and who introduced whom."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import InvestorRecordedV1, ReferralRegisteredV1, ReferralWithdrawnV1
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region, reaches_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.promotion.domain.investors import InvestorKind, TieKind, demand_origin
from services.projects.promotion.errors import (
    InvestorExists,
    InvestorUnknown,
    ReferralExists,
    ReferralWithdrawn,
    SelfCredit,
    SelfReferral,
)
from services.projects.promotion.repository import investors as repository
from services.projects.promotion.service.registering import lock_graph, registered_on
from services.projects.promotion.tables import InvestorRow, InvestorTieRow, ReferralRow
from services.projects.registry.domain import credit_code as credit_codes
from services.projects.registry.repository import has_enterprise, has_person, lock_key
from services.projects.registry.service.recording import demand_region, facts_of


@dataclass(frozen=True, slots=True)
class InvestorDraft:
    kind: InvestorKind
    name: str
    region_code: str
    origin_country: str = "CN"
    origin_region_code: str | None = None
    credit_code: str | None = None
    person_id: UUID | None = None
    enterprise_id: UUID | None = None
    contact_name: str = ""
    contact_phone: str | None = None
    note: str = ""


async def get_investor(ctx: Context, investor_id: UUID, *, lock: bool = False) -> InvestorRow:
    """Raises NotFound."""
    row = await repository.find_investor(ctx.session, investor_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def demand_investor(ctx: Context, investor_id: UUID, pointer: str) -> InvestorRow:
    """The investor that a request names. Raises InvestorUnknown, also for one the caller may not see."""
    row = await repository.find_investor(ctx.session, investor_id)
    if row is None or not reaches_region(ctx.principal, row.region_code):
        raise InvestorUnknown(errors=[FieldError("reference.unknown", pointer)])
    return row


async def create_investor(ctx: Context, draft: InvestorDraft) -> InvestorRow:
    """Register an investor.

    Raises UnknownRegion, OriginMismatch, InvalidCreditCode, InvestorExists, InvestorUnknown (person, enterprise).
    """
    await demand_region(ctx, draft.region_code)
    await _demand_facts(ctx, draft)
    await _demand_free_code(ctx, draft.credit_code, None)
    row = InvestorRow(
        id=ctx.new_id(),
        version=1,
        updated_at=ctx.now,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        **facts_of(draft),
    )
    if draft.person_id is not None:
        await lock_graph(ctx)
    ctx.session.add(row)
    await ctx.session.flush()
    await _publish(ctx, row)
    return row


async def amend_investor(ctx: Context, row: InvestorRow, facts: dict[str, Any]) -> InvestorRow:
    """Change a locked investor. Raises as :func:`create_investor`, and SelfCredit, ReferralCycle."""
    known = {name: getattr(row, name) for name in InvestorDraft.__dataclass_fields__}
    draft = InvestorDraft(**known | {"kind": InvestorKind(row.kind)} | facts)
    changed = {name: value for name, value in facts_of(draft).items() if getattr(row, name) != value}
    if not changed:
        return row
    if "region_code" in changed:
        await demand_region(ctx, draft.region_code)
    await _demand_facts(ctx, draft, changed)
    if "credit_code" in changed:
        await _demand_free_code(ctx, draft.credit_code, row.id)
    if changed.get("person_id") is not None:
        await lock_graph(ctx)
        before = await repository.load_graph(ctx.session)
        row.person_id = changed["person_id"]
        await ctx.session.flush()
        await _demand_no_self_credit(ctx)
        before.demand_tie(row.id, changed["person_id"])
    for name, value in changed.items():
        setattr(row, name, value)
    row.advance(ctx.now)
    await ctx.session.flush()
    await _publish(ctx, row)
    return row


async def tie_investors(ctx: Context, one_id: UUID, other_id: UUID, kind: TieKind) -> InvestorTieRow:
    """Say that two investors are one party: a company and who stands behind it.

    Raises InvestorUnknown, SelfReferral (with oneself), SelfCredit (naming what would be credited to its own
    investor), ReferralCycle.
    """
    if one_id == other_id:
        raise SelfReferral
    await demand_investor(ctx, one_id, "")
    await demand_investor(ctx, other_id, "/other_id")
    await lock_graph(ctx)
    row = await repository.find_tie(ctx.session, one_id, other_id)
    if row is not None:
        row.kind = kind.value
        await ctx.session.flush()
        return row
    before = await repository.load_graph(ctx.session)
    row = InvestorTieRow(
        low_id=min(one_id, other_id),
        high_id=max(one_id, other_id),
        kind=kind.value,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _demand_no_self_credit(ctx)
    before.demand_tie(one_id, other_id)
    return row


async def untie_investors(ctx: Context, one_id: UUID, other_id: UUID) -> None:
    """Take a tie back that was recorded by mistake. Raises NotFound."""
    await get_investor(ctx, one_id)
    await get_investor(ctx, other_id)
    await lock_graph(ctx)
    row = await repository.find_tie(ctx.session, one_id, other_id)
    if row is None:
        raise NotFound
    await ctx.session.delete(row)
    await ctx.session.flush()


async def _demand_no_self_credit(ctx: Context) -> None:
    codes = await repository.self_credited(ctx.session, await repository.load_graph(ctx.session))
    if codes:
        raise SelfCredit(codes=codes)


async def register_referral(
    ctx: Context, introducer_id: UUID, introduced_id: UUID, said_on: date | None, evidence: str, note: str
) -> ReferralRow:
    """One investor introduced another.

    Raises InvestorUnknown, SelfReferral, ReferralCycle, ReferralExists, RegisteredAhead, BackdatingForbidden,
    BackdatingNeedsEvidence.
    """
    await demand_investor(ctx, introducer_id, "/introducer_id")
    await demand_investor(ctx, introduced_id, "/introduced_id")
    day = registered_on(ctx, said_on, evidence)
    await lock_graph(ctx)
    if await repository.standing_referral(ctx.session, introducer_id, introduced_id) is not None:
        raise ReferralExists
    (await repository.load_graph(ctx.session)).demand_edge(introducer_id, introduced_id)
    row = ReferralRow(
        id=ctx.new_id(),
        introducer_id=introducer_id,
        introduced_id=introduced_id,
        registered_on=day,
        evidence=evidence,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    payload = ReferralRegisteredV1(
        referral_id=row.id, introducer_id=introducer_id, introduced_id=introduced_id, registered_on=day
    )
    await _tell(ctx, row, payload)
    return row


async def get_referral(ctx: Context, referral_id: UUID, *, lock: bool = False) -> ReferralRow:
    """Raises NotFound unless the caller may see one of the two investors."""
    row = await repository.find_referral(ctx.session, referral_id, lock=lock)
    if row is None:
        raise NotFound
    parties = await repository.investors_by_id(ctx.session, [row.introducer_id, row.introduced_id])
    if not any(reaches_region(ctx.principal, party.region_code) for party in parties.values()):
        raise NotFound
    return row


async def withdraw_referral(ctx: Context, row: ReferralRow, reason: str) -> ReferralRow:
    """Take a locked referral back; it stays with the reason. Raises ReferralWithdrawn."""
    if row.withdrawn_at is not None:
        raise ReferralWithdrawn
    row.withdrawn_at, row.withdrawn_by, row.withdrawal_reason = ctx.now, ctx.principal.subject, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    payload = ReferralWithdrawnV1(
        referral_id=row.id, introducer_id=row.introducer_id, introduced_id=row.introduced_id, reason=reason
    )
    await _tell(ctx, row, payload)
    return row


async def _demand_facts(ctx: Context, draft: InvestorDraft, changed: dict[str, Any] | None = None) -> None:
    """``changed`` None judges all; what stays as it was is not judged again."""
    asked = asdict(draft) if changed is None else changed
    if "origin_country" in asked or "origin_region_code" in asked:
        demand_origin(draft.origin_country, draft.origin_region_code)
    if asked.get("credit_code") is not None:
        credit_codes.validate(asked["credit_code"])
    unknown = []
    if asked.get("person_id") is not None and not await has_person(ctx.session, asked["person_id"]):
        unknown.append("person_id")
    if asked.get("enterprise_id") is not None and not await has_enterprise(ctx.session, asked["enterprise_id"]):
        unknown.append("enterprise_id")
    if unknown:
        raise InvestorUnknown(errors=[FieldError("reference.unknown", f"/{name}") for name in unknown])


async def _demand_free_code(ctx: Context, credit_code: str | None, own_id: UUID | None) -> None:
    if credit_code is None:
        return
    await lock_key(ctx.session, "investor", credit_code)
    known = await repository.find_by_credit_code(ctx.session, credit_code)
    if known is not None and known.id != own_id:
        raise InvestorExists(credit_code=credit_code, errors=[FieldError("entry.exists", "/credit_code")])


async def _publish(ctx: Context, row: InvestorRow) -> None:
    payload = InvestorRecordedV1(
        investor_id=row.id,
        kind=row.kind,
        name=row.name,
        credit_code=row.credit_code,
        origin_country=row.origin_country,
        origin_region_code=row.origin_region_code,
        region_code=row.region_code,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )


async def _tell(ctx: Context, row: ReferralRow, payload: ReferralRegisteredV1 | ReferralWithdrawnV1) -> None:
    introducer = await repository.find_investor(ctx.session, row.introducer_id)
    assert introducer is not None
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=introducer.region_code
    )
