"""Jobs of logouts."""

from datetime import datetime

from libs.common.context import Context
from services.projects.identity.real_time import real_now
from services.projects.logouts import repository


async def forget_old_logouts(ctx: Context, _due: datetime) -> None:
    """Delete used logout tokens that have run out, and ended sign-ins none of whose tokens can live any more."""
    await repository.forget(ctx.session, real_now())
