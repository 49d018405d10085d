"""Who stands in (代理) for somebody out of reach. The duty rosters answer it; until they are asked, nobody does.

Notifications stand below whoever keeps rosters, so the question goes through this seam, given once in
``bootstrap``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import Person


class StandIns(Protocol):
    """``rosters.service.stand_in_of``: the person who answers in somebody's place at an instant, None if
    nobody.
    """

    async def __call__(self, ctx: Context, person_id: UUID, at: datetime) -> Person | None: ...


async def nobody(ctx: Context, person_id: UUID, at: datetime) -> Person | None:
    return None


class Seam:
    """Holds who is asked."""

    def __init__(self) -> None:
        self.ask: StandIns = nobody


STAND_INS = Seam()

# A stands in for B, B for C: somebody has to be there in the end.
LONGEST_CHAIN = 5
