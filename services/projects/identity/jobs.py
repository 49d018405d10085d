"""Jobs of identity."""

from datetime import datetime, timedelta

from libs.common.context import Context
from services.projects.identity import repository, session_repository
from services.projects.identity.real_time import real_now
from services.projects.identity.refusal_repository import forget_refusals

# Longer than any window and lock that makes sense, so that nobody is unlocked by forgetting.
_KEPT_FOR = timedelta(days=7)
# Long enough to see where an account was used last.
_SESSIONS_KEPT_FOR = timedelta(days=90)


async def forget_old_attempts(ctx: Context, _due: datetime) -> None:
    """Delete sign-in attempts that count no more: anybody can make rows here by guessing names."""
    await repository.forget_attempts(ctx.session, before=real_now() - _KEPT_FOR)
    await repository.forget_addresses(ctx.session, before=real_now() - _KEPT_FOR)
    await forget_refusals(ctx.session, before=real_now() - _KEPT_FOR)
    known = (await repository.sign_in_policy(ctx.session)).places_known
    await repository.forget_places(ctx.session, before=real_now() - max(known, _KEPT_FOR))


async def forget_old_sessions(ctx: Context, _due: datetime) -> None:
    """Delete sign-ins that ran out long ago; that they took place stays in the audit record."""
    await session_repository.forget_sessions(ctx.session, before=real_now() - _SESSIONS_KEPT_FOR)
