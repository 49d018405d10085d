"""Alert rules over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.warnings import repository, rulebook
from services.alerts.warnings.errors import InvalidRule, RuleNotFound, UnknownPolicy
from services.alerts.warnings.schemas import RuleList, RuleRead, RuleWrite

router = APIRouter(route_class=TransactionalRoute, tags=["alert rules"])

RuleCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_.]{0,79}$")]
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)


@router.get("/v1/alert-rules", dependencies=[require(*_READERS)])
async def list_rules(ctx: ContextDep) -> RuleList:
    """The newest revision of each rule."""
    rows = await repository.list_newest_rules(ctx.session)
    return RuleList(items=[RuleRead.model_validate(row) for row in rows])


@router.get("/v1/alert-rules/{code}", dependencies=[require(*_READERS)], responses=problems(RuleNotFound))
async def get_rule(ctx: ContextDep, code: RuleCode) -> RuleRead:
    """The newest revision of a rule."""
    return RuleRead.model_validate((await rulebook.get_rule(ctx, code))[0])


@router.get(
    "/v1/alert-rules/{code}/revisions", dependencies=[require(*_READERS)], responses=problems(RuleNotFound)
)
async def list_revisions(ctx: ContextDep, code: RuleCode) -> RuleList:
    """All revisions of a rule, newest first."""
    return RuleList(items=[RuleRead.model_validate(row) for row in await rulebook.get_rule(ctx, code)])


@router.put(
    "/v1/alert-rules/{code}",
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
    responses=problems(InvalidRule, UnknownPolicy, Duplicate),
)
async def put_rule(ctx: ContextDep, code: RuleCode, body: RuleWrite) -> RuleRead:
    """Add a revision; earlier ones stay, and alerts that are live keep what they were opened with."""
    row = await rulebook.save_rule(
        ctx, code, body.definition, valid_from=body.valid_from, valid_until=body.valid_until
    )
    return RuleRead.model_validate(row)
