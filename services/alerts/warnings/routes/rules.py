"""Alert rules over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_none_match, etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Duplicate, NotFound, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.warnings import repository, rulebook
from services.alerts.warnings.errors import (
    InvalidRule,
    RuleExists,
    RuleNotFound,
    RuleUnchanged,
    RuleUntested,
    UnknownPolicy,
)
from services.alerts.warnings.schemas.rules import (
    RULE_CODE,
    DifferenceRead,
    RevisionHead,
    RuleCreate,
    RuleDifferences,
    RuleList,
    RuleRead,
    RuleSwitch,
    RuleTestList,
    RuleTestSummary,
    RuleWrite,
)

router = APIRouter(route_class=TransactionalRoute, tags=["alert rules"])

RuleCode = Annotated[str, Path(pattern=RULE_CODE)]
Revision = Annotated[int, Path(ge=1, le=2_000_000_000)]
READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
WRITERS = (Role.ADMIN, Role.SUPERVISOR)


@router.get("/v1/alert-rules", response_model=PageOf[RuleRead], dependencies=[require(*READERS)])
async def list_rules(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.RULES.selecting(RuleRead))]
) -> Response:
    """The newest revision of each rule."""
    return page_response(request, await repository.page_rules(ctx.session, query), query, RuleRead)


@router.post(
    "/v1/alert-rules",
    status_code=201,
    dependencies=[require(*WRITERS)],
    responses=problems(RuleExists, InvalidRule, UnknownPolicy, RuleUntested, NotFound),
)
async def create_rule(ctx: ContextDep, response: Response, body: RuleCreate) -> RuleRead:
    """A new rule; its code must be free."""
    row = await rulebook.create_rule(
        ctx,
        body.code,
        body.definition,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        reason=body.reason,
    )
    response.headers["ETag"] = etag_of(row.revision)
    return RuleRead.model_validate(row)


@router.get(
    "/v1/alert-rules/{code}",
    response_model=RuleRead,
    dependencies=[require(*READERS)],
    responses=problems(RuleNotFound),
)
async def get_rule(request: Request, response: Response, ctx: ContextDep, code: RuleCode) -> RuleRead | Response:
    """The newest revision of a rule; its ETag is the revision."""
    row = (await rulebook.get_rule(ctx, code))[0]
    etag = etag_of(row.revision)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    response.headers["ETag"] = etag
    return RuleRead.model_validate(row)


@router.get("/v1/alert-rules/{code}/revisions", dependencies=[require(*READERS)], responses=problems(RuleNotFound))
async def list_revisions(ctx: ContextDep, code: RuleCode) -> RuleList:
    """All revisions of a rule with who and why, newest first."""
    return RuleList(items=[RuleRead.model_validate(row) for row in await rulebook.get_rule(ctx, code)])


@router.get(
    "/v1/alert-rules/{code}/revisions/{revision}",
    dependencies=[require(*READERS)],
    responses=problems(RuleNotFound),
)
async def get_revision(ctx: ContextDep, code: RuleCode, revision: Revision) -> RuleRead:
    """One revision, such as the one an alert names."""
    return RuleRead.model_validate(await rulebook.get_revision(ctx, code, revision))


@router.get(
    "/v1/alert-rules/{code}/differences", dependencies=[require(*READERS)], responses=problems(RuleNotFound)
)
async def compare_revisions(
    ctx: ContextDep,
    code: RuleCode,
    earlier: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
    later: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
) -> RuleDifferences:
    """What two revisions say differently, field by field; by default the newest and the one before."""
    before, after, items = await rulebook.compare_revisions(ctx, code, earlier, later)
    return RuleDifferences(
        code=code,
        before=RevisionHead.model_validate(before),
        after=RevisionHead.model_validate(after),
        items=[DifferenceRead.model_validate(item) for item in items],
    )


@router.put(
    "/v1/alert-rules/{code}",
    dependencies=[require(*WRITERS)],
    responses=problems(InvalidRule, UnknownPolicy, RuleUntested, Duplicate, PreconditionFailed),
)
async def put_rule(
    request: Request, response: Response, ctx: ContextDep, code: RuleCode, body: RuleWrite
) -> RuleRead:
    """Add a revision; earlier ones stay, and alerts that are live keep what they were opened with."""
    revisions = await repository.list_rule_revisions(ctx.session, code)
    newest = revisions[0].revision if revisions else None
    check_if_none_match(request, newest)
    honour_if_match(request, newest or 0)
    row = await rulebook.save_rule(
        ctx,
        code,
        body.definition,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        reason=body.reason,
    )
    response.headers["ETag"] = etag_of(row.revision)
    return RuleRead.model_validate(row)


@router.post(
    "/v1/alert-rules/{code}/disablements",
    status_code=201,
    dependencies=[require(*WRITERS)],
    responses=problems(RuleNotFound, RuleUnchanged),
)
async def disable_rule(ctx: ContextDep, code: RuleCode, body: RuleSwitch) -> RuleRead:
    """Switch a rule off by a revision that says who and why."""
    return RuleRead.model_validate(await rulebook.switch_rule(ctx, code, enabled=False, reason=body.reason))


@router.post(
    "/v1/alert-rules/{code}/enablements",
    status_code=201,
    dependencies=[require(*WRITERS)],
    responses=problems(RuleNotFound, RuleUnchanged, RuleUntested),
)
async def enable_rule(ctx: ContextDep, code: RuleCode, body: RuleSwitch) -> RuleRead:
    """Switch a rule on again; one that wants it has to be tested first."""
    return RuleRead.model_validate(await rulebook.switch_rule(ctx, code, enabled=True, reason=body.reason))


@router.get("/v1/alert-rules/{code}/tests", dependencies=[require(*READERS)], responses=problems(RuleNotFound))
async def list_tests(ctx: ContextDep, code: RuleCode) -> RuleTestList:
    """Who tested the rule, or drafts of it, over which days, and what came out; newest first."""
    await rulebook.get_rule(ctx, code)
    rows = await repository.list_rule_tests(ctx.session, code)
    return RuleTestList(items=[RuleTestSummary.model_validate(row) for row in rows])
