"""``/v1/energy-carriers``, ``-factors``, ``-products``, ``/v1/calorific-values`` and ``/v1/efficiency-rules``."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.efficiency.errors import (
    CalorificOverlaps,
    CalorificUnfit,
    CarrierFixed,
    CarrierUnknown,
    EnterpriseUnknown,
    PeriodUnfit,
    ProductFixed,
)
from services.energy.efficiency.repository import catalogue as repository
from services.energy.efficiency.routes.answers import KEEPERS, PLACING, CodePath, new_router, tagged
from services.energy.efficiency.schemas.catalogue import (
    CalorificRead,
    CalorificWrite,
    CarrierRead,
    CarrierWrite,
    FactorRead,
    FactorWrite,
    ProductRead,
    ProductWrite,
    RuleRead,
    RuleWrite,
)
from services.energy.efficiency.service import catalogue as service
from services.energy.efficiency.tables import CarrierRow, EfficiencyRuleRow, FactorRow, ProductRow

router = new_router()


@router.get("/energy-carriers", response_model=PageOf[CarrierRead])
async def list_carriers(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.CARRIERS)]
) -> Any:
    """Carriers of energy with the unit they are counted in."""
    page = await repository.list_all(ctx.session, query, CarrierRow)
    return page_response(request, page, query, CarrierRead)


@router.put(
    "/energy-carriers/{code}",
    response_model=CarrierRead,
    responses=problems(CarrierFixed) | {201: {"model": CarrierRead, "description": "Added."}},
    dependencies=KEEPERS,
)
async def put_carrier(code: CodePath, body: CarrierWrite, ctx: ContextDep, response: Response) -> CarrierRead:
    """Add a carrier or rename one; its unit stays."""
    row, is_new = await service.put_carrier(ctx, body.carrier(code))
    response.status_code = 201 if is_new else 200
    return tagged(response, row, CarrierRead)


@router.get("/energy-factors", response_model=PageOf[FactorRead])
async def list_factors(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.FACTORS)]
) -> Any:
    """Factors to standard coal by kind, region and time."""
    page = await repository.list_dated(ctx.session, ctx.principal, query, FactorRow)
    return page_response(request, page, query, FactorRead)


@router.put(
    "/energy-factors",
    response_model=FactorRead,
    responses=problems(CarrierUnknown, *PLACING),
    dependencies=KEEPERS,
)
async def put_factor(body: FactorWrite, ctx: ContextDep) -> Any:
    """Put a factor in force from its first day on; the one before it ends there."""
    return FactorRead.model_validate(await service.put_factor(ctx, body.factor(today_of(ctx))))


@router.get("/calorific-values", response_model=PageOf[CalorificRead])
async def list_calorific_values(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.CALORIFIC)]
) -> Any:
    """Calorific values that enterprises measured; they go before the table."""
    page = await repository.list_calorific(ctx.session, ctx.principal, query)
    return page_response(request, page, query, CalorificRead)


@router.put(
    "/calorific-values",
    response_model=CalorificRead,
    responses=problems(EnterpriseUnknown, CarrierUnknown, CalorificUnfit, PeriodUnfit, CalorificOverlaps),
    dependencies=KEEPERS,
)
async def put_calorific_value(body: CalorificWrite, ctx: ContextDep) -> Any:
    """Record what was measured for months; the same months again correct it."""
    row = await service.put_calorific(
        ctx,
        body.enterprise_id,
        body.carrier_code,
        body.first_month,
        body.last_month,
        body.kj_per_unit,
        body.source,
    )
    return CalorificRead.model_validate(row)


@router.get("/energy-products", response_model=PageOf[ProductRead])
async def list_products(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.PRODUCTS)]
) -> Any:
    """Products that outputs and benchmarks speak of."""
    page = await repository.list_all(ctx.session, query, ProductRow)
    return page_response(request, page, query, ProductRead)


@router.put(
    "/energy-products/{code}",
    response_model=ProductRead,
    responses=problems(ProductFixed) | {201: {"model": ProductRead, "description": "Added."}},
    dependencies=KEEPERS,
)
async def put_product(code: CodePath, body: ProductWrite, ctx: ContextDep, response: Response) -> ProductRead:
    """Add a product or rename one; its unit stays."""
    row, is_new = await service.put_product(ctx, code, body.name, body.unit, body.sector_code)
    response.status_code = 201 if is_new else 200
    return tagged(response, row, ProductRead)


@router.get("/efficiency-rules", response_model=PageOf[RuleRead])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES)]
) -> Any:
    """Edges of the light, grounds of vetoes, and what is asked of meters and reports."""
    page = await repository.list_dated(ctx.session, ctx.principal, query, EfficiencyRuleRow)
    return page_response(request, page, query, RuleRead)


@router.put(
    "/efficiency-rules",
    response_model=RuleRead,
    responses=problems(*PLACING),
    dependencies=KEEPERS,
)
async def put_rule(body: RuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; targets are judged by it the next morning."""
    return RuleRead.model_validate(await service.put_rule(ctx, body.rule(today_of(ctx))))
