"""What time does to activations, and late values to their verifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from libs.common.context import Context
from services.energy.activations.service import correcting, course, tracking, verifying
from services.energy.metering.touched import TouchedDays


async def follow_activations(ctx: Context, _due: datetime) -> None:
    """Begin and end activations, follow those that run, and say who has not answered."""
    await course.advance(ctx)
    await tracking.track_running(ctx)
    await course.judge_running(ctx)


async def verify_activations(ctx: Context, _due: datetime) -> None:
    """Verify what has ended once its curves are there."""
    await verifying.verify_ended(ctx)


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Verify anew what rests on days that changed."""
    await correcting.follow_touched(ctx, touched)
