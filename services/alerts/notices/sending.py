"""The messages of a notice: written with the change that asks for them, sent by a worker of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from libs.common.context import Context
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.domain.wording import NoticeWords, body, subject
from services.alerts.notices.tables import NoticeDeliveryRow, NoticeRow, ReceiptRow
from services.alerts.notices.wording import wording
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.service import Way


def write_deliveries(
    ctx: Context, links: NoticeLinks, notice: NoticeRow, receipt: ReceiptRow, ways: Sequence[Way], reason: str
) -> None:
    """One message a way; `reason` is sent, reminded or overdue."""
    for way in ways:
        words, texts = words_of(notice, way.language.value), wording(way.language.value)
        url = links.url(receipt.id)
        ctx.session.add(
            NoticeDeliveryRow(
                id=ctx.new_id(),
                notice_id=notice.id,
                receipt_id=receipt.id,
                channel_id=way.channel_id,
                reason=reason,
                kind=way.kind,
                target=way.target,
                language=way.language.value,
                subject=subject(words, texts, reason),
                body=_webhook_body(ctx, notice, receipt, reason, url)
                if way.kind == "webhook"
                else body(words, texts, reason, recipient=receipt.person_name, url=url),
                created_at=ctx.now,
            )
        )


def words_of(notice: NoticeRow, language: str) -> NoticeWords:
    is_zh = language == Language.ZH_CN.value
    return NoticeWords(
        title=notice.title_zh if is_zh else notice.title_en,
        text=notice.text_zh if is_zh else notice.text_en,
        link=notice.link,
        needs_confirmation=notice.needs_confirmation,
        confirm_by=notice.confirm_by,
    )


def _webhook_body(ctx: Context, notice: NoticeRow, receipt: ReceiptRow, reason: str, url: str) -> str:
    """Standard Webhooks: ``type`` (notice.sent, …), ``timestamp`` (the stack's time), ``data``."""
    data = {
        "notice_id": str(notice.id),
        "receipt_id": str(receipt.id),
        "person_id": str(receipt.person_id),
        "title_zh": notice.title_zh,
        "title_en": notice.title_en,
        "text_zh": notice.text_zh,
        "text_en": notice.text_en,
        "source_type": notice.source_type,
        "source_id": notice.source_id,
        "needs_confirmation": notice.needs_confirmation,
        "confirm_by": None if notice.confirm_by is None else notice.confirm_by.isoformat(),
        "url": url,
    }
    envelope = {"type": f"notice.{reason}", "timestamp": ctx.now.isoformat(), "data": data}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
