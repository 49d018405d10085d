"""``/v1/enterprise-lists/{id}/figures``: the economy of whoever is on a list, and the rows behind it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import PageOf
from libs.common.web.problems import problems
from services.projects.economy.domain.question import Question
from services.projects.economy.errors import UnknownIndicator
from services.projects.economy.routes.figures import (
    GroupedDep,
    GroupParam,
    IndicatorParam,
    RowsQuery,
    figures_answer,
    rows_answer,
)
from services.projects.economy.schemas.figures import EconomyFiguresRead, FigureRowRead
from services.projects.lists.routes.answers import new_router
from services.projects.lists.service.rollups import of_members

router = new_router("lists")


async def _asked(
    list_id: UUID,
    ctx: ContextDep,
    question: GroupedDep,
    members_on: Annotated[
        date | None, Query(description="Whoever is on the list on this day; at the month's end if absent.")
    ] = None,
) -> Question:
    return await of_members(ctx, list_id, question, members_on)


QuestionDep = Annotated[Question, Depends(_asked)]


@router.get(
    "/enterprise-lists/{list_id}/figures", response_model=EconomyFiguresRead, responses=problems(UnknownIndicator)
)
async def read_figures(ctx: ContextDep, question: QuestionDep, indicator: IndicatorParam) -> Response:
    """A figure of the list's members with its growth, in whole and by group.

    Every month that it is compared with is that of the same enterprises.
    """
    return await figures_answer(ctx, question, indicator)


@router.get(
    "/enterprise-lists/{list_id}/figures/rows",
    response_model=PageOf[FigureRowRead],
    responses=problems(UnknownIndicator),
)
async def list_rows(
    request: Request,
    ctx: ContextDep,
    question: QuestionDep,
    indicator: IndicatorParam,
    query: RowsQuery,
    group: GroupParam = None,
) -> Any:
    """The members that make the figure, and those that are missing in it with the reason."""
    return await rows_answer(request, ctx, question, indicator, query, group)
