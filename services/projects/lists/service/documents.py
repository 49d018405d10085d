"""Documents of members: measures, reform papers, acceptance of pilots."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.lists.repository.lists import visible_members
from services.projects.lists.service.members import read_member


class MemberDocuments:
    """A DocumentOwner. An enterprise adds what shows its own progress."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        row = (await read_member(ctx, owner_id)).row
        return OwnerPlace(row.region_code, row.enterprise_id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_members(principal)
