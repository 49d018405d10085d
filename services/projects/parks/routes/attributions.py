"""``/v1/attributions`` and ``/v1/attributed-totals``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.parks.domain.attribution import Measure
from services.projects.parks.errors import (
    AttributionMonth,
    PeriodNotOrdered,
    ShareRepeated,
    SharesNotWhole,
    UnknownTenant,
)
from services.projects.parks.repository import attributions as repository
from services.projects.parks.routes.answers import DECIDERS, OFFICES, FromMonth, RegionParam, ToMonth, month_of
from services.projects.parks.schemas.reports import AttributedTotalsRead, AttributionRead, AttributionWrite
from services.projects.parks.service.attributions import put_attribution, total_attributed
from services.projects.registry.errors import UnknownRegion, ValidityNotOrdered, ValidityOverlap

AttributionsQuery = Annotated[ListQuery, Depends(repository.ATTRIBUTIONS.selecting(AttributionRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["parks"])


@router.get("/attributions", response_model=PageOf[AttributionRead])
async def list_attributions(request: Request, ctx: ContextDep, query: AttributionsQuery) -> Response:
    """Shares past, present and coming, of subjects or to regions of the caller's subtree."""
    page = await repository.list_attributions(ctx.session, ctx.principal, query)
    return page_response(request, page, query, AttributionRead, AttributionRead.of)


@router.put(
    "/attributions",
    response_model=AttributionRead,
    responses=problems(
        SharesNotWhole,
        ShareRepeated,
        AttributionMonth,
        UnknownTenant,
        UnknownRegion,
        ValidityNotOrdered,
        ValidityOverlap,
    ),
    dependencies=[require(*DECIDERS)],
)
async def set_attribution(body: AttributionWrite, ctx: ContextDep) -> Any:
    """Put shares in force from a month on; those before them end there.

    Without shares the region where the subject stands counts all. A project's own come before its enterprise's.
    """
    return AttributionRead.of(await put_attribution(ctx, body.draft()))


@router.get(
    "/attributed-totals",
    response_model=AttributedTotalsRead,
    responses=problems(PeriodNotOrdered),
    dependencies=[require(*OFFICES)],
)
async def read_attributed_totals(
    ctx: ContextDep,
    measure: Measure,
    from_month: FromMonth,
    to_month: ToMonth,
    region_code: RegionParam = None,
) -> Any:
    """What each region counts of a measure, with the tenants (for investment: projects) behind it.

    Amounts are shared month by month with the shares in force on its first day, exact to the yuan: whatever is
    shared between townships, their county counts it once.
    """
    first, last = month_of(from_month, "from_month"), month_of(to_month, "to_month")
    return AttributedTotalsRead.of(await total_attributed(ctx, measure, first, last, region_code))
