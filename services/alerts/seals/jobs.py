"""Sealing on time."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.alerts.seals import service
from services.alerts.seals.keys import SealKey


class Sealer:
    """Seals what waits whenever the interval of the policy has passed."""

    def __init__(self, key: SealKey) -> None:
        self.key = key

    async def seal_due(self, ctx: Context, due_at: datetime) -> None:
        """A job; of occasions that were missed the latest is enough, it seals everything."""
        await service.seal_due(ctx, self.key)
