"""Documents of applications and financing needs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.support.repository.applications import visible_applications
from services.projects.support.repository.financing import visible_needs
from services.projects.support.service.applications import read_application
from services.projects.support.service.financing import read_need


class ApplicationDocuments:
    """A DocumentOwner. Whoever may see the application adds its papers."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        row = (await read_application(ctx, owner_id)).row
        return OwnerPlace(row.region_code, row.enterprise_id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_applications(principal)


class NeedDocuments:
    """A DocumentOwner."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        row = await read_need(ctx, owner_id)
        return OwnerPlace(row.region_code, row.enterprise_id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_needs(principal)
