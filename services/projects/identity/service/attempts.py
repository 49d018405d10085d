"""Attempts at a password, wherever it is asked for."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.identity import repository
from services.projects.identity.domain.lockout import LockoutPolicy, attempt
from services.projects.identity.real_time import real_now


async def count_attempt(session: AsyncSession, username: str, policy: LockoutPolicy | None = None) -> int | None:
    """Count an attempt under a name; None if it is admitted, otherwise the seconds until another would be.

    ``policy``: that of signing in by password unless another is given.
    """
    policy = policy or (await repository.sign_in_policy(session)).lockout
    now = real_now()
    attempts, admitted = attempt(await repository.lock_attempts(session, username), policy, now)
    await repository.store_attempts(session, username, attempts)
    if admitted:
        return None
    wait = 0 if attempts.locked_until is None else (attempts.locked_until - now).total_seconds()
    return max(1, round(wait))
