"""Reading what the service found wrong with itself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.routes import TransactionalRoute
from services.alerts.watch import service

router = APIRouter(route_class=TransactionalRoute, tags=["operation"])


class FindingRead(BaseModel):
    """A fault of the service itself, open until it has passed; times are the stack's."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    object_id: str
    detail: dict[str, Any]
    found_at: datetime
    last_seen_at: datetime


class FindingList(BaseModel):
    items: list[FindingRead]


@router.get("/v1/findings", dependencies=[require(Role.ADMIN, Role.AUDITOR)])
async def list_findings(ctx: ContextDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> FindingList:
    """Late timers, late deliveries and paused channels, newest first."""
    rows = await service.list_open(ctx, limit)
    return FindingList(items=[FindingRead.model_validate(row) for row in rows])
