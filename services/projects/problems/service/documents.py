"""Documents of problems: who may see the project may see its problems and what was filed on them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.problems.repository import visible_problems
from services.projects.problems.service.problems import read_problem


class ProblemDocuments:
    """A DocumentOwner. Enterprises speak up about their own projects, and add what shows it."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        project = (await read_problem(ctx, owner_id)).project
        return OwnerPlace(project.region_code, project.enterprise_id, project.id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_problems(principal)
