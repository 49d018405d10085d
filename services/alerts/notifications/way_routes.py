"""Policies of ways and people's preferences over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from libs.common.contracts.alerts import Severity
from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_none_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import Duplicate, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.notifications import way_repository, wishes
from services.alerts.notifications.domain.ways import Preferences, WayPolicy
from services.alerts.notifications.errors import PersonNotFound, WayPolicyInvalid, WishNotAllowed
from services.alerts.notifications.way_schemas import (
    PreferenceRead,
    WayPolicyList,
    WayPolicyRead,
    WayPolicyWrite,
)
from services.alerts.notifications.way_tables import PreferenceRow

router = APIRouter(route_class=TransactionalRoute, tags=["notification preferences"])

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
_OWN = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)


@router.get("/v1/way-policies", dependencies=[require(*_READERS)])
async def list_way_policies(ctx: ContextDep) -> WayPolicyList:
    """By which ways people are told, by severity and region: the revisions in force."""
    rows = await way_repository.list_policies(ctx.session, ctx.now)
    return WayPolicyList(items=[WayPolicyRead.model_validate(row) for row in rows])


@router.put(
    "/v1/way-policies/{severity}",
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
    responses=problems(Duplicate, WayPolicyInvalid),
)
async def put_way_policy(ctx: ContextDep, severity: Severity, body: WayPolicyWrite) -> WayPolicyRead:
    """Add a revision for a severity; what is under way goes on by it. Red is never quiet."""
    row = await wishes.save_policy(ctx, severity, body.region_code, body.definition, body.valid_from)
    return WayPolicyRead.model_validate(row)


@router.get(
    "/v1/persons/{person_id}/notification-preferences",
    dependencies=[require(*_READERS)],
    responses=problems(PersonNotFound),
)
async def get_preferences(ctx: ContextDep, response: Response, person_id: UUID) -> PreferenceRead:
    """What a person wishes, and what the policies of their region allow."""
    row, policies = await wishes.preference_of(ctx, person_id)
    shown = _shown(person_id, row, policies)
    response.headers["ETag"] = etag_of(shown.version)
    return shown


@router.put(
    "/v1/persons/{person_id}/notification-preferences",
    dependencies=[require(*_OWN)],
    responses=problems(PersonNotFound, WishNotAllowed),
)
async def put_preferences(
    request: Request, ctx: ContextDep, response: Response, person_id: UUID, body: Preferences
) -> PreferenceRead:
    """Say what one wishes; an officer says it for nobody else. Quiet hours hold for no red alert and no duty."""
    row, policies = await wishes.preference_of(ctx, person_id, lock=True)
    check_if_none_match(request, None if row is None else row.version)
    honour_if_match(request, 0 if row is None else row.version)
    row = await wishes.save_preference(ctx, person_id, row, body, policies)
    response.headers["ETag"] = etag_of(row.version)
    return _shown(person_id, row, policies)


def _shown(person_id: UUID, row: PreferenceRow | None, policies: dict[Severity, WayPolicy]) -> PreferenceRead:
    return PreferenceRead(
        person_id=person_id,
        version=0 if row is None else row.version,
        preferences=Preferences() if row is None else Preferences.model_validate(row.definition),
        policies=policies,
        changed_by=None if row is None else row.changed_by,
        changed_at=None if row is None else row.changed_at,
    )
