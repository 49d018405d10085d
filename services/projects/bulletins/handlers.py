"""What the alerts service tells of notices: the proof of receipt of bulletins."""

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.notices import (
    NoticeCompletedV1,
    NoticeOverdueV1,
    NoticeReceiptedV1,
    NoticeSentV1,
    NoticeWithdrawnV1,
)
from services.projects.bulletins.service.receipts import note_notice


async def on_notice_sent(ctx: Context, event: Event[NoticeSentV1]) -> None:
    await note_notice(ctx, event)


async def on_notice_receipted(ctx: Context, event: Event[NoticeReceiptedV1]) -> None:
    await note_notice(ctx, event)


async def on_notice_overdue(ctx: Context, event: Event[NoticeOverdueV1]) -> None:
    await note_notice(ctx, event)


async def on_notice_completed(ctx: Context, event: Event[NoticeCompletedV1]) -> None:
    await note_notice(ctx, event)


async def on_notice_withdrawn(ctx: Context, event: Event[NoticeWithdrawnV1]) -> None:
    await note_notice(ctx, event)
