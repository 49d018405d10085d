"""``/v1/target-indicators``, ``/v1/target-clusters``, ``/v1/target-pace-rules`` and ``/v1/target-score-rules``."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from libs.common.local_time import today_of
from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from services.projects.registry.errors import (
    EntryUnknown,
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)
from services.projects.registry.schemas import Code
from services.projects.targets.errors import IndicatorInUse, RuleNotOrdered, UnknownSource
from services.projects.targets.repository import catalogue as repository
from services.projects.targets.routes.answers import DECIDERS, KEEPERS, READERS, SourcesDep, new_router, tagged
from services.projects.targets.schemas.catalogue import (
    ClusterRead,
    ClusterWrite,
    IndicatorRead,
    IndicatorWrite,
    PaceRuleRead,
    PaceRuleWrite,
    ScoreRuleRead,
    ScoreRuleWrite,
)
from services.projects.targets.service import catalogue

IndicatorsQuery = Annotated[ListQuery, Depends(repository.INDICATORS.selecting(IndicatorRead))]
ClustersQuery = Annotated[ListQuery, Depends(repository.CLUSTERS.selecting(ClusterRead))]
PaceRulesQuery = Annotated[ListQuery, Depends(repository.PACE_RULES.selecting(PaceRuleRead))]
ScoreRulesQuery = Annotated[ListQuery, Depends(repository.SCORE_RULES.selecting(ScoreRuleRead))]

router = new_router()
CodeParam = Annotated[Code, Path()]
_RULES = (RuleNotOrdered, EverywhereForbidden, UnknownRegion, ValidityNotOrdered, ValidityOverlap)


@router.get("/target-indicators", response_model=PageOf[IndicatorRead])
async def list_indicators(request: Request, ctx: ContextDep, query: IndicatorsQuery) -> Response:
    """The catalogue: what is measured, in which unit, by which source."""
    return page_response(request, await repository.list_indicators(ctx.session, query), query, IndicatorRead)


@router.put(
    "/target-indicators/{code}",
    response_model=IndicatorRead,
    responses=problems(UnknownSource, IndicatorInUse, PreconditionFailed),
    dependencies=[require(*KEEPERS)],
)
async def put_indicator(
    code: CodeParam,
    body: IndicatorWrite,
    ctx: ContextDep,
    sources: SourcesDep,
    request: Request,
    response: Response,
) -> Any:
    """Add an indicator, or name it otherwise."""
    known = await repository.find_indicator(ctx.session, code, lock=True)
    if known is not None:
        honour_if_match(request, known.version)
    return tagged(response, await catalogue.put_indicator(ctx, sources, body.indicator(code)))


@router.get("/target-clusters", response_model=PageOf[ClusterRead], dependencies=READERS)
async def list_clusters(request: Request, ctx: ContextDep, query: ClustersQuery) -> Response:
    """Clusters of the caller's subtree."""
    page = await repository.list_clusters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ClusterRead)


@router.put(
    "/target-clusters/{code}",
    response_model=ClusterRead,
    responses=problems(UnknownRegion, EntryUnknown, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def put_cluster(
    code: CodeParam, body: ClusterWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Name the members of a cluster; figures pulled from now on are theirs."""
    known = await repository.find_cluster(ctx.session, code, lock=True)
    if known is not None:
        honour_if_match(request, known.version)
    return tagged(response, await catalogue.put_cluster(ctx, code, body.draft()))


@router.get("/target-pace-rules", response_model=PageOf[PaceRuleRead])
async def list_pace_rules(request: Request, ctx: ContextDep, query: PaceRulesQuery) -> Response:
    """From where on targets are behind, past and coming rules included."""
    page = await repository.list_pace_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, PaceRuleRead)


@router.put(
    "/target-pace-rules",
    response_model=PaceRuleRead,
    responses=problems(*_RULES),
    dependencies=[require(*KEEPERS)],
)
async def put_pace_rule(body: PaceRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the next judgement goes by it."""
    return await catalogue.put_pace_rule(ctx, body.rule(today_of(ctx)))


@router.get("/target-score-rules", response_model=PageOf[ScoreRuleRead])
async def list_score_rules(request: Request, ctx: ContextDep, query: ScoreRulesQuery) -> Response:
    """How completions are scored, past and coming rules included."""
    page = await repository.list_score_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, ScoreRuleRead)


@router.put(
    "/target-score-rules",
    response_model=ScoreRuleRead,
    responses=problems(*_RULES),
    dependencies=[require(*KEEPERS)],
)
async def put_score_rule(body: ScoreRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; periods are scored by that of their last day."""
    return await catalogue.put_score_rule(ctx, body.rule(today_of(ctx)))
