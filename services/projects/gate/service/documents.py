"""Documents of gate reviews: who may see the project may see its reviews' papers; offices alone add them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.web.problems import Forbidden
from services.projects.documents.service.owners import OwnerPlace
from services.projects.gate.repository.reviews import visible_reviews
from services.projects.gate.service.reviews import read_review


class ReviewDocuments:
    """A DocumentOwner."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        project = (await read_review(ctx, owner_id)).project
        return OwnerPlace(project.region_code, project.enterprise_id, project.id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        """Raises Forbidden for enterprises: what is reviewed of them they do not put on file themselves."""
        place = await self.read(ctx, owner_id)
        if ctx.principal.is_enterprise_bound:
            raise Forbidden
        return place

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_reviews(principal)
