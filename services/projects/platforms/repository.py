"""SQL of platforms, linked identities and tickets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.projects.identity.tables import AccountRow
from services.projects.platforms.domain.kinds import PlatformKind
from services.projects.platforms.tables import LinkedIdentityRow, PlatformTicketRow, SignInPlatformRow

PLATFORMS = Listing(
    fields={
        "id": FilterField(col(SignInPlatformRow.id), UUID),
        "kind": FilterField(col(SignInPlatformRow.kind), PlatformKind),
        "name": FilterField(col(SignInPlatformRow.name)),
        "enabled": FilterField(col(SignInPlatformRow.enabled), bool),
    },
    sortable=("name",),
    default_sort="name",
)
LINKS = Listing(
    fields={
        "id": FilterField(col(LinkedIdentityRow.id), UUID),
        "platform_id": FilterField(col(LinkedIdentityRow.platform_id), UUID),
        "account_id": FilterField(col(LinkedIdentityRow.account_id), UUID),
        "user_id": FilterField(col(LinkedIdentityRow.user_id)),
        "linked_at": FilterField(col(LinkedIdentityRow.linked_at), datetime),
    },
    sortable=("linked_at",),
    default_sort="-linked_at",
)


async def list_platforms(session: AsyncSession, query: ListQuery) -> Page[SignInPlatformRow]:
    return await query.page(session, select(SignInPlatformRow))


async def enabled_platforms(session: AsyncSession) -> Sequence[SignInPlatformRow]:
    """By name; an installation has a handful."""
    statement = select(SignInPlatformRow).where(col(SignInPlatformRow.enabled))
    return (await session.scalars(statement.order_by(col(SignInPlatformRow.name)))).all()


async def find_platform(
    session: AsyncSession, platform_id: UUID, *, lock: bool = False
) -> SignInPlatformRow | None:
    return await session.get(SignInPlatformRow, platform_id, with_for_update=lock or None, populate_existing=lock)


async def is_name_taken(session: AsyncSession, name: str, *, but: UUID | None = None) -> bool:
    statement = select(col(SignInPlatformRow.id)).where(col(SignInPlatformRow.name) == name)
    found = await session.scalar(statement)
    return found is not None and found != but


async def list_links(
    session: AsyncSession, query: ListQuery, *, within: Principal | None = None, account_id: UUID | None = None
) -> Page[LinkedIdentityRow]:
    """Links of one account, or of the accounts that a caller administers."""
    statement = select(LinkedIdentityRow)
    if within is not None:
        own = select(col(AccountRow.id)).where(region_scope(col(AccountRow.region_code), within))
        statement = statement.where(col(LinkedIdentityRow.account_id).in_(own))
    if account_id is not None:
        statement = statement.where(col(LinkedIdentityRow.account_id) == account_id)
    return await query.page(session, statement)


async def find_link(session: AsyncSession, link_id: UUID) -> LinkedIdentityRow | None:
    return await session.get(LinkedIdentityRow, link_id, with_for_update=True, populate_existing=True)


async def find_link_of(session: AsyncSession, platform_id: UUID, user_id: str) -> LinkedIdentityRow | None:
    statement = select(LinkedIdentityRow).where(
        col(LinkedIdentityRow.platform_id) == platform_id, col(LinkedIdentityRow.user_id) == user_id
    )
    return (await session.scalars(statement)).one_or_none()


async def links_in_the_way(
    session: AsyncSession, platform_id: UUID, user_id: str, account_id: UUID
) -> Sequence[LinkedIdentityRow]:
    """Links of the identity or of the account on this platform."""
    statement = select(LinkedIdentityRow).where(
        col(LinkedIdentityRow.platform_id) == platform_id,
        or_(col(LinkedIdentityRow.user_id) == user_id, col(LinkedIdentityRow.account_id) == account_id),
    )
    return (await session.scalars(statement)).all()


async def find_ticket(
    session: AsyncSession, ticket_id: UUID, *, now: datetime, lock: bool = False
) -> PlatformTicketRow | None:
    """A ticket whose minutes are not over, of a platform that is in use."""
    statement = (
        select(PlatformTicketRow)
        .join(SignInPlatformRow, col(SignInPlatformRow.id) == col(PlatformTicketRow.platform_id))
        .where(
            col(PlatformTicketRow.id) == ticket_id,
            col(PlatformTicketRow.expires_at) > now,
            col(SignInPlatformRow.enabled),
        )
    )
    if lock:
        statement = statement.with_for_update(of=PlatformTicketRow)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def forget_tickets(session: AsyncSession, *, before: datetime) -> None:
    await session.execute(delete(PlatformTicketRow).where(col(PlatformTicketRow.expires_at) < before))
