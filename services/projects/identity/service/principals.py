"""Who an account speaks for."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from services.projects.identity.tables import AccountRow
from services.projects.registry.tables import PersonRow


async def principal_of(session: AsyncSession, account: AccountRow, *, session_id: UUID | None = None) -> Principal:
    role = Role(account.role)
    person = None if account.person_id is None else await session.get(PersonRow, account.person_id)
    return Principal(
        subject=str(account.id),
        role=role,
        region_code=account.region_code,
        enterprise_id=account.enterprise_id,
        scopes=frozenset(ROLE_SCOPES[role]),
        kind="person",
        account_id=account.id,
        person_id=account.person_id,
        unit_id=None if person is None else person.unit_id,
        session_id=session_id,
    )
