"""Jobs of the watch."""

from datetime import datetime

from libs.common.context import Context
from libs.common.security.audit_watch import look_at_chain
from services.projects.watch.service import settle_chain, settle_refusals, settle_sign_ins


async def check_sign_ins(ctx: Context, _due: datetime) -> None:
    """Whether somebody tries passwords, or what is not theirs, at this moment."""
    await settle_sign_ins(ctx)
    await settle_refusals(ctx)


async def check_audit_chain(ctx: Context, _due: datetime) -> None:
    """The nightly look at the whole audit chain."""
    await settle_chain(ctx, await look_at_chain(ctx.session))
