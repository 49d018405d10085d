"""What people do with an alert between its opening and its end, over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.encoders import jsonable_encoder

from libs.common.contracts.alerts import AlertStatus
from libs.common.security.principal import Role
from libs.common.web.catalogue import Catalogue, negotiate
from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import DomainError, Forbidden, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.escalation.errors import PromiseInPast, PromiseTooFar
from services.alerts.trail.errors import ActNotPossible, AlertAlreadyResolved, AlertNotFound
from services.alerts.warnings import repository, service
from services.alerts.warnings.errors import (
    DoneInFuture,
    LiveTwin,
    SameSeverity,
    UnknownAssignee,
    VerifiedByResolver,
)
from services.alerts.warnings.muted import shown_one
from services.alerts.warnings.schemas import life as shapes
from services.alerts.warnings.schemas.alerts import AlertRead
from services.alerts.warnings.service import bulk, handling, merging

router = APIRouter(route_class=TransactionalRoute, tags=["alerts"])

HANDLERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
VERIFIERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)
READERS = (*HANDLERS, Role.AUDITOR, Role.VIEWER)


async def honour_version(request: Request, ctx: ContextDep, alert_id: UUID) -> None:
    """Where the caller says which version it saw, another one refuses the act."""
    if "if-match" in request.headers:
        honour_if_match(request, (await service.lock_alert(ctx, alert_id)).version)


@router.post(
    "/v1/alerts/{alert_id}/handlings",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, AlertAlreadyResolved, ActNotPossible, DoneInFuture),
)
async def handle(
    request: Request, ctx: ContextDep, alert_id: UUID, body: shapes.HandlingCreate
) -> shapes.HandlingRead:
    """Record what was done about an acknowledged alert, with references to photos and papers."""
    await honour_version(request, ctx, alert_id)
    attachments = [item.model_dump(mode="json", exclude_none=True) for item in body.attachments]
    row = await handling.record_handling(ctx, alert_id, body.note, attachments, body.done_at)
    return shapes.HandlingRead.model_validate(row)


@router.get("/v1/alerts/{alert_id}/handlings", dependencies=[require(*READERS)], responses=problems(AlertNotFound))
async def list_handlings(ctx: ContextDep, alert_id: UUID) -> shapes.HandlingList:
    """What was recorded of the work, oldest first."""
    await service.get_alert(ctx, alert_id)
    rows = await repository.list_handlings(ctx.session, alert_id)
    return shapes.HandlingList(items=[shapes.HandlingRead.model_validate(row) for row in rows])


@router.post(
    "/v1/alerts/{alert_id}/assignments",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, AlertAlreadyResolved, UnknownAssignee),
)
async def assign(request: Request, ctx: ContextDep, alert_id: UUID, body: shapes.Assignment) -> AlertRead:
    """Make somebody responsible; the person is told, and the chase asks them first."""
    await honour_version(request, ctx, alert_id)
    return await shown_one(
        ctx, await handling.assign_alert(ctx, alert_id, body.person_id, body.unit_id, body.reason)
    )


@router.post(
    "/v1/alerts/{alert_id}/severity-changes",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, AlertAlreadyResolved, SameSeverity, Forbidden),
)
async def change_severity(
    request: Request, ctx: ContextDep, alert_id: UUID, body: shapes.SeverityChange
) -> AlertRead:
    """Weigh it otherwise than its rule: graver begins the chase anew, milder (not by officers) only slows it."""
    await honour_version(request, ctx, alert_id)
    return await shown_one(ctx, await handling.change_severity(ctx, alert_id, body.severity, body.reason))


@router.post(
    "/v1/alerts/{alert_id}/verifications",
    status_code=201,
    dependencies=[require(*VERIFIERS)],
    responses=problems(AlertNotFound, ActNotPossible, VerifiedByResolver, LiveTwin),
)
async def verify(request: Request, ctx: ContextDep, alert_id: UUID, body: shapes.Verification) -> AlertRead:
    """Confirm what another person resolved, or refuse it: then the alert is open again."""
    await honour_version(request, ctx, alert_id)
    if body.accepted:
        alert = await handling.verify_alert(ctx, alert_id, body.note)
    else:
        alert = await handling.reject_alert(ctx, alert_id, body.note or "")
    return await shown_one(ctx, alert)


@router.post(
    "/v1/alerts/{alert_id}/reopenings",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, ActNotPossible, LiveTwin),
)
async def reopen(request: Request, ctx: ContextDep, alert_id: UUID, body: shapes.Reopening) -> AlertRead:
    """Open a resolved or closed alert again, with the reason; the chase begins anew."""
    await honour_version(request, ctx, alert_id)
    return await shown_one(ctx, await handling.reopen_alert(ctx, alert_id, body.reason))


@router.post(
    "/v1/alerts/bulk-actions",
    dependencies=[require(*HANDLERS)],
    responses=problems(Forbidden, PromiseInPast, PromiseTooFar),
)
async def act_on_many(request: Request, ctx: ContextDep, body: shapes.BulkCreate) -> shapes.BulkRead:
    """One act on up to 200 alerts: each is done or not by itself, and the answer says which and why."""
    action = body.action
    if isinstance(action, shapes.BulkVerify) and ctx.principal.role not in VERIFIERS:
        raise Forbidden
    results = await bulk.act_on_each(ctx, body.alert_ids, _act(ctx, action))
    items = [_result(request, result) for result in results]
    done = sum(item.done for item in items)
    return shapes.BulkRead(done=done, failed=len(items) - done, items=items)


def _act(ctx: ContextDep, action: shapes.BulkAct) -> bulk.OneAct:
    async def act(alert_id: UUID) -> object:
        match action:
            case shapes.BulkAcknowledge():
                return await service.acknowledge_alert(
                    ctx, alert_id, action.promised_at, action.note, takes_over=action.takes_over
                )
            case shapes.BulkHandle():
                attachments = [item.model_dump(mode="json", exclude_none=True) for item in action.attachments]
                return await handling.record_handling(ctx, alert_id, action.note, attachments, action.done_at)
            case shapes.BulkResolve():
                return await service.resolve_alert(ctx, alert_id, action.note, is_true_alarm=action.is_true_alarm)
            case shapes.BulkVerify(accepted=True):
                return await handling.verify_alert(ctx, alert_id, action.note)
            case shapes.BulkVerify():
                return await handling.reject_alert(ctx, alert_id, action.note or "")
            case shapes.BulkReopen():
                return await handling.reopen_alert(ctx, alert_id, action.reason)
            case shapes.BulkAssign():
                return await handling.assign_alert(ctx, alert_id, action.person_id, action.unit_id, action.reason)
            case shapes.BulkSeverity():
                return await handling.change_severity(ctx, alert_id, action.severity, action.reason)
            case shapes.BulkComment():
                return await service.comment_on_alert(ctx, alert_id, action.text)
            case shapes.BulkMerge():
                return await merging.merge_alert(ctx, alert_id, action.into, action.reason)

    return act


def _result(request: Request, result: bulk.Result) -> shapes.BulkItem:
    alert, error = result.alert, result.error
    if alert is not None:
        return shapes.BulkItem(
            alert_id=result.alert_id,
            done=True,
            version=alert.version,
            status=AlertStatus(alert.status),
            stage=alert.stage,
        )
    assert error is not None
    title, detail = _words(request, error)
    return shapes.BulkItem(
        alert_id=result.alert_id,
        done=False,
        code=error.code,
        title=title,
        detail=detail,
        params=jsonable_encoder(result.params),
    )


def _words(request: Request, error: DomainError) -> tuple[str, str | None]:
    catalogue: Catalogue = request.app.state.catalogue
    language = negotiate(request.headers.get("accept-language"))
    return (
        catalogue.title(error.code, language, error.params),
        catalogue.detail(error.code, language, error.params) or None,
    )
