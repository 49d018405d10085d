"""``/v1/rates`` and the projects behind each figure."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import FieldError, MalformedRequest
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger.domain.project import Channel
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.rates.domain.grouping import Grouping, Groups, Period, RegionLevel, sector_prefixes
from services.projects.rates.domain.measures import Basis, Rate
from services.projects.rates.domain.question import PlanVersion, Question
from services.projects.rates.repository import BEHIND, Part
from services.projects.rates.schemas import BehindRead, RatesRead
from services.projects.rates.service import answer, behind, measure_of
from services.projects.registry.service.recording import demand_region_form

BehindQuery = Annotated[ListQuery, Depends(BEHIND.selecting(BehindRead))]

router = APIRouter(prefix="/v1/rates", route_class=TransactionalRoute, tags=["rates"])

# Before that no office kept a ledger; the first year of the calendar has no year before it.
_FIRST_DAY = date(1949, 10, 1)


async def asked(
    ctx: ContextDep,
    as_of: Annotated[date | None, Query(ge=_FIRST_DAY, description="The day; today if absent.")] = None,
    group_by: Annotated[list[Grouping] | None, Query(max_length=2, description="Up to two.")] = None,
    region_level: Annotated[RegionLevel, Query(description="How coarse regions are.")] = RegionLevel.COUNTY,
    period: Annotated[Period, Query(description="How coarse periods of signing are.")] = Period.YEAR,
    plan: Annotated[PlanVersion, Query(description="By which plan something is due.")] = PlanVersion.CURRENT,
    region_code: Annotated[str | None, Query(max_length=9, description="This region and its subtree.")] = None,
    park_code: Annotated[str | None, Query(max_length=64)] = None,
    sector: Annotated[
        str | None, Query(max_length=5, description="Beginning of a code of GB/T 4754; a letter is a section.")
    ] = None,
    channel: Channel | None = None,
    kind: ProjectKind | None = None,
    signed_from: date | None = None,
    signed_to: Annotated[date | None, Query(description="Last day of signing that counts.")] = None,
) -> Question:
    """The question of a request. Raises MalformedRequest."""
    by = tuple(dict.fromkeys(group_by or ()))
    if region_code is not None:
        demand_region_form(region_code, None, "region_code")
    if park_code is not None and "\x00" in park_code:
        raise MalformedRequest(errors=[FieldError("field.string_nul", parameter="park_code")])
    if sector is not None:
        try:
            sector_prefixes(sector)
        except ValueError as error:
            raise MalformedRequest(errors=[FieldError("rates.sector_unknown", parameter="sector")]) from error
    return Question(
        as_of=as_of or today_of(ctx),
        groups=Groups(by, region_level, period),
        plan=plan,
        region_code=region_code,
        park_code=park_code,
        sector=sector,
        channel=channel,
        kind=kind,
        signed_from=signed_from,
        signed_to=signed_to,
    )


QuestionDep = Annotated[Question, Depends(asked)]


@router.get("", response_model=RatesRead)
async def read_rates(
    ctx: ContextDep,
    question: QuestionDep,
    basis: Annotated[list[Basis] | None, Query(description="Some bases; all if absent.")] = None,
) -> Response:
    """履约率, 资金到位率, 开工率, 投产率 and 投入产出率 of the projects signed by a day, as they stood on it.

    What was reached stays reached, terminated projects stay in their cohort, a step that was taken back does not
    count. Days are those on which things happened, whenever they were recorded.
    """
    found = RatesRead.of(await answer(ctx, question, frozenset(basis or ())))
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/{rate}/projects", response_model=PageOf[BehindRead])
async def list_projects_behind(
    rate: Rate,
    request: Request,
    ctx: ContextDep,
    question: QuestionDep,
    query: BehindQuery,
    basis: Annotated[Basis | None, Query(description="The rate's first if absent.")] = None,
    part: Part = Part.DENOMINATOR,
    group: Annotated[
        list[str] | None, Query(max_length=2, description="One group of group_by; empty: without a value.")
    ] = None,
) -> Response:
    """The projects behind a figure: those that add to the numerator, those that are outstanding, and so on."""
    measure = measure_of(rate, basis)
    if group is not None:
        question = _within(question, group)
    page = await behind(ctx, question, measure, part, query)
    return page_response(request, page, query, BehindRead, BehindRead.of)


def _within(question: Question, group: list[str]) -> Question:
    if len(group) != len(question.groups.by):
        params = {"count": len(question.groups.by)}
        raise MalformedRequest(errors=[FieldError("rates.group_count", parameter="group", params=params)])
    if any("\x00" in value for value in group):
        raise MalformedRequest(errors=[FieldError("field.string_nul", parameter="group")])
    return replace(question, group=tuple(value or None for value in group))
