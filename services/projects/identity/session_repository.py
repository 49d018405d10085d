"""SQL of sign-ins and second factors."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.identity.tables import AccountRow, SecondFactorRow, SignInSessionRow

SESSIONS = Listing(
    fields={
        "id": FilterField(col(SignInSessionRow.id), UUID),
        "account_id": FilterField(col(SignInSessionRow.account_id), UUID),
        "began_at": FilterField(col(SignInSessionRow.began_at), datetime),
        "ended_at": FilterField(col(SignInSessionRow.ended_at), datetime),
        "expires_at": FilterField(col(SignInSessionRow.expires_at), datetime),
    },
    sortable=("began_at",),
    default_sort="-began_at",
)


async def list_of_account(session: AsyncSession, account_id: UUID, query: ListQuery) -> Page[SignInSessionRow]:
    statement = select(SignInSessionRow).where(col(SignInSessionRow.account_id) == account_id)
    return await query.page(session, statement)


async def list_within(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[SignInSessionRow]:
    """Sign-ins of the accounts that the caller administers."""
    own = select(col(AccountRow.id)).where(region_scope(col(AccountRow.region_code), principal))
    return await query.page(session, select(SignInSessionRow).where(col(SignInSessionRow.account_id).in_(own)))


async def lock_session(session: AsyncSession, session_id: UUID) -> SignInSessionRow | None:
    return await session.get(SignInSessionRow, session_id, with_for_update=True, populate_existing=True)


async def end_all(session: AsyncSession, account_id: UUID, *, at: datetime, by: str) -> None:
    """End what goes on of an account."""
    await session.execute(
        update(SignInSessionRow)
        .where(col(SignInSessionRow.account_id) == account_id, col(SignInSessionRow.ended_at).is_(None))
        .values(ended_at=at, ended_by=by)
    )


async def forget_sessions(session: AsyncSession, before: datetime) -> None:
    await session.execute(delete(SignInSessionRow).where(col(SignInSessionRow.expires_at) < before))


async def lock_factor(session: AsyncSession, account_id: UUID) -> SecondFactorRow | None:
    """The factor, locked: of two who use one code at once, one is refused."""
    return await session.get(SecondFactorRow, account_id, with_for_update=True, populate_existing=True)
