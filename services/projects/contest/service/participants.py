"""Who takes part, and what is given or taken beside the components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.problems import DomainError, FieldError, NotFound
from services.projects.contest.domain.participants import ParticipantKind, Quarter, overlaps
from services.projects.contest.errors import (
    AdjustmentUnsound,
    AdjustmentWithdrawn,
    NotTakingPart,
    ParticipantElsewhere,
    ParticipantTwice,
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

_SUBJECT: Final = {
    ParticipantKind.TOWNSHIP: "region_code",
    ParticipantKind.DEPARTMENT: "unit_id",
    ParticipantKind.ENTERPRISE: "enterprise_id",
    ParticipantKind.PROJECT: "project_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantDraft:
    """One of the subjects. ``region_code`` is a township, or where an enterprise is said to belong."""

    region_code: str | None
    unit_id: UUID | None
    enterprise_id: UUID | None
    project_id: UUID | None
    responsible_unit_id: UUID | None
    from_on: date
    to_on: date | None


async def add_participants(
    ctx: Context, contest: ContestRow, drafts: Sequence[ParticipantDraft]
) -> list[ContestParticipantRow]:
    """Enter all of them into a locked contest, or none.

    Raises ParticipantUnfit, ParticipantTwice, ParticipantElsewhere, ParticipationEnded, each naming the fields.
    """
    kind = ParticipantKind(contest.kind)
    _demand_form(kind, drafts)
    found = await _where(ctx, kind, drafts)
    rows = await repository.participations_of(ctx.session, contest.id)
    added: list[ContestParticipantRow] = []
    faults: dict[type[DomainError], list[FieldError]] = {}
    for number, draft in enumerate(drafts):
        key = str(getattr(draft, _SUBJECT[kind]))
        wrong = _misfit(contest, kind, draft, number, key, found.get(key), [*rows, *added])
        if wrong is not None:
            faults.setdefault(wrong[0], []).append(wrong[1])
            continue
        added.append(_row(ctx, contest, draft, key, found[key]))
    for error, errors in faults.items():
        raise error(errors=errors)
    for unit_id in {draft.responsible_unit_id for draft in drafts} - {None}:
        if not await has_unit(ctx.session, UUID(str(unit_id))):
            raise ParticipantUnfit(errors=[FieldError("reference.unknown", "/items", {"id": unit_id})])
    ctx.session.add_all(added)
    await ctx.session.flush()
    return added


def _demand_form(kind: ParticipantKind, drafts: Sequence[ParticipantDraft]) -> None:
    """A participant names what its kind is, and nothing else. Raises ParticipantUnfit, ParticipationEnded."""
    faults = []
    for number, draft in enumerate(drafts):
        for name in _SUBJECT.values():
            is_own = name == _SUBJECT[kind]
            may_be = is_own or (kind is ParticipantKind.ENTERPRISE and name == "region_code")
            is_said = getattr(draft, name) is not None
            if (is_own and not is_said) or (is_said and not may_be):
                faults.append(FieldError("contest.subject_unfit", f"/items/{number}/{name}", {"kind": kind}))
    if faults:
        raise ParticipantUnfit(errors=faults)
    ended = [
        FieldError("rule.ends_before_it_begins", f"/items/{number}/to_on")
        for number, draft in enumerate(drafts)
        if draft.to_on is not None and draft.to_on <= draft.from_on
    ]
    if ended:
        raise ParticipationEnded(errors=ended)


async def _where(ctx: Context, kind: ParticipantKind, drafts: Sequence[ParticipantDraft]) -> dict[str, str]:
    """The regions of the subjects that are there, by their keys: one statement."""
    keys: list[Any] = [getattr(draft, _SUBJECT[kind]) for draft in drafts]
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


def _misfit(
    contest: ContestRow,
    kind: ParticipantKind,
    draft: ParticipantDraft,
    number: int,
    key: str,
    region: str | None,
    others: Sequence[ContestParticipantRow],
) -> tuple[type[DomainError], FieldError] | None:
    pointer = f"/items/{number}/{_SUBJECT[kind]}"
    if region is None:
        return ParticipantUnfit, FieldError("reference.unknown", pointer)
    is_whole = kind is ParticipantKind.TOWNSHIP and region == contest.region_code
    if is_whole or not regions.contains(contest.region_code, region):
        return ParticipantUnfit, FieldError(
            "contest.region_outside", pointer, {"region_code": contest.region_code}
        )
    if kind is ParticipantKind.ENTERPRISE and draft.region_code not in {None, region}:
        return ParticipantElsewhere, FieldError(
            "contest.enterprise_elsewhere", f"/items/{number}/region_code", {"region_code": region}
        )
    at_once = [one for one in others if overlaps(draft.from_on, draft.to_on, one.from_on, one.to_on)]
    if any(one.subject_key == key for one in at_once):
        return ParticipantTwice, FieldError("contest.participant_twice", pointer)
    if kind is ParticipantKind.TOWNSHIP:
        nested = next((one for one in at_once if _nested(one.region_code, region)), None)
        if nested is not None:
            # Whatever lies in the smaller would count for both.
            return ParticipantElsewhere, FieldError(
                "contest.region_nested", pointer, {"region_code": nested.region_code}
            )
    return None


def _nested(one: str, other: str) -> bool:
    return regions.contains(one, other) or regions.contains(other, one)


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
