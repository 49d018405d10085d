"""Swapping shifts (换班): one side proposes, the other agrees; what was planned stays below and readable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import Role
from services.alerts.rosters import planning, repository
from services.alerts.rosters.domain import schedule
from services.alerts.rosters.domain.schedule import DutyRole, Layer
from services.alerts.rosters.errors import (
    BothRoles,
    NotOnDuty,
    RosterNotFound,
    SpanNotOrdered,
    SpanPast,
    SwapNotFound,
    SwapNotYours,
    SwapSettled,
    SwapWithSelf,
    UnknownPerson,
)
from services.alerts.rosters.service import shifts_of
from services.alerts.rosters.tables import AssignmentRow, RosterRow, SwapRow
from services.alerts.trail.service import actor_of

# They keep the roster: they may propose and answer for others.
KEEPERS = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.LEADER})


@dataclass(frozen=True, slots=True)
class Span:
    starts_at: datetime
    ends_at: datetime


async def propose_swap(
    ctx: Context,
    roster_code: str,
    *,
    role: DutyRole,
    giver: UUID,
    taker: UUID,
    gives: Span,
    takes: Span | None,
    reason: str,
) -> SwapRow:
    """Offer a time of one's own to somebody, perhaps for one of theirs; nothing changes before they agree.

    Raises RosterNotFound, SwapNotYours, SwapWithSelf, UnknownPerson, SpanNotOrdered, SpanPast, NotOnDuty,
    BothRoles.
    """
    roster = await planning.get_roster(ctx, roster_code, lock=True)
    if not _may(ctx, giver):
        raise SwapNotYours
    if giver == taker:
        raise SwapWithSelf
    known = await repository.people(ctx.session, {giver, taker})
    for person in (giver, taker):
        if person not in known:
            raise UnknownPerson(person_id=person)
    row = SwapRow(
        id=ctx.new_id(),
        roster_id=roster.id,
        role=role.value,
        giver_id=giver,
        taker_id=taker,
        gives_from=gives.starts_at,
        gives_until=gives.ends_at,
        takes_from=None if takes is None else takes.starts_at,
        takes_until=None if takes is None else takes.ends_at,
        reason=reason,
        proposed_by=actor_of(ctx.principal),
        proposed_at=ctx.now,
    )
    for span in _spans(row):
        if span.ends_at <= span.starts_at:
            raise SpanNotOrdered(starts_at=span.starts_at, ends_at=span.ends_at)
    await _demand_possible(ctx, roster, row)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def accept_swap(ctx: Context, swap_id: UUID, note: str | None) -> SwapRow:
    """The other side agrees: both times change hands. Raises SwapNotFound, SwapSettled, SwapNotYours, SpanPast,
    NotOnDuty when the roster changed meanwhile."""
    roster, row = await _locked(ctx, swap_id)
    if not _may(ctx, row.taker_id):
        raise SwapNotYours
    await _demand_possible(ctx, roster, row)
    _settle(ctx, row, "accepted", note)
    given = [(Span(row.gives_from, row.gives_until), row.taker_id)]
    if row.takes_from is not None and row.takes_until is not None:
        given.append((Span(row.takes_from, row.takes_until), row.giver_id))
    for span, person in given:
        ctx.session.add(
            AssignmentRow(
                id=ctx.new_id(),
                roster_id=roster.id,
                layer=Layer.SWAP.value,
                role=row.role,
                person_id=person,
                starts_at=span.starts_at,
                ends_at=span.ends_at,
                swap_id=row.id,
                reason=row.reason,
                made_by=actor_of(ctx.principal),
                made_at=ctx.now,
            )
        )
    roster.version += 1
    await ctx.session.flush()
    return row


async def refuse_swap(ctx: Context, swap_id: UUID, note: str | None) -> SwapRow:
    """The other side does not agree. Raises SwapNotFound, SwapSettled, SwapNotYours."""
    _, row = await _locked(ctx, swap_id)
    if not _may(ctx, row.taker_id):
        raise SwapNotYours
    _settle(ctx, row, "refused", note)
    await ctx.session.flush()
    return row


async def withdraw_swap(ctx: Context, swap_id: UUID, note: str | None) -> SwapRow:
    """Who proposed it takes it back. Raises SwapNotFound, SwapSettled, SwapNotYours."""
    _, row = await _locked(ctx, swap_id)
    if not _may(ctx, row.giver_id):
        raise SwapNotYours
    _settle(ctx, row, "withdrawn", note)
    await ctx.session.flush()
    return row


async def get_swap(ctx: Context, swap_id: UUID) -> tuple[RosterRow, SwapRow]:
    """Raises SwapNotFound."""
    row = await repository.find_swap(ctx.session, ctx.principal, swap_id)
    if row is None:
        raise SwapNotFound
    roster = await repository.roster_by_id(ctx.session, row.roster_id)
    if roster is None:
        raise RosterNotFound(roster_code="")
    return roster, row


async def _locked(ctx: Context, swap_id: UUID) -> tuple[RosterRow, SwapRow]:
    roster, row = await get_swap(ctx, swap_id)
    await repository.roster_by_id(ctx.session, roster.id, lock=True)
    # The roster's lock orders all who answer; what was read before it may be old.
    await ctx.session.refresh(row)
    if row.state != "proposed":
        raise SwapSettled(state=row.state)
    return roster, row


async def _demand_possible(ctx: Context, roster: RosterRow, row: SwapRow) -> None:
    role = DutyRole(row.role)
    other = DutyRole.BACKUP if role is DutyRole.PRIMARY else DutyRole.PRIMARY
    sides = zip(_spans(row), ((row.giver_id, row.taker_id), (row.taker_id, row.giver_id)), strict=False)
    for span, (holder, receiver) in sides:
        if span.starts_at < ctx.now:
            raise SpanPast(ends_at=span.starts_at)
        shifts = await shifts_of(ctx, roster, span.starts_at, span.ends_at)
        if not schedule.holds(shifts, holder, role):
            raise NotOnDuty(person_id=holder, starts_at=span.starts_at, ends_at=span.ends_at)
        if any((each.backup if other is DutyRole.BACKUP else each.primary).person == receiver for each in shifts):
            raise BothRoles(person_id=receiver)


def _spans(row: SwapRow) -> list[Span]:
    spans = [Span(row.gives_from, row.gives_until)]
    if row.takes_from is not None and row.takes_until is not None:
        spans.append(Span(row.takes_from, row.takes_until))
    return spans


def _may(ctx: Context, person: UUID) -> bool:
    return ctx.principal.role in KEEPERS or ctx.principal.person_id == person


def _settle(ctx: Context, row: SwapRow, state: str, note: str | None) -> None:
    row.state, row.version, row.answer_note = state, row.version + 1, note
    row.answered_by, row.answered_at = actor_of(ctx.principal), ctx.now
