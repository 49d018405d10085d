"""SQL of the list of alerts and of what is told of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.alerts import AlertStage, AlertStatus, Severity
from libs.common.security.principal import Principal
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.notifications.tables import AttemptRow, DeliveryRow, NotificationRow
from services.alerts.trail.repository import alert_scope
from services.alerts.trail.tables import AlertRow
from services.alerts.warnings.repository.regions import within
from services.alerts.warnings.tables import ConditionRow, HandlingRow, RuleEventRow

# The same as domain.life.stage_of, for conditions.
STAGE = case(
    (col(AlertRow.status) == AlertStatus.OPEN.value, AlertStage.OPEN.value),
    (
        col(AlertRow.status) == AlertStatus.ACKNOWLEDGED.value,
        case(
            (col(AlertRow.handling_at).is_(None), AlertStage.ACKNOWLEDGED.value), else_=AlertStage.HANDLING.value
        ),
    ),
    (col(AlertRow.merged_into).is_not(None), AlertStage.MERGED.value),
    (col(AlertRow.verified_at).is_(None), AlertStage.RESOLVED.value),
    else_=AlertStage.CLOSED.value,
)


def _has_labels(column: Any, value: str) -> ColumnElement[bool]:
    """Alerts that have all of these labels: ``name=value``, or a name alone; several by comma."""
    conditions: list[ColumnElement[bool]] = []
    for part in filter(None, (text.strip() for text in value.split(","))):
        name, equals, wanted = part.partition("=")
        conditions.append(column.contains({name: wanted}) if equals else column.has_key(name))
    return and_(*conditions) if conditions else false()


ALERTS = Listing(
    fields={
        "id": FilterField(col(AlertRow.id), UUID),
        "number": FilterField(col(AlertRow.number), int),
        "status": FilterField(col(AlertRow.status), AlertStatus),
        "stage": FilterField(STAGE, AlertStage),
        "severity": FilterField(col(AlertRow.severity), Severity),
        "labels": FilterField(col(AlertRow.labels), str, operators=frozenset(), own={"has": _has_labels}),
        "responsible_person_id": FilterField(col(AlertRow.responsible_person_id), UUID),
        "responsible_unit_id": FilterField(col(AlertRow.responsible_unit_id), UUID),
        "acknowledged_by": FilterField(col(AlertRow.acknowledged_by)),
        "resolved_by": FilterField(col(AlertRow.resolved_by)),
        "promised_at": FilterField(col(AlertRow.promised_at), datetime),
        "promises_broken": FilterField(col(AlertRow.promises_broken), int),
        "reopened": FilterField(col(AlertRow.reopened), int),
        "merged_into": FilterField(col(AlertRow.merged_into), UUID),
        "dedup_key": FilterField(col(AlertRow.dedup_key)),
        "region_code": FilterField(col(AlertRow.region_code), own={"within": within}),
        "enterprise_id": FilterField(col(AlertRow.enterprise_id), UUID),
        "object_type": FilterField(col(AlertRow.object_type)),
        "object_id": FilterField(col(AlertRow.object_id)),
        "object_label": FilterField(col(AlertRow.object_label)),
        "condition_kind": FilterField(col(AlertRow.condition_kind)),
        "rule_code": FilterField(col(AlertRow.rule_code)),
        "escalation_level": FilterField(col(AlertRow.escalation_level), int),
        "occurred_at": FilterField(col(AlertRow.occurred_at), datetime),
        "received_at": FilterField(col(AlertRow.received_at), datetime),
        "resolved_at": FilterField(col(AlertRow.resolved_at), datetime),
        "updated_at": FilterField(col(AlertRow.updated_at), datetime),
    },
    sortable=("number", "occurred_at", "received_at", "updated_at"),
    default_sort="-number",
)


async def page_alerts(session: AsyncSession, principal: Principal, query: ListQuery) -> Page[Any]:
    return await query.page(session, select(AlertRow).where(alert_scope(principal)))


async def list_handlings(session: AsyncSession, alert_id: UUID) -> Sequence[HandlingRow]:
    """What was recorded of the work on an alert, oldest first."""
    statement = select(HandlingRow).where(col(HandlingRow.alert_id) == alert_id)
    return (await session.scalars(statement.order_by(col(HandlingRow.recorded_at), col(HandlingRow.id)))).all()


async def list_events_of(session: AsyncSession, alert_id: UUID, limit: int = 500) -> Sequence[RuleEventRow]:
    """The kept events of the conditions that opened or joined an alert, in order of receipt."""
    statement = (
        select(RuleEventRow)
        .join(
            ConditionRow,
            and_(
                col(ConditionRow.source) == col(RuleEventRow.source),
                col(ConditionRow.condition_id) == col(RuleEventRow.condition_id),
            ),
        )
        .where(or_(col(ConditionRow.alert_id) == alert_id, col(ConditionRow.origin_alert_id) == alert_id))
        .order_by(col(RuleEventRow.received_at), col(RuleEventRow.version))
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_told(
    session: AsyncSession, alert_id: UUID, limit: int = 500
) -> list[tuple[NotificationRow, DeliveryRow | None]]:
    """Notifications of an alert with their deliveries, oldest first."""
    statement = (
        select(NotificationRow, DeliveryRow)
        .outerjoin(DeliveryRow, col(DeliveryRow.notification_id) == col(NotificationRow.id))
        .where(col(NotificationRow.alert_id) == alert_id)
        .order_by(col(NotificationRow.id), col(DeliveryRow.id))
        .limit(limit)
    )
    return [(notification, delivery) for notification, delivery in await session.execute(statement)]


async def list_attempts_of(session: AsyncSession, delivery_ids: Sequence[UUID]) -> Sequence[AttemptRow]:
    statement = select(AttemptRow).where(col(AttemptRow.delivery_id).in_(list(delivery_ids)))
    return (await session.scalars(statement.order_by(col(AttemptRow.delivery_id), col(AttemptRow.number)))).all()
