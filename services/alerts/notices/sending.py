"""The messages of a notice: written with the change that asks for them, sent by a worker of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from libs.common.context import Context
from libs.common.contracts.alerts import Severity
from libs.common.registry.queries import Person
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.domain.wording import NoticeWords, body, subject
from services.alerts.notices.tables import NoticeDeliveryRow, NoticeRow, ReceiptRow
from services.alerts.notices.wording import wording
from services.alerts.notifications.choosing import choose
from services.alerts.notifications.composing import envelope, short_message
from services.alerts.notifications.domain.kinds import Form, traits_of
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.reaching import Way, recipients_of


async def ways_of(ctx: Context, person: Person, region_code: str) -> tuple[Way, ...]:
    """By what a notice goes to its addressee: the ways of the least severity, so nobody is called for a document.

    A receipt is one person's own: no stand-in is told instead.
    """
    (recipient,) = await recipients_of(ctx, [person], "", with_stand_ins=False)
    if not recipient.ways:
        return ()
    return (await choose(ctx, recipient, Severity.BLUE, region_code)).ways


def write_deliveries(
    ctx: Context, links: NoticeLinks, notice: NoticeRow, receipt: ReceiptRow, ways: Sequence[Way], reason: str
) -> None:
    """One message a way; `reason` is sent, reminded or overdue."""
    url = links.url(receipt.id)
    for way in ways:
        words, texts = words_of(notice, way.language.value), wording(way.language.value)
        delivery_id, title = ctx.new_id(), subject(words, texts, reason)
        match traits_of(way.kind).form:
            case Form.ENVELOPE:
                data = _data(notice, receipt, url)
                written = envelope(ctx, way, f"notice.{reason}", data, identity=delivery_id)
            case Form.SMS:
                written = short_message(title, f" {url}", reason)
            case _:
                written = body(words, texts, reason, recipient=receipt.person_name, url=url)
        ctx.session.add(
            NoticeDeliveryRow(
                id=delivery_id,
                notice_id=notice.id,
                receipt_id=receipt.id,
                channel_id=way.channel_id,
                gateway_id=way.gateway_id,
                reason=reason,
                kind=way.kind,
                target=way.target,
                language=way.language.value,
                subject=title,
                body=written,
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


def _data(notice: NoticeRow, receipt: ReceiptRow, url: str) -> dict[str, Any]:
    return {
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
