"""Documents of innovation records and award rounds."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from libs.common.security.scope import ensure_region
from libs.common.web.problems import Forbidden
from services.projects.documents.service.owners import OwnerPlace
from services.projects.innovation.repository.honours import visible_rounds
from services.projects.innovation.repository.records import visible_records
from services.projects.innovation.service.records import read_record
from services.projects.innovation.service.rounds import read_round


class RecordDocuments:
    """A DocumentOwner. An enterprise adds the evidence of its own records."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        row = await read_record(ctx, owner_id)
        return OwnerPlace(row.region_code, row.enterprise_id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_records(principal)


class RoundDocuments:
    """A DocumentOwner. Who sees the round reads its papers, who leads it adds them."""

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return OwnerPlace((await read_round(ctx, owner_id)).region_code)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        place = await self.read(ctx, owner_id)
        ensure_region(ctx.principal, place.region_code)
        if ctx.principal.is_enterprise_bound:
            raise Forbidden
        return place

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_rounds(principal)
