"""Papers of other services that are sent as notices."""

from __future__ import annotations

from typing import Any

import structlog

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.projects.bulletins import BULLETIN_SOURCE, BulletinPublishedV1
from services.alerts.notices import repository, service
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notices.errors import RecipientsUnknown
from services.alerts.notices.service import Addressee

log = structlog.get_logger(__name__)

# A working day between reminders, in minutes of working time.
_REMIND_AFTER = 480


class BulletinSender:
    """Sends published bulletins to whom they name; every recipient confirms by a link of ``links``."""

    def __init__(self, links: NoticeLinks) -> None:
        self._links = links

    async def on_bulletin_published(self, ctx: Context, event: Event[BulletinPublishedV1]) -> None:
        """Send the notice, once; of the edition that it replaces nobody is asked any more.

        Recipients that the registry's copy does not know are left out, and said to be.
        """
        payload = event.payload
        if await repository.notices_of_source(ctx.session, BULLETIN_SOURCE, str(payload.bulletin_id)):
            return
        if payload.corrects_id is not None:
            await self._withdraw(ctx, payload)
        addressees = [Addressee(**one.model_dump()) for one in payload.recipients]
        try:
            await service.send_notice(ctx, self._links, _facts(ctx, event), addressees, some_may_be_unknown=True)
        except RecipientsUnknown as unknown:
            bulletin_id = str(payload.bulletin_id)
            log.error("notices.bulletin_without_recipients", bulletin_id=bulletin_id, **unknown.params)

    async def _withdraw(self, ctx: Context, payload: BulletinPublishedV1) -> None:
        for notice in await repository.notices_of_source(ctx.session, BULLETIN_SOURCE, str(payload.corrects_id)):
            if notice.status == "open":
                await service.withdraw(ctx, notice.id, f"{payload.document_number}: {payload.reason}")


def _facts(ctx: Context, event: Event[BulletinPublishedV1]) -> dict[str, Any]:
    payload = event.payload
    corrected_zh = f"本通报为更正版（第{payload.edition}版）：{payload.reason}。" if payload.edition > 1 else ""
    corrected_en = f" Edition {payload.edition}, corrected: {payload.reason}." if payload.edition > 1 else ""
    return {
        "title_zh": f"{payload.document_number} {payload.title_zh}",
        "title_en": f"{payload.document_number} {payload.title_en}",
        "text_zh": f"{payload.title_zh}已印发。{corrected_zh}请阅后确认签收。",
        "text_en": f"{payload.title_en} has been issued.{corrected_en} Please read it and confirm its receipt.",
        "link": payload.link,
        "source_type": BULLETIN_SOURCE,
        "source_id": str(payload.bulletin_id),
        "region_code": event.region_code,
        "needs_confirmation": True,
        # Told after its deadline, nobody is late for it.
        "confirm_by": payload.confirm_by if payload.confirm_by > ctx.now else None,
        "remind_working_minutes": _REMIND_AFTER,
    }
