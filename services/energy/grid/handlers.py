"""Grid projects as the projects service tells them."""

from __future__ import annotations

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.projects import ProjectStageEnteredV1
from services.energy.grid.service import works


async def on_stage_entered(ctx: Context, event: Event[ProjectStageEnteredV1]) -> None:
    """A grid project that reaches production adds its capacity; one that goes back takes it along."""
    await works.take_stage(ctx, event)
