"""Alerts over HTTP: reading them and their trail, and what people do with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.alerts import ALERT
from libs.common.security.principal import Role
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, SinceParam, read_changes
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import ChangesForgotten, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.escalation.errors import PromiseInPast, PromiseTooFar
from services.alerts.trail import repository as records
from services.alerts.trail.domain import chain
from services.alerts.trail.errors import AlertAlreadyResolved, AlertNotFound
from services.alerts.trail.reading import facts_of_entries
from services.alerts.warnings import repository, service
from services.alerts.warnings.errors import AlreadyAcknowledged
from services.alerts.warnings.muted import shown, shown_one
from services.alerts.warnings.schemas.alerts import (
    Acknowledgement,
    AlertRead,
    ChapterRead,
    CommentCreate,
    Resolution,
    StoryRead,
    TrailEntryRead,
    TrailRead,
)
from services.alerts.warnings.service.story import tell_story

router = APIRouter(route_class=TransactionalRoute, tags=["alerts"])

_HANDLERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)


@router.get("/v1/alerts", response_model=PageOf[AlertRead])
async def list_alerts(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.ALERTS)]
) -> Response:
    """Alerts of the caller's region and enterprise, newest first."""
    page = await repository.page_alerts(ctx.session, ctx.principal, query)
    read = await shown(ctx, page.items)
    return page_response(request, page, query, AlertRead, lambda alert: read[alert.id])


@router.get("/v1/alerts/changes", responses=problems(ChangesForgotten))
async def list_changes(
    ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100, since: SinceParam = None
) -> ChangePage:
    """What happened to alerts since a cursor or an instant, in the order in which it became visible.

    Alerts are never deleted, so no change of them is a deletion: what is over says so in its state.
    """
    return await read_changes(ctx.session, ctx.principal, [ALERT], after=after, limit=limit, since=since)


@router.get("/v1/alerts/{alert_id}", response_model=AlertRead, responses=problems(AlertNotFound))
async def get_alert(request: Request, response: Response, ctx: ContextDep, alert_id: UUID) -> AlertRead | Response:
    """One alert with the facts it was made of."""
    alert = await service.get_alert(ctx, alert_id)
    etag = etag_of(alert.version)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    response.headers["ETag"] = etag
    return await shown_one(ctx, alert)


@router.get(
    "/v1/alerts/{alert_id}/trail",
    # It names who was told: for the offices, not for those whom the alert is about.
    dependencies=[require(*_HANDLERS, Role.AUDITOR, Role.VIEWER)],
    responses=problems(AlertNotFound),
)
async def get_trail(ctx: ContextDep, alert_id: UUID) -> TrailRead:
    """Everything that happened to the alert, with the chain that shows whether somebody tampered with it."""
    alert = await service.get_alert(ctx, alert_id)
    entries = await records.list_entries(ctx.session, alert_id)
    broken = chain.first_break(entries, alert.trail_length, alert.trail_head)
    shown = await facts_of_entries(ctx.session, entries)
    return TrailRead(
        alert_id=alert_id,
        intact=broken is None,
        first_broken=broken,
        items=[
            TrailEntryRead(
                seq=entry.seq,
                kind=entry.kind,
                at=entry.at,
                actor=entry.actor,
                facts=facts,
                previous=entry.previous,
                digest=entry.digest,
            )
            for entry, facts in zip(entries, shown, strict=True)
        ],
    )


@router.get(
    "/v1/alerts/{alert_id}/story",
    dependencies=[require(*_HANDLERS, Role.AUDITOR, Role.VIEWER)],
    responses=problems(AlertNotFound),
)
async def get_story(ctx: ContextDep, alert_id: UUID) -> StoryRead:
    """From the reading to the end in order of time: readings, detection, trail, notifications, deliveries."""
    chapters = await tell_story(ctx, alert_id)
    return StoryRead(alert_id=alert_id, items=[ChapterRead.model_validate(chapter) for chapter in chapters])


@router.post(
    "/v1/alerts/{alert_id}/acknowledgements",
    status_code=201,
    dependencies=[require(*_HANDLERS, Role.ENTERPRISE)],
    responses=problems(AlertNotFound, AlertAlreadyResolved, AlreadyAcknowledged, PromiseInPast, PromiseTooFar),
)
async def acknowledge(ctx: ContextDep, alert_id: UUID, body: Acknowledgement) -> AlertRead:
    """Take the alert up and promise a date; the climb stops until then.

    Who comes second is told who was first and when; the same person again changes nothing, or gives a new promise.
    """
    alert = await service.acknowledge_alert(ctx, alert_id, body.promised_at, body.note, takes_over=body.takes_over)
    return await shown_one(ctx, alert)


@router.post(
    "/v1/alerts/{alert_id}/resolutions",
    status_code=201,
    dependencies=[require(*_HANDLERS)],
    responses=problems(AlertNotFound, AlertAlreadyResolved),
)
async def resolve(ctx: ContextDep, alert_id: UUID, body: Resolution) -> AlertRead:
    """Close the alert with a word on what was done; somebody else verifies it."""
    alert = await service.resolve_alert(ctx, alert_id, body.note, is_true_alarm=body.is_true_alarm)
    return await shown_one(ctx, alert)


@router.post(
    "/v1/alerts/{alert_id}/comments",
    status_code=201,
    dependencies=[require(*_HANDLERS, Role.ENTERPRISE)],
    responses=problems(AlertNotFound),
)
async def comment(ctx: ContextDep, alert_id: UUID, body: CommentCreate) -> AlertRead:
    """Add a remark to the trail."""
    return await shown_one(ctx, await service.comment_on_alert(ctx, alert_id, body.text))
