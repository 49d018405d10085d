"""Proof of receipt, as the alerts service's events tell it: who was sent a bulletin, read it, confirmed it."""

from __future__ import annotations

from typing import Final, TypeVar
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.notices import (
    NoticeCompletedV1,
    NoticeOverdueV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeState,
    NoticeWithdrawnV1,
)
from libs.common.contracts.projects.bulletins import BULLETIN_SOURCE
from services.projects.bulletins.repository import receipts as repository

NoticeStateT = TypeVar("NoticeStateT", bound=NoticeState)

_STATUS: Final[dict[type[NoticeState], str]] = {
    NoticeSentV1: "open",
    NoticeCompletedV1: "completed",
    NoticeWithdrawnV1: "withdrawn",
}


async def note_notice(ctx: Context, event: Event[NoticeStateT]) -> None:
    """Keep what a notice's event tells of a bulletin; notices of other papers are not ours."""
    payload = event.payload
    bulletin_id = _bulletin_of(payload)
    if bulletin_id is None:
        return
    row = await repository.notice_for(ctx.session, payload, bulletin_id, event.aggregate_version)
    status = _STATUS.get(type(payload))
    if status is not None and event.aggregate_version >= row.event_version:
        row.status = status
    row.event_version = max(row.event_version, event.aggregate_version)
    match payload:
        case NoticeSentV1():
            row.sent_at = event.time
            for one in payload.addressed:
                await repository.receipt_for(ctx.session, one.receipt_id, payload.notice_id, one.person_id)
        case NoticeReceiptedV1():
            await repository.note_receipt(ctx.session, payload)
        case NoticeOverdueV1():
            row.overdue_at = event.time
        case NoticeCompletedV1() | NoticeWithdrawnV1():
            row.ended_at = event.time
    await ctx.session.flush()


def _bulletin_of(payload: NoticeState) -> UUID | None:
    """Offices send notices of bulletins by hand too, under whatever name they like."""
    if payload.source_type != BULLETIN_SOURCE or payload.source_id is None:
        return None
    try:
        return UUID(payload.source_id)
    except ValueError:
        return None
