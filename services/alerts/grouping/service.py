"""Groups of alerts: placing what has changed, flushing what is due, looking at all anew when a tree changes."""

from __future__ import annotations

from libs.common.context import Context
from services.alerts.grouping import repository
from services.alerts.grouping.flushing import flush_due
from services.alerts.grouping.placing import place, place_changed
from services.alerts.routing import changes

__all__ = ["flush_due", "place", "place_changed", "tree_changed"]


async def tree_changed(ctx: Context, region_code: str) -> None:
    """A new tree is in force: groups are flushed, and what is live finds its place anew."""
    await changes.note_all_live(ctx)
    await repository.flush_soon(ctx.session, region_code, ctx.now)
