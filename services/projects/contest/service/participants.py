"""Who takes part, and what is given or taken beside the components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.projects.contest.domain.participants import (
    SUBJECT,
    Entry,
    ParticipantDraft,
    ParticipantKind,
    Quarter,
    demand_form,
    misfit,
)
from services.projects.contest.errors import (
    AdjustmentUnsound,
    AdjustmentWithdrawn,
    NotTakingPart,
    ParticipantUnfit,
    ParticipationEnded,
)
from services.projects.contest.repository import contests as adjustments
from services.projects.contest.repository import participants as repository
from services.projects.contest.service.gathering import VETO
from services.projects.contest.tables import ContestAdjustmentRow, ContestParticipantRow, ContestRow
from services.projects.lists.domain.vetoes import VetoGround
from services.projects.registry.repository import by_keys, has_unit
from services.projects.registry.tables import EnterpriseRow, RegionRow, UnitRow


async def add_participants(
    ctx: Context, contest: ContestRow, drafts: Sequence[ParticipantDraft]
) -> list[ContestParticipantRow]:
    """Enter all of them into a locked contest, or none.

    Raises ParticipantUnfit, ParticipantTwice, ParticipantElsewhere, ParticipationEnded, each naming the fields.
    """
    kind = ParticipantKind(contest.kind)
    demand_form(kind, drafts)
    found = await _where(ctx, kind, drafts)
    rows = await repository.participations_of(ctx.session, contest.id)
    entries = [Entry(row.subject_key, row.region_code, row.from_on, row.to_on) for row in rows]
    added: list[ContestParticipantRow] = []
    faults: dict[type[DomainError], list[FieldError]] = {}
    for number, draft in enumerate(drafts):
        key = str(getattr(draft, SUBJECT[kind]))
        here = None if key not in found else Entry(key, found[key], draft.from_on, draft.to_on)
        wrong = misfit(kind, contest.region_code, here, draft.region_code, entries, number)
        if wrong is not None:
            faults.setdefault(wrong[0], []).append(wrong[1])
            continue
        assert here is not None, "what is not there does not fit"
        entries.append(here)
        added.append(_row(ctx, contest, draft, key, here.region_code))
    for error, errors in faults.items():
        raise error(errors=errors)
    for unit_id in {draft.responsible_unit_id for draft in drafts} - {None}:
        if not await has_unit(ctx.session, UUID(str(unit_id))):
            raise ParticipantUnfit(errors=[FieldError("reference.unknown", "/items", {"id": unit_id})])
    ctx.session.add_all(added)
    await ctx.session.flush()
    return added


async def _where(ctx: Context, kind: ParticipantKind, drafts: Sequence[ParticipantDraft]) -> dict[str, str]:
    """The regions of the subjects that are there, by their keys: one statement."""
    keys: list[Any] = [getattr(draft, SUBJECT[kind]) for draft in drafts]
    match kind:
        case ParticipantKind.TOWNSHIP:
            places = await by_keys(ctx.session, RegionRow, "code", keys)
            return {row.code: row.code for row in places if row.deleted_at is None}
        case ParticipantKind.DEPARTMENT:
            units = await by_keys(ctx.session, UnitRow, "unit_id", keys)
            return {str(row.unit_id): row.region_code for row in units if row.deleted_at is None}
        case ParticipantKind.ENTERPRISE:
            works = await by_keys(ctx.session, EnterpriseRow, "enterprise_id", keys)
            return {str(row.enterprise_id): row.region_code for row in works if row.deleted_at is None}
        case ParticipantKind.PROJECT:
            projects = await repository.regions_of_projects(ctx.session, keys)
            return {str(key): code for key, code in projects.items()}


def _row(
    ctx: Context, contest: ContestRow, draft: ParticipantDraft, key: str, region: str
) -> ContestParticipantRow:
    return ContestParticipantRow(
        id=ctx.new_id(),
        contest_id=contest.id,
        subject_key=key,
        region_code=region,
        unit_id=draft.unit_id,
        enterprise_id=draft.enterprise_id,
        project_id=draft.project_id,
        responsible_unit_id=draft.responsible_unit_id,
        from_on=draft.from_on,
        to_on=draft.to_on,
        added_at=ctx.now,
        added_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )


async def own_participation(ctx: Context, participant_id: UUID) -> tuple[ContestParticipantRow, ContestRow]:
    """A locked participation of a contest in the caller's subtree. Raises NotFound."""
    row = await repository.find_participant(ctx.session, participant_id, lock=True)
    contest = None if row is None else await adjustments.find_contest(ctx.session, row.contest_id)
    if row is None or contest is None:
        raise NotFound
    ensure_region(ctx.principal, contest.region_code)
    return row, contest


async def end_participation(
    ctx: Context, row: ContestParticipantRow, to_on: date, reason: str
) -> ContestParticipantRow:
    """From ``to_on`` on it takes no part any more. Raises ParticipationEnded."""
    if to_on <= row.from_on:
        raise ParticipationEnded(errors=[FieldError("rule.ends_before_it_begins", "/to_on")])
    if row.to_on is not None and row.to_on <= to_on:
        raise ParticipationEnded(errors=[FieldError("contest.ended_before", "/to_on", {"to_on": row.to_on})])
    row.to_on, row.end_reason = to_on, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentDraft:
    participant_id: UUID
    quarter: int
    kind: str
    points: Decimal | None
    ground: VetoGround | None
    reason: str
    evidence: str


async def record_adjustment(ctx: Context, contest: ContestRow, draft: AdjustmentDraft) -> ContestAdjustmentRow:
    """Points or a veto by hand, with evidence; a frozen quarter heeds it with its next edition.

    Raises AdjustmentUnsound, NotTakingPart.
    """
    is_veto = draft.kind == VETO
    faults = []
    if is_veto is (draft.points is not None):
        faults.append(FieldError("contest.points_unless_veto", "/points"))
    if is_veto is (draft.ground is None):
        faults.append(FieldError("contest.veto_with_ground", "/ground"))
    if draft.ground is VetoGround.ENERGY:
        # The energy service says so itself, and takes it back itself.
        faults.append(FieldError("veto.of_energy", "/ground"))
    if faults:
        raise AdjustmentUnsound(errors=faults)
    participant = await repository.find_participant(ctx.session, draft.participant_id)
    quarter = Quarter(contest.year, draft.quarter)
    if (
        participant is None
        or participant.contest_id != contest.id
        or participant.from_on > quarter.last_on
        or (participant.to_on is not None and participant.to_on <= quarter.first_on)
    ):
        raise NotTakingPart(errors=[FieldError("reference.unknown", "/participant_id")])
    row = ContestAdjustmentRow(
        id=ctx.new_id(),
        contest_id=contest.id,
        participant_id=draft.participant_id,
        quarter=draft.quarter,
        kind=draft.kind,
        points=draft.points,
        ground=None if draft.ground is None else draft.ground.value,
        reason=draft.reason,
        evidence=draft.evidence,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        version=1,
        updated_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def own_adjustment(ctx: Context, adjustment_id: UUID) -> ContestAdjustmentRow:
    """A locked one of a contest in the caller's subtree. Raises NotFound."""
    row = await adjustments.find_adjustment(ctx.session, adjustment_id, lock=True)
    contest = None if row is None else await adjustments.find_contest(ctx.session, row.contest_id)
    if row is None or contest is None:
        raise NotFound
    ensure_region(ctx.principal, contest.region_code)
    return row


async def withdraw_adjustment(ctx: Context, row: ContestAdjustmentRow, reason: str) -> ContestAdjustmentRow:
    """Raises AdjustmentWithdrawn."""
    if row.withdrawn_at is not None:
        raise AdjustmentWithdrawn
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = ctx.now, ctx.principal.subject, reason
    row.advance(ctx.now)
    await ctx.session.flush()
    return row
