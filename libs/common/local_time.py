"""The day in the offices' own time."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from libs.common.context import Context
from libs.common.workdays import SHANGHAI


def today_of(ctx: Context) -> date:
    """The local day of the transaction's instant."""
    return _day_of(ctx.now)


@lru_cache(maxsize=64)
def _day_of(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()
