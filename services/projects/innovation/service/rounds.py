"""Award rounds: opened, reviewed by figures, shown to the public, decided and frozen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import HonourPlace, HonourRoundAdvancedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.innovation.domain.honours import (
    HONOUR,
    Criterion,
    HonourKind,
    NominationStatus,
    RoundStatus,
    demand_round,
    demand_sound,
)
from services.projects.innovation.errors import (
    NoticeListMalformed,
    RoundCodeTaken,
)
from services.projects.innovation.repository import honours as repository
from services.projects.innovation.tables import HonourRoundRow
from services.projects.lists.domain.facts import check
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.registry.service.work_calendar import load_calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDraft:
    code: str
    name: str
    kind: HonourKind
    year: int
    region_code: str
    places: int
    condition: str
    criteria: tuple[Criterion, ...]
    figures_month: date
    opens_on: date
    nominations_until: date
    notice_days: int
    basis: str


async def open_round(ctx: Context, draft: RoundDraft) -> HonourRoundRow:
    """Raises RoundCodeTaken, RoundMalformed, ConditionMalformed, UnknownRegion, NotFound."""
    await demand_region(ctx, draft.region_code)
    await lock_key(ctx.session, "honour_round", draft.code)
    if await repository.round_by_code(ctx.session, draft.code) is not None:
        raise RoundCodeTaken(round_code=draft.code, errors=[FieldError("entry.exists", "/code")])
    _demand_sound(draft.condition, draft.criteria, draft.opens_on, draft.nominations_until)
    facts = {name: getattr(draft, name) for name in RoundDraft.__dataclass_fields__}
    row = HonourRoundRow(
        id=ctx.new_id(),
        status=RoundStatus.NOMINATING.value,
        edition=0,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
        **facts | {"kind": draft.kind.value, "criteria": repository.stored_criteria(draft.criteria)},
    )
    ctx.session.add(row)
    return await store_round(ctx, row, "opened")


async def amend_round(ctx: Context, row: HonourRoundRow, facts: Mapping[str, Any]) -> HonourRoundRow:
    """Change a locked round while nominations come in.

    Raises RoundStepRefused, RoundMalformed, ConditionMalformed.
    """
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING)
    changes = dict(facts)
    if "criteria" in changes:
        changes["criteria"] = repository.stored_criteria(changes["criteria"])
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changes:
        return row
    for name, value in changes.items():
        setattr(row, name, value)
    _demand_sound(row.condition, repository.criteria_of(row.criteria), row.opens_on, row.nominations_until)
    return await store_round(ctx, row, "amended")


def _demand_sound(condition: str, criteria: tuple[Criterion, ...], opens_on: date, closes_on: date) -> None:
    check(condition, HONOUR, "/condition")
    demand_sound(criteria, opens_on=opens_on, closes_on=closes_on)


async def read_round(ctx: Context, round_id: UUID) -> HonourRoundRow:
    """Raises NotFound."""
    row = await repository.find_round(ctx.session, round_id)
    if row is None or not await repository.may_see_round(ctx.session, ctx.principal, round_id):
        raise NotFound
    return row


async def lock_round(ctx: Context, round_id: UUID) -> HonourRoundRow:
    """The round, locked, to be led on. Raises NotFound outside of the caller's subtree."""
    row = await repository.find_round(ctx.session, round_id, lock=True)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def give_notice(ctx: Context, row: HonourRoundRow, nomination_ids: Collection[UUID]) -> HonourRoundRow:
    """Show who is to be honoured for the days of notice; the first day is today.

    Raises RoundStepRefused, NoticeListMalformed, UnknownCalendarYear.
    """
    demand_round(RoundStatus(row.status), RoundStatus.REVIEWED)
    found = {nomination.id: nomination for nomination, _ in await repository.nominations_of(ctx.session, row.id)}
    faults = [
        FieldError("honour.not_eligible", f"/nomination_ids/{index}")
        for index, key in enumerate(nomination_ids)
        if key not in found or found[key].status != NominationStatus.ELIGIBLE.value
    ]
    if len(set(nomination_ids)) > row.places:
        faults.append(FieldError("honour.too_many", "/nomination_ids", {"places": row.places}))
    if faults:
        raise NoticeListMalformed(errors=faults)
    today, calendar = today_of(ctx), await load_calendar(ctx.session)
    row.notice_from, row.notice_until = today, calendar.add_working_days(today, row.notice_days)
    row.status = RoundStatus.IN_NOTICE.value
    for key in nomination_ids:
        found[key].status = NominationStatus.IN_NOTICE.value
        found[key].advance(ctx.now)
    await ctx.session.flush()
    return await store_round(ctx, row, "noticed")


async def cancel_round(ctx: Context, row: HonourRoundRow, reason: str) -> HonourRoundRow:
    """Raises RoundStepRefused once it is decided."""
    demand_round(RoundStatus(row.status), RoundStatus.NOMINATING, RoundStatus.REVIEWED, RoundStatus.IN_NOTICE)
    row.status, row.cancelled_reason = RoundStatus.CANCELLED.value, reason
    return await store_round(ctx, row, "cancelled", reason)


async def store_round(ctx: Context, row: HonourRoundRow, action: str, reason: str = "") -> HonourRoundRow:
    """The next version of a round, and its event."""
    row.advance(ctx.now)
    await ctx.session.flush()
    wanted = {
        RoundStatus.IN_NOTICE.value: NominationStatus.IN_NOTICE.value,
        RoundStatus.DECIDED.value: NominationStatus.AWARDED.value,
    }.get(row.status)
    found = [] if wanted is None else await repository.nominations_of(ctx.session, row.id)
    payload = HonourRoundAdvancedV1(
        round_id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        year=row.year,
        action=action,
        status=row.status,
        edition=row.edition,
        notice_from=row.notice_from,
        notice_until=row.notice_until,
        decided_on=row.decided_on,
        honoured=tuple(
            HonourPlace(
                nomination_id=nomination.id,
                enterprise_id=nomination.enterprise_id,
                nominee_name=nomination.nominee_name,
                place=nomination.place,
            )
            for nomination, _ in found
            if nomination.status == wanted
        ),
        reason=reason,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )
    return row
