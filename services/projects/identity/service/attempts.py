"""Attempts at a password, wherever it is asked for."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.identity import repository
from services.projects.identity.domain.lockout import Attempts, LockoutPolicy, attempt, without_one
from services.projects.identity.real_time import real_now


async def count_attempt(session: AsyncSession, username: str, policy: LockoutPolicy | None = None) -> int | None:
    """Count an attempt under a name; None if it is admitted, otherwise the seconds until another would be.

    ``policy``: that of signing in by password unless another is given.
    """
    policy = policy or (await repository.sign_in_policy(session)).lockout
    now = real_now()
    attempts, admitted = attempt(await repository.lock_attempts(session, username), policy, now)
    await repository.store_attempts(session, username, attempts)
    return None if admitted else _wait(attempts, now)


async def count_address(session: AsyncSession, address: str) -> int | None:
    """Count an attempt from an address, whatever the name; answers as :func:`count_attempt`.

    One password tried at many names locks no name, but the place it comes from.
    """
    policy = (await repository.sign_in_policy(session)).address_lockout
    now = real_now()
    attempts, admitted = attempt(await repository.lock_address(session, address), policy, now)
    await repository.store_address(session, address, attempts)
    return None if admitted else _wait(attempts, now)


async def forgive_address(session: AsyncSession, address: str) -> None:
    """An attempt from the address succeeded: it alone is not counted. Others of that office go on counting."""
    known = await repository.lock_address(session, address)
    if known is not None:
        await repository.store_address(session, address, without_one(known))


def _wait(attempts: Attempts, now: datetime) -> int:
    wait = 0 if attempts.locked_until is None else (attempts.locked_until - now).total_seconds()
    return max(1, round(wait))
