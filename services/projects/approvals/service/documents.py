"""Documents of approval cases: who may see a case may see its papers, and its applicant may hand them in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from libs.common.context import Context
from libs.common.security.principal import Principal
from services.projects.approvals.repository import visible_cases
from services.projects.approvals.service.cases import Approvals
from services.projects.documents.service.owners import OwnerPlace


@dataclass(frozen=True, slots=True)
class CaseDocuments:
    """A DocumentOwner. The case has an enterprise of its own, which stays when its project's changes."""

    approvals: Approvals

    async def read(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        case = (await self.approvals.read(ctx, owner_id)).case
        return OwnerPlace(case.region_code, case.enterprise_id)

    async def write(self, ctx: Context, owner_id: UUID) -> OwnerPlace:
        return await self.read(ctx, owner_id)

    def visible(self, principal: Principal) -> Select[Any]:
        return visible_cases(principal)
