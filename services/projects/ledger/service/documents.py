"""Documents of projects: who may see a project may see its documents."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.ledger.repository import visible_projects
from services.projects.ledger.service.ledger import Ledger


@dataclass(frozen=True, slots=True)
class ProjectDocuments:
    """A DocumentOwner. Papers come in after the end as well: a terminated project takes documents."""

    ledger: Ledger

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        project = (await self.ledger.read(ctx, owner_id)).project
        return OwnerPlace(project.region_code, project.enterprise_id, project.id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_projects(principal)
