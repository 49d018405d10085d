"""SQL of identity."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, true, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal, Role
from libs.common.security.scope import region_scope
from libs.common.security.tables import ApiKeyUseRow
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.identity.domain.lockout import Attempts, LockoutPolicy
from services.projects.identity.domain.policy import PasswordPolicy, SignInPolicy
from services.projects.identity.tables import (
    AccountRow,
    ApiKeyRow,
    PasswordHistoryRow,
    SignInAddressRow,
    SignInAttemptsRow,
    SigningKeyRow,
    SignInPlaceRow,
    SignInPolicyRow,
)
from services.projects.registry.repository import region_filter

ACCOUNTS = Listing(
    fields={
        "id": FilterField(col(AccountRow.id), UUID),
        "username": FilterField(col(AccountRow.username)),
        "role": FilterField(col(AccountRow.role), Role),
        "region_code": region_filter(col(AccountRow.region_code)),
        "active": FilterField(col(AccountRow.active), bool),
    },
    sortable=("username",),
    default_sort="username",
)
API_KEYS = Listing(
    fields={
        "id": FilterField(col(ApiKeyRow.key_id), UUID),
        "name": FilterField(col(ApiKeyRow.name)),
        "role": FilterField(col(ApiKeyRow.role), Role),
        "region_code": region_filter(col(ApiKeyRow.region_code)),
        "revoked_at": FilterField(col(ApiKeyRow.revoked_at), datetime),
        "last_used_on": FilterField(col(ApiKeyUseRow.used_on), date),
    },
    sortable=("name",),
)


async def find_account(session: AsyncSession, account_id: UUID, *, lock: bool = False) -> AccountRow | None:
    statement = select(AccountRow).where(col(AccountRow.id) == account_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).first()


async def find_account_by_name(session: AsyncSession, username: str) -> AccountRow | None:
    return (await session.scalars(select(AccountRow).where(col(AccountRow.username) == username))).first()


async def names_of_accounts(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, tuple[str, UUID | None]]:
    """User name and person of accounts."""
    statement = select(col(AccountRow.id), col(AccountRow.username), col(AccountRow.person_id)).where(
        col(AccountRow.id).in_(list(ids))
    )
    return {account: (username, person) for account, username, person in await session.execute(statement)}


async def lock_unbound_administrators(session: AsyncSession, role: Role = Role.ADMIN) -> list[AccountRow]:
    """The active administrators of everything, locked, so that two of them cannot remove each other at once."""
    statement = (
        select(AccountRow)
        .where(
            col(AccountRow.role) == role.value,
            col(AccountRow.region_code).is_(None),
            col(AccountRow.active),
        )
        .order_by(col(AccountRow.id))
        .with_for_update()
    )
    return list((await session.scalars(statement)).all())


async def roles_of_person(session: AsyncSession, person_id: UUID, *, but: UUID | None) -> set[str]:
    """The roles of a person's active accounts, but for one of them."""
    statement = select(col(AccountRow.role)).where(col(AccountRow.person_id) == person_id, col(AccountRow.active))
    if but is not None:
        statement = statement.where(col(AccountRow.id) != but)
    return set(await session.scalars(statement))


async def keeper_of_accounts(session: AsyncSession) -> AccountRow | None:
    """Who is told of attacks on sign-ins: the oldest security administrator of everything, else administrator."""
    of_security = (col(AccountRow.role) == Role.SECURITY.value).desc()
    statement = (
        select(AccountRow)
        .where(
            col(AccountRow.role).in_([Role.SECURITY.value, Role.ADMIN.value]),
            col(AccountRow.region_code).is_(None),
            col(AccountRow.active),
        )
        .order_by(of_security, col(AccountRow.person_id).is_(None), col(AccountRow.id))
        .limit(1)
    )
    return (await session.scalars(statement)).first()


async def list_accounts(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[AccountRow]:
    statement = select(AccountRow).where(region_scope(col(AccountRow.region_code), principal))
    return await query.page(session, statement)


async def list_api_keys(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    """Keys, each with the last day on which it was used."""
    statement: Any = (
        select(ApiKeyRow, col(ApiKeyUseRow.used_on))
        .outerjoin(ApiKeyUseRow, col(ApiKeyUseRow.key_id) == col(ApiKeyRow.key_id))
        .where(region_scope(col(ApiKeyRow.region_code), principal))
    )
    return await query.page(session, statement)


async def last_use(session: AsyncSession, key_id: UUID) -> date | None:
    row = await session.get(ApiKeyUseRow, key_id)
    return None if row is None else row.used_on


async def find_api_key(session: AsyncSession, key_id: UUID, *, lock: bool = False) -> ApiKeyRow | None:
    statement = select(ApiKeyRow).where(col(ApiKeyRow.key_id) == key_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).first()


async def find_api_key_by_hash(session: AsyncSession, key_hash: str) -> ApiKeyRow | None:
    return (await session.scalars(select(ApiKeyRow).where(col(ApiKeyRow.key_hash) == key_hash))).first()


async def living_signing_keys(session: AsyncSession, at: datetime) -> list[SigningKeyRow]:
    """Keys whose tokens are still believed, newest first."""
    statement = (
        select(SigningKeyRow)
        .where(or_(col(SigningKeyRow.not_after).is_(None), col(SigningKeyRow.not_after) > at))
        .order_by(col(SigningKeyRow.created_at).desc())
    )
    return list((await session.scalars(statement)).all())


async def policy_row(session: AsyncSession, *, lock: bool = False) -> SignInPolicyRow:
    row = await session.get(SignInPolicyRow, 1, with_for_update=lock or None, populate_existing=lock)
    assert row is not None, "the migration inserts the policy"
    return row


async def sign_in_policy(session: AsyncSession) -> SignInPolicy:
    row = await policy_row(session)
    return SignInPolicy(
        lockout=LockoutPolicy(
            row.max_failures, timedelta(seconds=row.window_seconds), timedelta(seconds=row.lock_seconds)
        ),
        token=timedelta(seconds=row.token_seconds),
        idle=timedelta(seconds=row.idle_seconds),
        session=timedelta(seconds=row.session_seconds),
        second_factor_roles=None if row.second_factor_roles is None else frozenset(row.second_factor_roles),
        passwords=PasswordPolicy(
            row.password_min_length,
            row.password_history,
            None if row.password_days is None else timedelta(days=row.password_days),
            row.change_given_passwords,
        ),
        address_lockout=LockoutPolicy(
            row.max_address_failures, timedelta(seconds=row.window_seconds), timedelta(seconds=row.lock_seconds)
        ),
        places_known=timedelta(days=row.known_place_days),
    )


async def replaced_passwords(session: AsyncSession, account_id: UUID, count: int) -> list[str]:
    """Hashes of the last passwords before the present one, the newest first."""
    statement = (
        select(col(PasswordHistoryRow.password_hash))
        .where(col(PasswordHistoryRow.account_id) == account_id)
        .order_by(col(PasswordHistoryRow.replaced_at).desc())
        .limit(count)
    )
    return list(await session.scalars(statement))


async def forget_replaced_passwords(session: AsyncSession, account_id: UUID, keep: int) -> None:
    """Delete all but the newest ones."""
    kept = (
        select(col(PasswordHistoryRow.replaced_at))
        .where(col(PasswordHistoryRow.account_id) == account_id)
        .order_by(col(PasswordHistoryRow.replaced_at).desc())
        .limit(keep)
    )
    await session.execute(
        delete(PasswordHistoryRow).where(
            col(PasswordHistoryRow.account_id) == account_id, col(PasswordHistoryRow.replaced_at).not_in(kept)
        )
    )


async def lock_address(session: AsyncSession, address: str) -> Attempts | None:
    """The attempts from an address, locked until the transaction ends; None for the first."""
    key = func.hashtextextended(f"sign_in_address:{address}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    row = await session.get(SignInAddressRow, address, populate_existing=True)
    return None if row is None else Attempts(row.count, row.since, row.locked_until)


async def store_address(session: AsyncSession, address: str, attempts: Attempts) -> None:
    values = {"count": attempts.count, "since": attempts.since, "locked_until": attempts.locked_until}
    statement = insert(SignInAddressRow).values(address=address, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["address"], set_=values))


async def locked_now(session: AsyncSession, at: datetime) -> tuple[int, int]:
    """How many names, anywhere or at a place, and how many addresses are locked at an instant of real time."""
    everywhere = select(col(SignInAttemptsRow.username)).where(col(SignInAttemptsRow.locked_until) > at)
    at_places = select(col(SignInPlaceRow.username)).where(col(SignInPlaceRow.locked_until) > at)
    names = select(func.count()).select_from(union(everywhere, at_places).subquery())
    addresses = select(func.count()).select_from(SignInAddressRow).where(col(SignInAddressRow.locked_until) > at)
    return await session.scalar(names) or 0, await session.scalar(addresses) or 0


async def lock_attempts(session: AsyncSession, username: str) -> Attempts | None:
    """The attempts under a name, locked by it until the transaction ends; None for the first."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"sign_in:{username}", 0))))
    row = await session.get(SignInAttemptsRow, username, populate_existing=True)
    return None if row is None else Attempts(row.count, row.since, row.locked_until)


async def store_attempts(session: AsyncSession, username: str, attempts: Attempts) -> None:
    values = {"count": attempts.count, "since": attempts.since, "locked_until": attempts.locked_until}
    statement = insert(SignInAttemptsRow).values(username=username, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["username"], set_=values))


async def find_place(
    session: AsyncSession, username: str, place: str, *, since: datetime
) -> SignInPlaceRow | None:
    """The place, if the name signed in there since an instant; whoever asks holds the lock of its attempts."""
    row = await session.get(SignInPlaceRow, (username, place), populate_existing=True)
    return row if row is not None and row.signed_in_at > since else None


async def note_place(session: AsyncSession, username: str, place: str, at: datetime) -> None:
    """A name has signed in at a place."""
    fresh = {"signed_in_at": at, "count": 0, "since": at, "locked_until": None}
    statement = insert(SignInPlaceRow).values(username=username, place=place, **fresh)
    await session.execute(statement.on_conflict_do_update(index_elements=["username", "place"], set_=fresh))


async def unlock_places(session: AsyncSession, username: str) -> None:
    """Forget what failed under a name at the places it is known from."""
    places = update(SignInPlaceRow).where(col(SignInPlaceRow.username) == username)
    await session.execute(places.values(count=0, locked_until=None))


async def forget_places(session: AsyncSession, before: datetime) -> None:
    """Delete places at which nobody signed in since an instant."""
    await session.execute(delete(SignInPlaceRow).where(col(SignInPlaceRow.signed_in_at) < before))


async def forget_attempts(
    session: AsyncSession, username: str | None = None, before: datetime | None = None
) -> None:
    """Delete the attempts under a name, or all that began before an instant and lock nobody any more."""
    await session.execute(
        delete(SignInAttemptsRow).where(
            true() if username is None else col(SignInAttemptsRow.username) == username,
            true() if before is None else col(SignInAttemptsRow.since) < before,
        )
    )


async def forget_addresses(session: AsyncSession, before: datetime) -> None:
    """Delete the attempts of addresses that began before an instant."""
    await session.execute(delete(SignInAddressRow).where(col(SignInAddressRow.since) < before))
