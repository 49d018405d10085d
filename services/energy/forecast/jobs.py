"""Forecasts that are due, and the judging of yesterday's."""

from __future__ import annotations

from datetime import datetime

from libs.common.context import Context
from services.energy.forecast.evaluating import evaluate_yesterday
from services.energy.forecast.issuing import issue_due
from services.energy.forecast.shortage import judge_all


async def issue_forecasts(ctx: Context, _due: datetime) -> None:
    """What is due and was not issued; a run takes some of it, the next ones the rest."""
    await issue_due(ctx)


async def evaluate_forecasts(ctx: Context, _due: datetime) -> None:
    """Every forecast of the days that ended last."""
    await evaluate_yesterday(ctx)


async def judge_shortages(ctx: Context, _due: datetime) -> None:
    """Forecast shortages whose day is over end, whether or not a newer forecast says so."""
    await judge_all(ctx)
