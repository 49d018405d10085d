"""Forecasts that are due, the judging of yesterday's, and the end of what was foreseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from libs.common.context import Context
from services.energy.balance.forecasts import GenerationOf, no_generation
from services.energy.forecast.evaluating import evaluate_yesterday
from services.energy.forecast.issuing import issue_due
from services.energy.forecast.shortage import judge_all

_Run = Callable[[Context, datetime], Awaitable[None]]


def issue_forecasts(generation: GenerationOf = no_generation) -> _Run:
    """The job: what is due and was not issued; a run takes some of it, the next ones the rest."""

    async def run(ctx: Context, _due: datetime) -> None:
        await issue_due(ctx, generation)

    return run


async def evaluate_forecasts(ctx: Context, _due: datetime) -> None:
    """Every forecast of the days that ended last."""
    await evaluate_yesterday(ctx)


def judge_shortages(generation: GenerationOf = no_generation) -> _Run:
    """The job: what was foreseen ends with its time or with more supply, also without a newer forecast."""

    async def run(ctx: Context, _due: datetime) -> None:
        await judge_all(ctx, generation)

    return run
