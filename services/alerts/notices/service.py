"""Sending notices and recording what becomes known of their receipt. Who changes a receipt locks its notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.notices import (
    Addressed,
    NoticeCompletedV1,
    NoticeOverdueV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeState,
    NoticeWithdrawnV1,
    ReceiptState,
)
from libs.common.outbox.record import record_event
from libs.common.registry.queries import Person, person_by_id, persons_with_post, work_calendar
from libs.common.security.principal import Principal
from libs.common.security.scope import ensure_region, reaches_region
from services.alerts.escalation.domain.ladder import ClockMode, due_after
from services.alerts.escalation.domain.spans import Span
from services.alerts.notices import queue, repository, sending
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.errors import (
    DeadlineInPast,
    LinkRefused,
    NoticeEnded,
    NoticeNotFound,
    RecipientsUnknown,
)
from services.alerts.notices.tables import NoticeRow, ReceiptRow
from services.alerts.trail.service import actor_of

BY_LINK = "link"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who is meant: one person, a unit's people, the holders of a post for a region, or a region's people."""

    person_id: UUID | None = None
    unit_id: UUID | None = None
    post: str | None = None
    region_code: str | None = None
    include_below: bool = False

    def __str__(self) -> str:
        named = (self.person_id, self.unit_id, self.post, self.region_code)
        return "/".join(str(part) for part in named if part is not None)


async def send_notice(
    ctx: Context,
    links: NoticeLinks,
    facts: dict[str, Any],
    addressees: list[Addressee],
    *,
    some_may_be_unknown: bool = False,
) -> NoticeRow:
    """Send a notice to everybody the addressees name, each person once.

    Addressees that are nobody are refused, or left out as long as somebody is left.
    Raises RecipientsUnknown, DeadlineInPast, and NotFound for a region that is not the caller's.
    """
    ensure_region(ctx.principal, facts["region_code"])
    if facts["confirm_by"] is not None and facts["confirm_by"] <= ctx.now:
        raise DeadlineInPast(confirm_by=facts["confirm_by"])
    people = await _people(ctx, addressees, some_may_be_unknown=some_may_be_unknown)
    notice = NoticeRow(
        **{**facts, "id": ctx.new_id(), "recipients": len(people), "created_by": actor_of(ctx.principal)},
        created_at=ctx.now,
    )
    ctx.session.add(notice)
    await ctx.session.flush()
    reminder = await _next_reminder(ctx, notice) if notice.needs_confirmation else None
    addressed = []
    for person in people:
        ways = await sending.ways_of(ctx, person, notice.region_code)
        receipt = ReceiptRow(
            id=ctx.new_id(),
            notice_id=notice.id,
            person_id=person.person_id,
            person_name=person.name,
            unit_id=person.unit_id,
            region_code=person.region_code,
            post=person.post,
            ways=len(ways),
            failed_at=None if ways else ctx.now,
            next_reminder_at=reminder,
        )
        ctx.session.add(receipt)
        await ctx.session.flush()
        sending.write_deliveries(ctx, links, notice, receipt, ways, "sent")
        addressed.append(Addressed(receipt_id=receipt.id, person_id=person.person_id))
    await _publish(ctx, notice, NoticeSentV1(**_state(notice), addressed=tuple(addressed)))
    return notice


async def note_delivered(ctx: Context, receipt_id: UUID) -> None:
    """Something arrived at the recipient's address."""
    await _note(ctx, receipt_id, ReceiptState.DELIVERED, None)


async def note_failed(ctx: Context, receipt_id: UUID) -> None:
    """Nothing could be delivered by any way."""
    if not await queue.has_others(ctx.session, receipt_id):
        await _note(ctx, receipt_id, ReceiptState.FAILED, None)


async def note_by_link(
    ctx: Context, links: NoticeLinks, token: str, state: ReceiptState
) -> tuple[NoticeRow, ReceiptRow]:
    """Whoever holds the link has opened the document or confirmed. Raises LinkRefused, NoticeEnded."""
    notice, receipt = await by_link(ctx, links, token)
    await _note(ctx, receipt.id, state, BY_LINK, must_be_open=True)
    return notice, receipt


async def note_own(ctx: Context, notice_id: UUID, state: ReceiptState) -> ReceiptRow:
    """The caller has read or confirmed a notice addressed to the caller. Raises NoticeNotFound, NoticeEnded."""
    person_id = ctx.principal.person_id
    receipt = None if person_id is None else await repository.receipt_of_person(ctx.session, notice_id, person_id)
    if receipt is None:
        raise NoticeNotFound
    return await _note(ctx, receipt.id, state, actor_of(ctx.principal), must_be_open=True)


async def by_link(ctx: Context, links: NoticeLinks, token: str) -> tuple[NoticeRow, ReceiptRow]:
    """What a link is about. Raises LinkRefused."""
    receipt_id = links.receipt_of(token)
    receipt = None if receipt_id is None else await repository.find_receipt(ctx.session, receipt_id)
    notice = None if receipt is None else await ctx.session.get(NoticeRow, receipt.notice_id)
    if receipt is None or notice is None:
        raise LinkRefused
    return notice, receipt


async def withdraw(ctx: Context, notice_id: UUID, reason: str) -> NoticeRow:
    """Ask nothing more of anybody. Raises NoticeNotFound, NoticeEnded."""
    if await repository.find_visible(ctx.session, ctx.principal, notice_id) is None:
        raise NoticeNotFound
    notice = await repository.lock(ctx.session, notice_id)
    assert notice is not None
    if notice.status == "withdrawn":
        raise NoticeEnded
    notice.status, notice.ended_at, notice.withdrawn_reason = "withdrawn", ctx.now, reason
    await queue.stop(ctx.session, notice.id, ctx.now, "withdrawn")
    await _publish(ctx, notice, NoticeWithdrawnV1(**_state(notice), reason=reason))
    return notice


async def remind_due(ctx: Context, links: NoticeLinks, *, limit: int = 200) -> int:
    """Remind whoever has not confirmed and whose reminder is due; returns how many were reminded."""
    receipts = await repository.due_reminders(ctx.session, ctx.now, limit)
    for receipt in receipts:
        notice = await repository.lock(ctx.session, receipt.notice_id)
        assert notice is not None
        person = await person_by_id(ctx.session, receipt.person_id)
        ways = () if person is None else await sending.ways_of(ctx, person, notice.region_code)
        is_late = notice.confirm_by is not None and notice.confirm_by <= ctx.now
        sending.write_deliveries(ctx, links, notice, receipt, ways, "overdue" if is_late else "reminded")
        receipt.reminders += 1
        receipt.ways = len(ways)
        receipt.next_reminder_at = await _next_reminder(ctx, notice)
        await ctx.session.flush()
    return len(receipts)


async def tell_overdue(ctx: Context, *, limit: int = 200) -> int:
    """Say of each notice once that its deadline has passed; returns how many."""
    notices = await repository.newly_overdue(ctx.session, ctx.now, limit)
    for notice in notices:
        notice.overdue_at = ctx.now
        _, _, _, confirmed = (await repository.counts(ctx.session, [notice.id])).get(notice.id, (0, 0, 0, 0))
        await _publish(ctx, notice, NoticeOverdueV1(**_state(notice), unconfirmed=notice.recipients - confirmed))
    return len(notices)


async def _note(
    ctx: Context, receipt_id: UUID, state: ReceiptState, by: str | None, *, must_be_open: bool = False
) -> ReceiptRow:
    """Record what is new of a receipt, once; a confirmation is a reading as well."""
    receipt = await repository.find_receipt(ctx.session, receipt_id)
    assert receipt is not None
    notice = await repository.lock(ctx.session, receipt.notice_id)
    assert notice is not None
    await ctx.session.refresh(receipt)
    if must_be_open and notice.status == "withdrawn":
        raise NoticeEnded
    news = [state]
    if state is ReceiptState.CONFIRMED and receipt.read_at is None:
        news = [ReceiptState.READ, state]
    for each in news:
        if getattr(receipt, f"{each.value}_at") is not None:
            continue
        setattr(receipt, f"{each.value}_at", ctx.now)
        if each in {ReceiptState.READ, ReceiptState.CONFIRMED}:
            setattr(receipt, f"{each.value}_by", by)
        if each is ReceiptState.CONFIRMED:
            receipt.next_reminder_at = None
        await ctx.session.flush()
        event = NoticeReceiptedV1(
            **_state(notice), receipt_id=receipt.id, person_id=receipt.person_id, state=each, at=ctx.now, by=by
        )
        await _publish(ctx, notice, event)
    if state is ReceiptState.CONFIRMED:
        await _complete(ctx, notice)
    return receipt


async def _complete(ctx: Context, notice: NoticeRow) -> None:
    _, _, _, confirmed = (await repository.counts(ctx.session, [notice.id]))[notice.id]
    if notice.status == "open" and confirmed == notice.recipients:
        notice.status, notice.ended_at = "completed", ctx.now
        await _publish(ctx, notice, NoticeCompletedV1(**_state(notice)))


async def _next_reminder(ctx: Context, notice: NoticeRow) -> datetime:
    """In working time: nobody is reminded of a paper at night."""
    calendar = await work_calendar(ctx.session)
    return due_after(calendar, ClockMode.WORKING, ctx.now, Span(notice.remind_working_minutes)).at


async def _people(ctx: Context, addressees: list[Addressee], *, some_may_be_unknown: bool) -> list[Person]:
    found: dict[UUID, Person] = {}
    unknown = []
    for addressee in addressees:
        people = [
            person
            for person in await _people_of(ctx, addressee)
            if _may_be_told(ctx.principal, person.region_code)
        ]
        if not people:
            unknown.append(str(addressee))
        found.update({person.person_id: person for person in people})
    if unknown and some_may_be_unknown and found:
        log.warning("notices.recipients_unknown", recipients=unknown)
    elif unknown:
        raise RecipientsUnknown(recipients=", ".join(unknown))
    return sorted(found.values(), key=lambda person: (person.region_code, person.name, person.person_id))


async def _people_of(ctx: Context, addressee: Addressee) -> list[Person]:
    session = ctx.session
    try:
        if addressee.person_id is not None:
            person = await person_by_id(session, addressee.person_id)
            return [] if person is None else [person]
        if addressee.unit_id is not None:
            return await repository.persons_of_unit(session, addressee.unit_id)
        code = addressee.region_code or ""
        if addressee.post is not None:
            return await persons_with_post(session, code, addressee.post)
        return await repository.persons_in_region(session, code, below=addressee.include_below)
    except regions.InvalidRegionCode:
        return []


def _may_be_told(principal: Principal, region_code: str) -> bool:
    """Papers go down to the caller's regions and up to those above it, not across."""
    if reaches_region(principal, region_code):
        return True
    own = principal.region_code
    return own is not None and region_code in regions.ancestors(own)


def _state(notice: NoticeRow) -> dict[str, Any]:
    return {
        "notice_id": notice.id,
        "source_type": notice.source_type,
        "source_id": notice.source_id,
        "title_zh": notice.title_zh,
        "title_en": notice.title_en,
        "recipients": notice.recipients,
        "needs_confirmation": notice.needs_confirmation,
        "confirm_by": notice.confirm_by,
    }


async def _publish(ctx: Context, notice: NoticeRow, payload: NoticeState) -> None:
    notice.version += 1
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(notice.id),
        aggregate_version=notice.version,
        region_code=notice.region_code,
    )
