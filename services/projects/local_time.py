"""The day in the offices' own time."""

from __future__ import annotations

from datetime import date

from libs.common.context import Context
from libs.common.workdays import SHANGHAI


def today_of(ctx: Context) -> date:
    """The local day of the transaction's instant."""
    return ctx.now.astimezone(SHANGHAI).date()
