"""SQL of identity."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal, Role
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.identity.domain.lockout import Attempts, LockoutPolicy
from services.projects.identity.domain.policy import SignInPolicy
from services.projects.identity.tables import (
    AccountRow,
    ApiKeyRow,
    SignInAttemptsRow,
    SigningKeyRow,
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


async def lock_unbound_administrators(session: AsyncSession) -> list[AccountRow]:
    """The active administrators of everything, locked, so that two of them cannot remove each other at once."""
    statement = (
        select(AccountRow)
        .where(
            col(AccountRow.role) == Role.ADMIN.value,
            col(AccountRow.region_code).is_(None),
            col(AccountRow.active),
        )
        .order_by(col(AccountRow.id))
        .with_for_update()
    )
    return list((await session.scalars(statement)).all())


async def list_accounts(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[AccountRow]:
    statement = select(AccountRow).where(region_scope(col(AccountRow.region_code), principal))
    return await query.page(session, statement)


async def list_api_keys(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[ApiKeyRow]:
    statement = select(ApiKeyRow).where(region_scope(col(ApiKeyRow.region_code), principal))
    return await query.page(session, statement)


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
    )


async def lock_attempts(session: AsyncSession, username: str) -> Attempts | None:
    """The attempts under a name, locked by it until the transaction ends; None for the first."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"sign_in:{username}", 0))))
    row = await session.get(SignInAttemptsRow, username, populate_existing=True)
    return None if row is None else Attempts(row.count, row.since, row.locked_until)


async def store_attempts(session: AsyncSession, username: str, attempts: Attempts) -> None:
    values = {"count": attempts.count, "since": attempts.since, "locked_until": attempts.locked_until}
    statement = insert(SignInAttemptsRow).values(username=username, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["username"], set_=values))


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
