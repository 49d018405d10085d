"""``/v1/gate-rules``, ``/v1/gate-standards`` and ``/v1/sector-benchmarks``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.projects.gate.errors import BenchmarkNotOrdered, GateRuleNotOrdered, UnknownGateTemplate
from services.projects.gate.repository import rules as repository
from services.projects.gate.routes.answers import KEEPERS
from services.projects.gate.schemas.rules import (
    AdoptedRules,
    BenchmarkRead,
    BenchmarkWrite,
    GateAdoption,
    GateRuleRead,
    GateRuleWrite,
    StandardRead,
    StandardWrite,
)
from services.projects.gate.service import rules
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

RulesQuery = Annotated[ListQuery, Depends(repository.RULES.selecting(GateRuleRead))]
StandardsQuery = Annotated[ListQuery, Depends(repository.STANDARDS.selecting(StandardRead))]
BenchmarksQuery = Annotated[ListQuery, Depends(repository.BENCHMARKS.selecting(BenchmarkRead))]
PLACING = (ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion)

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["gate"])


@router.get("/gate-rules", response_model=PageOf[GateRuleRead])
async def list_gate_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """Which projects need which review where; ``filter[template][null]=false`` shows the templates."""
    page = await repository.list_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, GateRuleRead)


@router.put(
    "/gate-rules",
    response_model=GateRuleRead,
    responses=problems(GateRuleNotOrdered, *PLACING),
    dependencies=[require(*KEEPERS)],
)
async def put_gate_rule(body: GateRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the one before it ends there."""
    return await rules.put_rule(ctx, body.rule(today_of(ctx)))


@router.post(
    "/gate-rules/adoption",
    status_code=201,
    response_model=AdoptedRules,
    responses=problems(UnknownGateTemplate, UnknownRegion, ValidityOverlap),
    dependencies=[require(*KEEPERS)],
)
async def adopt_gate_rules(body: GateAdoption, ctx: ContextDep) -> Any:
    """Adopt a template such as ``admission-basics``: until then no review is required anywhere."""
    day = body.valid_from or today_of(ctx)
    return {"items": await rules.adopt_rules(ctx, body.template, body.region_code, day)}


@router.get("/gate-standards", response_model=PageOf[StandardRead])
async def list_gate_standards(request: Request, ctx: ContextDep, query: StandardsQuery) -> Response:
    """How long reviews hold and how many experts they take."""
    page = await repository.list_standards(ctx.session, ctx.principal, query)
    return page_response(request, page, query, StandardRead)


@router.put(
    "/gate-standards",
    response_model=StandardRead,
    responses=problems(*PLACING),
    dependencies=[require(*KEEPERS)],
)
async def put_gate_standard(body: StandardWrite, ctx: ContextDep) -> Any:
    """Put a standard in force from its first day on; verdicts given before keep their validity."""
    return await rules.put_standard(ctx, body.standard(today_of(ctx)))


@router.get("/sector-benchmarks", response_model=PageOf[BenchmarkRead])
async def list_sector_benchmarks(request: Request, ctx: ContextDep, query: BenchmarksQuery) -> Response:
    """Limit, entry and advanced values of sectors."""
    page = await repository.list_benchmarks(ctx.session, ctx.principal, query)
    return page_response(request, page, query, BenchmarkRead)


@router.put(
    "/sector-benchmarks",
    response_model=BenchmarkRead,
    responses=problems(BenchmarkNotOrdered, *PLACING),
    dependencies=[require(*KEEPERS)],
)
async def put_sector_benchmark(body: BenchmarkWrite, ctx: ContextDep) -> Any:
    """Put a benchmark in force from its first day on; verdicts keep the values they were given by."""
    return await rules.put_benchmark(ctx, body.benchmark(today_of(ctx)))
