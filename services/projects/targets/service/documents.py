"""Documents of letters and targets: scans of signatures, and the evidence of typed figures."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.targets.repository.goals import visible_targets
from services.projects.targets.repository.letters import visible_letters
from services.projects.targets.service.goals import get_target
from services.projects.targets.service.letters import get_letter


class LetterDocuments:
    """A DocumentOwner: the scans of a letter."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return OwnerPlace((await get_letter(ctx, owner_id)).region_code, offices_only=True)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_letters(principal)


class TargetDocuments:
    """A DocumentOwner: what stands behind a target's typed figures."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return OwnerPlace((await get_target(ctx, owner_id)).region_code, offices_only=True)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_targets(principal)
