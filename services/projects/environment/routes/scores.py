"""``/v1/environment-scores``."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.environment.errors import PeriodTooLong
from services.projects.environment.routes.answers import OFFICES
from services.projects.environment.schemas.scores import UnitScoreRead, UnitScores
from services.projects.environment.service.scores import unit_scores

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["environment"])


@router.get(
    "/environment-scores",
    response_model=UnitScores,
    responses=problems(PeriodTooLong),
    dependencies=[require(*OFFICES)],
)
async def read_scores(
    ctx: ContextDep,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to", description="Included; at most a year.")],
    unit_id: UUID | None = None,
) -> Any:
    """What each unit did for the business environment in a period, with the ids behind every figure."""
    scores = await unit_scores(ctx, first, last, unit_id)
    return UnitScores(first=first, last=last, items=[UnitScoreRead.of(score) for score in scores])
