"""Nominations and objections: made, admitted by people, withdrawn; raised, decided by another."""

from dataclasses import dataclass
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.innovation.domain.honours import (
    NominationStatus,
    ObjectionStatus,
    RoundStatus,
    demand_nomination,
    demand_round,
)
from services.projects.innovation.errors import (
    NominationClosed,
    NominationExists,
    NominationStepRefused,
    NominationVetoed,
    NomineeElsewhere,
    NoticeOver,
    ObjectionDecided,
    ObjectionFourEyes,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.service.rounds import read_round
from services.projects.innovation.tables import HonourRoundRow, NominationRow, ObjectionRow
from services.projects.lists.domain.facts import EntryVerdict
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.repository import enterprise_of
from services.projects.registry.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class Nomination:
    """With its round, locked when it is to be written, and its enterprise."""

    row: NominationRow
    round: HonourRoundRow
    enterprise: EnterpriseRow


@dataclass(frozen=True, slots=True)
class NominationDraft:
    enterprise_id: UUID
    nominee_name: str
    nominee_post: str
    merits: str


async def nominate(ctx: Context, round_id: UUID, draft: NominationDraft) -> Nomination:
    """Nominate a person or an enterprise, while the round takes nominations.

    Raises NotFound, NominationClosed, EntryUnknown, NomineeElsewhere, NominationExists.
    """
    # Seen, not reached: a township nominates in its county's round.
    await read_round(ctx, round_id)
    opened = await repository.find_round(ctx.session, round_id, lock=True)
    assert opened is not None, "rounds are never deleted"
    today = today_of(ctx)
    if opened.status != RoundStatus.NOMINATING.value or not opened.opens_on <= today <= opened.nominations_until:
        raise NominationClosed(
            status=RoundStatus(opened.status), opens_on=opened.opens_on, until=opened.nominations_until
        )
    ensure_enterprise(ctx.principal, draft.enterprise_id)
    enterprise = await enterprise_of(ctx.session, draft.enterprise_id)
    if enterprise is None:
        raise EntryUnknown(fields=["enterprise_id"], errors=[FieldError("reference.unknown", "/enterprise_id")])
    ensure_region(ctx.principal, enterprise.region_code)
    if not regions.contains(opened.region_code, enterprise.region_code):
        raise NomineeElsewhere(region_code=enterprise.region_code, round_region_code=opened.region_code)
    known = await repository.nomination_of(ctx.session, opened.id, enterprise.enterprise_id, draft.nominee_name)
    if known is not None:
        raise NominationExists(nomination_id=known.id, status=NominationStatus(known.status))
    row = NominationRow(
        id=ctx.new_id(),
        round_id=opened.id,
        enterprise_id=enterprise.enterprise_id,
        region_code=enterprise.region_code,
        nominee_name=draft.nominee_name,
        nominee_post=draft.nominee_post,
        merits=draft.merits,
        status=NominationStatus.NOMINATED.value,
        parts=[],
        vetoes=[],
        nominated_at=ctx.now,
        nominated_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return Nomination(row, opened, enterprise)


async def read_nomination(ctx: Context, nomination_id: UUID) -> Nomination:
    """Raises NotFound."""
    found = await repository.find_nomination(ctx.session, ctx.principal, nomination_id)
    if found is None:
        raise NotFound
    return Nomination(*found)


async def open_nomination(ctx: Context, nomination_id: UUID) -> Nomination:
    """With the round's row locked: what happens to nominations happens one after another. Raises NotFound."""
    nomination = await read_nomination(ctx, nomination_id)
    await repository.find_round(ctx.session, nomination.round.id, lock=True)
    return await read_nomination(ctx, nomination_id)


async def open_in_reach(ctx: Context, nomination_id: UUID) -> Nomination:
    """As :func:`open_nomination`, for those who lead the round. Raises NotFound outside of their subtree."""
    nomination = await open_nomination(ctx, nomination_id)
    ensure_region(ctx.principal, nomination.round.region_code)
    return nomination


async def withdraw(ctx: Context, nomination: Nomination, reason: str) -> Nomination:
    """Raises NotFound for a stranger, RoundStepRefused once the notice has begun."""
    ensure_region(ctx.principal, nomination.row.region_code)
    ensure_enterprise(ctx.principal, nomination.row.enterprise_id)
    demand_round(RoundStatus(nomination.round.status), RoundStatus.NOMINATING, RoundStatus.REVIEWED)
    demand_nomination(
        NominationStatus(nomination.row.status),
        *(NominationStatus.NOMINATED, NominationStatus.ELIGIBLE, NominationStatus.NOT_ELIGIBLE),
    )
    nomination.row.ended_reason = reason
    return await _set(ctx, nomination, NominationStatus.WITHDRAWN)


async def admit(ctx: Context, nomination: Nomination, reason: str) -> Nomination:
    """People admit whose figures cannot be told; who does not meet the condition is not admitted.

    Raises RoundStepRefused, NominationVetoed, NominationStepRefused.
    """
    demand_round(RoundStatus(nomination.round.status), RoundStatus.REVIEWED)
    row = nomination.row
    if row.status == NominationStatus.VETOED.value:
        raise NominationVetoed(vetoes=[veto["ground"] for veto in row.vetoes])
    demand_nomination(NominationStatus(row.status), NominationStatus.NOT_ELIGIBLE)
    if row.verdict != EntryVerdict.UNKNOWN.value:
        # The figures say no: nobody overrules them.
        raise NominationStepRefused(status=NominationStatus(row.status), allowed=[])
    row.admission_reason, row.admitted_by = reason, ctx.principal.subject
    return await _set(ctx, nomination, NominationStatus.ELIGIBLE)


async def _set(ctx: Context, nomination: Nomination, status: NominationStatus) -> Nomination:
    nomination.row.status = status.value
    nomination.row.advance(ctx.now)
    await ctx.session.flush()
    return nomination


async def object_to(ctx: Context, nomination: Nomination, objector: str, content: str) -> ObjectionRow:
    """Raise an objection while the notice lasts. Raises NominationStepRefused, NoticeOver."""
    demand_nomination(NominationStatus(nomination.row.status), NominationStatus.IN_NOTICE)
    today, until = today_of(ctx), nomination.round.notice_until
    if until is None or today > until:
        raise NoticeOver(notice_until=until)
    row = ObjectionRow(
        id=ctx.new_id(),
        nomination_id=nomination.row.id,
        objector=objector,
        content=content,
        raised_on=today,
        status=ObjectionStatus.OPEN.value,
        recorded_by=ctx.principal.subject,
        recorded_at=ctx.now,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def decide_objection(ctx: Context, objection_id: UUID, *, upheld: bool, reason: str) -> ObjectionRow:
    """Another person decides; upheld, the nominee is out. Raises NotFound, ObjectionDecided, ObjectionFourEyes."""
    row = await repository.find_objection(ctx.session, objection_id)
    if row is None:
        raise NotFound
    nomination = await open_in_reach(ctx, row.nomination_id)
    row = await repository.find_objection(ctx.session, objection_id)
    assert row is not None, "objections are never deleted"
    if row.status != ObjectionStatus.OPEN.value:
        raise ObjectionDecided(status=ObjectionStatus(row.status))
    if row.recorded_by == ctx.principal.subject:
        raise ObjectionFourEyes
    row.status = (ObjectionStatus.UPHELD if upheld else ObjectionStatus.REJECTED).value
    row.decided_by, row.decided_on, row.decision_reason = ctx.principal.subject, today_of(ctx), reason
    row.advance(ctx.now)
    await ctx.session.flush()
    if upheld:
        nomination.row.ended_reason = reason
        await _set(ctx, nomination, NominationStatus.OBJECTED)
    return row
