"""Escalation policies over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.escalation import policies, repository
from services.alerts.escalation.errors import PolicyNotFound
from services.alerts.escalation.schemas import PolicyList, PolicyRead, PolicyWrite

router = APIRouter(route_class=TransactionalRoute, tags=["escalation policies"])

PolicyCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)


@router.get("/v1/escalation-policies", dependencies=[require(*_READERS)])
async def list_policies(ctx: ContextDep) -> PolicyList:
    """The newest revision of each policy."""
    rows = await repository.list_newest_policies(ctx.session)
    return PolicyList(items=[PolicyRead.model_validate(row) for row in rows])


@router.get(
    "/v1/escalation-policies/{code}", dependencies=[require(*_READERS)], responses=problems(PolicyNotFound)
)
async def get_policy(ctx: ContextDep, code: PolicyCode) -> PolicyRead:
    """The newest revision of a policy."""
    return PolicyRead.model_validate((await policies.get_policy(ctx, code))[0])


@router.put("/v1/escalation-policies/{code}", dependencies=[require(Role.ADMIN)], responses=problems(Duplicate))
async def put_policy(ctx: ContextDep, code: PolicyCode, body: PolicyWrite) -> PolicyRead:
    """Add a revision; alerts that are live keep the policy they were opened with."""
    row = await policies.save_policy(ctx, code, body.definition, valid_from=body.valid_from)
    return PolicyRead.model_validate(row)
