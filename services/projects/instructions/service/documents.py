"""Documents of instructions: of the offices that handle a matter and of those that issued it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.documents.service.owners import OwnerPlace
from services.projects.instructions.repository import visible_instructions
from services.projects.instructions.service.instructions import read_instruction


class InstructionDocuments:
    """A DocumentOwner: the leader's written words, and the papers of who handles them."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        row = (await read_instruction(ctx, owner_id)).row
        return OwnerPlace(row.region_code, offices_only=True, also_regions=(row.issuer_region_code,))

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_instructions(principal)
