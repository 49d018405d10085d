"""Duplicates and relations of alerts over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from libs.common.contracts.alerts import AlertStatus, Severity
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.trail.errors import ActNotPossible, AlertAlreadyResolved, AlertNotFound
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings import repository, service
from services.alerts.warnings.errors import (
    LinkCycle,
    LinkNotFound,
    LinkStands,
    LiveTwin,
    MergeIntoItself,
    MergeTarget,
)
from services.alerts.warnings.muted import shown_one
from services.alerts.warnings.routes.life import HANDLERS, READERS
from services.alerts.warnings.schemas import life as shapes
from services.alerts.warnings.schemas.alerts import AlertRead
from services.alerts.warnings.service import merging
from services.alerts.warnings.tables import LinkRow

router = APIRouter(route_class=TransactionalRoute, tags=["alerts"])


@router.post(
    "/v1/alerts/{alert_id}/merges",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, AlertAlreadyResolved, ActNotPossible, MergeIntoItself, MergeTarget),
)
async def merge(ctx: ContextDep, alert_id: UUID, body: shapes.Merge) -> AlertRead:
    """Make the alert a duplicate of a live one; its history stays readable, and it can be taken apart again."""
    return await shown_one(ctx, await merging.merge_alert(ctx, alert_id, body.into, body.reason))


@router.post(
    "/v1/alerts/{alert_id}/unmerges",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, ActNotPossible, LiveTwin),
)
async def unmerge(ctx: ContextDep, alert_id: UUID, body: shapes.Unmerge) -> AlertRead:
    """It was no duplicate: open again while one of its own conditions lasts, closed when none does."""
    return await shown_one(ctx, await merging.unmerge_alert(ctx, alert_id, body.reason))


@router.post(
    "/v1/alerts/{alert_id}/links",
    status_code=201,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, MergeIntoItself, LinkStands, LinkCycle),
)
async def link(ctx: ContextDep, alert_id: UUID, body: shapes.LinkCreate) -> shapes.LinkRead:
    """Note that two alerts are related, or that one was caused by the other: an enterprise's by a substation's."""
    row = await merging.link_alerts(ctx, alert_id, body.alert_id, body.relation, body.reason)
    return _read(alert_id, row, await service.get_alert(ctx, body.alert_id))


@router.get("/v1/alerts/{alert_id}/links", dependencies=[require(*READERS)], responses=problems(AlertNotFound))
async def list_links(ctx: ContextDep, alert_id: UUID) -> shapes.LinkList:
    """The alerts this one is related to, as far as the caller may see them."""
    await service.get_alert(ctx, alert_id)
    found = await repository.list_links(ctx.session, ctx.principal, alert_id)
    return shapes.LinkList(items=[_read(alert_id, row, other) for row, other in found])


@router.delete(
    "/v1/alerts/{alert_id}/links/{link_id}",
    status_code=204,
    dependencies=[require(*HANDLERS)],
    responses=problems(AlertNotFound, LinkNotFound),
)
async def unlink(ctx: ContextDep, alert_id: UUID, link_id: UUID) -> Response:
    """Take a relation back; both trails keep that it stood."""
    await merging.unlink_alerts(ctx, alert_id, link_id)
    return Response(status_code=204)


def _read(alert_id: UUID, row: LinkRow, other: AlertRow) -> shapes.LinkRead:
    relation = row.relation
    if relation == merging.CAUSED_BY and row.other_id == alert_id:
        relation = "cause_of"
    return shapes.LinkRead.model_validate(
        {
            "id": row.id,
            "relation": relation,
            "reason": row.reason,
            "created_at": row.created_at,
            "created_by": row.created_by,
            "alert_id": other.id,
            "number": other.number,
            "severity": Severity(other.severity),
            "status": AlertStatus(other.status),
            "stage": other.stage,
            "title_zh": other.title_zh,
            "title_en": other.title_en,
        }
    )
