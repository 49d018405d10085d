"""The ledger follows the seals, and is frozen when the year is over."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.alerts.accountability import repository, service
from services.alerts.seals import service as seals
from services.alerts.seals.keys import SealKey

YEAR_END = "年度终了自动定稿 / frozen at the end of the year"


class LedgerKeeper:
    """Holds the key: what the old year still has to seal is sealed before it is frozen."""

    def __init__(self, key: SealKey) -> None:
        self._key = key

    async def follow(self, ctx: Context, due_at: datetime) -> None:
        """A job: what was sealed since."""
        await service.follow(ctx)

    async def freeze(self, ctx: Context, due_at: datetime) -> None:
        """A job, early on 1 January: the first edition of the year before; once, however often it runs."""
        year = service.year_of(due_at) - 1
        if await repository.list_editions(ctx.session, year):
            return
        await seals.seal_all(ctx, self._key, wait=True)
        await service.freeze(ctx, year, YEAR_END)
