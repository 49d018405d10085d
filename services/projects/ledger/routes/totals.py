"""``/v1/project-totals``."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query

from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.dependencies import ContextDep
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.schemas import ProjectTotalsRead
from services.projects.registry.service.recording import demand_region_form

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/project-totals", response_model=ProjectTotalsRead)
async def read_totals(
    ctx: ContextDep,
    region: Annotated[str, Query(description="The region and its subtree.", max_length=9)],
    as_of: Annotated[date | None, Query(description="Today if absent.")] = None,
    key_only: Annotated[bool, Query(description="Projects alone that were key projects on the day.")] = False,
) -> Any:
    """How many projects had been brought in, signed, started, completed … by a day, and the money in them."""
    demand_region_form(region, None, "region")
    ensure_region(ctx.principal, region)
    on = as_of or today_of(ctx)
    counted = repository.counted(ctx.principal, region, on, key_only=key_only)
    reached = await repository.reached_by(ctx.session, counted, on)
    return ProjectTotalsRead.model_validate(
        {
            "region_code": region,
            "as_of": on,
            "key_only": key_only,
            "reached": [
                {"stage": stage, "projects": len(ids), "project_ids": ids} for stage, ids in reached.items()
            ],
            **await repository.amounts_by(ctx.session, counted, on),
        }
    )
