"""Jobs of platforms."""

from datetime import datetime

from libs.common.context import Context
from services.projects.identity.real_time import real_now
from services.projects.platforms import repository


async def forget_old_tickets(ctx: Context, _due: datetime) -> None:
    """Delete tickets that nobody used in time."""
    await repository.forget_tickets(ctx.session, before=real_now())
