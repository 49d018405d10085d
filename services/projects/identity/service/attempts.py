"""Attempts at a password, wherever it is asked for."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.projects.identity import repository
from services.projects.identity.domain.lockout import Attempts, LockoutPolicy, attempt, place_of, without_one
from services.projects.identity.real_time import real_now


async def count_attempt(
    session: AsyncSession, username: str, policy: LockoutPolicy | None = None, *, address: str | None = None
) -> int | None:
    """Count an attempt under a name; None if it is admitted, otherwise the seconds until another would be.

    ``policy``: that of signing in by password unless another is given. ``address``: where it comes from; where the
    name has signed in from there, the attempt counts for that place alone.
    """
    rules = await repository.sign_in_policy(session)
    policy = policy or rules.lockout
    now = real_now()
    known = await repository.lock_attempts(session, username)
    place = None if address is None else place_of(address)
    if place is not None:
        here = await repository.find_place(session, username, place, since=now - rules.places_known)
        if here is not None:
            before = None if here.count == 0 else Attempts(here.count, here.since, here.locked_until)
            attempts, admitted = attempt(before, policy, now)
            here.count, here.since, here.locked_until = attempts.count, attempts.since, attempts.locked_until
            return None if admitted else _wait(attempts, now)
    attempts, admitted = attempt(known, policy, now)
    await repository.store_attempts(session, username, attempts)
    return None if admitted else _wait(attempts, now)


async def forgive(session: AsyncSession, username: str, address: str, *, signed_in: bool) -> None:
    """An attempt under a name succeeded. ``signed_in``: all that was asked for was right, so the place is known.

    From a known place nothing is forgotten of what strangers tried: whoever signs in every morning must not give
    them new attempts.
    """
    rules, now, place = await repository.sign_in_policy(session), real_now(), place_of(address)
    await repository.lock_attempts(session, username)
    here = await repository.find_place(session, username, place, since=now - rules.places_known)
    if here is None:
        await repository.forget_attempts(session, username)
    else:
        here.count, here.locked_until = 0, None
    if signed_in and rules.places_known > timedelta():
        await repository.note_place(session, username, place, now)


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
