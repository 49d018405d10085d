"""Testing rules against kept events, and these events themselves, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.security.principal import Role
from libs.common.security.scope import UNBOUND
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.trail.service import actor_of
from services.alerts.warnings import repository
from services.alerts.warnings.domain.conditions import EVENTS, OPENING
from services.alerts.warnings.domain.fields import described_fields
from services.alerts.warnings.domain.trial import TriedAlert
from services.alerts.warnings.errors import InvalidRule, RuleNotFound, TooManyEvents, UnknownEventType
from services.alerts.warnings.routes.rules import READERS, WRITERS
from services.alerts.warnings.rule_tests import Tested, run_test
from services.alerts.warnings.schemas import rules as shapes

router = APIRouter(route_class=TransactionalRoute, tags=["alert rules"])

_MAX_UNANSWERED = 200


@router.post(
    "/v1/alert-rules/test",
    dependencies=[require(*WRITERS)],
    responses=problems(RuleNotFound, InvalidRule, TooManyEvents, NotFound),
)
async def try_out(ctx: ContextDep, body: shapes.RuleTestCreate) -> shapes.RuleTestRead:
    """What a draft or a saved rule would have opened, amended and closed in the last days; nothing is changed.

    That it was tested is recorded: a rule that wants a test is switched on after one of exactly its words.
    """
    tested = await run_test(ctx, body.code, body.definition, days=body.days, region_code=body.region_code)
    return _read(tested, body.limit)


@router.get("/v1/rule-event-types", dependencies=[require(*READERS)])
async def list_event_types() -> shapes.EventTypeList:
    """The events that rules may be about, with the names and types that expressions and templates may use."""
    return shapes.EventTypeList(
        items=[
            shapes.EventTypeRead(
                opened_type=opened_type,
                cleared_type=cleared_type,
                description=(payload.__doc__ or "").strip(),
                fields=[
                    shapes.FieldOfEvent(name=name, type=kind, values=values)
                    for name, kind, values in described_fields(payload)
                ],
            )
            for opened_type, (payload, cleared_type) in OPENING.items()
        ]
    )


@router.get("/v1/rule-events", response_model=PageOf[shapes.RuleEventRead], dependencies=[require(*READERS)])
async def list_rule_events(
    request: Request,
    ctx: ContextDep,
    query: Annotated[ListQuery, Depends(repository.RULE_EVENTS.selecting(shapes.RuleEventRead))],
) -> Response:
    """Events as they came, newest first: what a rule can be tested against."""
    page = await repository.page_rule_events(ctx.session, ctx.principal, query)
    return page_response(request, page, query, shapes.RuleEventRead)


@router.get("/v1/rule-event-retention", dependencies=[require(*READERS)])
async def list_retention(ctx: ContextDep) -> shapes.RetentionList:
    """For how many days events are kept, by type."""
    rows = await repository.list_retention(ctx.session)
    return shapes.RetentionList(items=[shapes.RetentionRead.model_validate(row) for row in rows])


@router.put(
    "/v1/rule-event-retention/{event_type}",
    dependencies=[require(Role.ADMIN), UNBOUND],
    responses=problems(UnknownEventType),
)
async def set_retention(
    ctx: ContextDep, event_type: Annotated[str, Path(max_length=200)], body: shapes.RetentionWrite
) -> shapes.RetentionRead:
    """Keep events of a type for so many days; ``*`` is for all types without days of their own."""
    if event_type != repository.ALL_TYPES and event_type not in EVENTS:
        raise UnknownEventType(event_type=event_type)
    by = actor_of(ctx.principal)
    await repository.set_retention(ctx.session, event_type, body.days, by, ctx.now)
    return shapes.RetentionRead(event_type=event_type, days=body.days, changed_by=by, changed_at=ctx.now)


def _read(tested: Tested, limit: int) -> shapes.RuleTestRead:
    row, outcome = tested.row, tested.outcome
    return shapes.RuleTestRead(
        id=row.id,
        code=row.code,
        run_by=row.run_by,
        run_at=row.run_at,
        since=row.since,
        until=row.until,
        events=outcome.events,
        alert_count=len(outcome.alerts),
        effects=dict(outcome.effects),
        decided_by_others=dict(outcome.decided_by_others),
        alerts=[_tried(alert) for alert in outcome.alerts[:limit]],
        unanswered_count=len(outcome.unanswered),
        unanswered=[
            shapes.UnansweredRead.model_validate(
                {"event_id": one.event_id, "at": one.at, "reason": one.unanswered.reason}
            )
            for one in outcome.unanswered[:_MAX_UNANSWERED]
        ],
    )


def _tried(alert: TriedAlert) -> shapes.TriedAlertRead:
    about = alert.about
    return shapes.TriedAlertRead(
        dedup_key=about.dedup_key,
        object_type=about.object_type,
        object_id=about.object_id,
        object_label=about.object_label,
        object_name=about.object_name,
        condition_kind=about.condition_kind,
        labels=dict(about.labels),
        region_code=alert.region_code,
        occurred_at=alert.occurred_at,
        severity=alert.severity,
        ended=alert.ended,
        steps=[shapes.StepRead.model_validate(step) for step in alert.steps],
    )
