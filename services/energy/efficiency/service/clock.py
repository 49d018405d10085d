"""The office's day of a transaction."""

from datetime import date

from libs.common.context import Context
from libs.common.local_time import today_of
from services.energy.efficiency.domain.months import first_of, shifted


def last_month_over(ctx: Context) -> date:
    """The newest month that is over."""
    return shifted(first_of(today_of(ctx)), -1)
