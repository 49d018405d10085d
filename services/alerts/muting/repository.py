"""SQL of silences, inhibition rules, maintenance windows and the alerts they keep quiet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only
from sqlmodel import col

from libs.common import regions
from libs.common.remember import is_new, note_holder
from libs.common.security.principal import Principal
from libs.common.security.scope import region_scope
from libs.common.web.filters import FilterField
from libs.common.web.listing import Listing, ListQuery
from libs.common.web.pagination import Page
from services.alerts.muting.domain.mutes import Inhibition, Maintenance, MuteBook, Muting, Silence, Subject
from services.alerts.muting.tables import AlertMuteRow, InhibitionRow, MaintenanceRow, MuteBase, SilenceRow
from services.alerts.routing.domain.matchers import Matcher
from services.alerts.routing.domain.windows import Window
from services.alerts.trail.labels import labels_of
from services.alerts.trail.tables import AlertRow

MuteT = TypeVar("MuteT", bound=MuteBase)


def _fields(row: type[MuteBase], **more: FilterField) -> dict[str, FilterField]:
    return {
        "id": FilterField(col(row.id), UUID),
        "region_code": FilterField(col(row.region_code)),
        "author": FilterField(col(row.author)),
        "created_by": FilterField(col(row.created_by)),
        "starts_at": FilterField(col(row.starts_at), datetime),
        "ends_at": FilterField(col(row.ends_at), datetime),
        **more,
    }


SILENCES = Listing(fields=_fields(SilenceRow), sortable=("starts_at", "ends_at"), default_sort="-id")
INHIBITIONS = Listing(
    fields=_fields(InhibitionRow, name=FilterField(col(InhibitionRow.name))),
    sortable=("name", "starts_at"),
    default_sort="-id",
)
MAINTENANCES = Listing(
    fields=_fields(
        MaintenanceRow,
        name=FilterField(col(MaintenanceRow.name)),
        object_type=FilterField(col(MaintenanceRow.object_type)),
        object_id=FilterField(col(MaintenanceRow.object_id)),
    ),
    sortable=("name", "starts_at"),
    default_sort="-id",
)


def _visible(column: Any, principal: Principal) -> ColumnElement[bool]:
    """Of the caller's subtree, and what wider regions hold over it.

    That keeps the caller's alerts quiet as well.
    """
    if principal.is_unbound:
        return true()
    own = region_scope(column, principal)
    if principal.region_code is None:
        return own
    try:
        above = regions.ancestors(principal.region_code)
    except regions.InvalidRegionCode:
        return own
    return or_(own, column.is_(None), column.in_(above))


async def page(session: AsyncSession, principal: Principal, row: type[MuteBase], query: ListQuery) -> Page[Any]:
    return await query.page(session, select(row).where(_visible(col(row.region_code), principal)))


async def find(
    session: AsyncSession, principal: Principal, row: type[MuteT], mute_id: UUID, *, lock: bool = False
) -> MuteT | None:
    statement = select(row).where(col(row.id) == mute_id, _visible(col(row.region_code), principal))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def list_silences(session: AsyncSession, principal: Principal, since: datetime) -> Sequence[SilenceRow]:
    """Silences that the caller may see and that have not ended before `since`."""
    statement = select(SilenceRow).where(
        _visible(col(SilenceRow.region_code), principal), col(SilenceRow.ends_at) >= since
    )
    return (await session.scalars(statement.order_by(col(SilenceRow.id)))).all()


async def list_inhibitions_of_origin(session: AsyncSession, origin: str) -> Sequence[InhibitionRow]:
    statement = select(InhibitionRow).where(col(InhibitionRow.origin) == origin).with_for_update()
    return (await session.scalars(statement.order_by(col(InhibitionRow.id)))).all()


async def load_book(session: AsyncSession) -> MuteBook:
    """Everything that has not been ended by somebody; what time ends is judged when asked."""
    silences = await session.scalars(select(SilenceRow).where(col(SilenceRow.ended_by).is_(None)))
    inhibitions = await session.scalars(select(InhibitionRow).where(col(InhibitionRow.ended_by).is_(None)))
    windows = await session.scalars(select(MaintenanceRow).where(col(MaintenanceRow.ended_by).is_(None)))
    return MuteBook(
        silences=tuple(silence_of(row) for row in silences),
        inhibitions=tuple(inhibition_of(row) for row in inhibitions),
        maintenances=tuple(maintenance_of(row) for row in windows),
    )


def matchers_of(stored: Iterable[dict[str, Any]]) -> tuple[Matcher, ...]:
    return tuple(Matcher(**one) for one in stored)


def stored(matchers: Iterable[Matcher]) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "value": one.value, "is_regex": one.is_regex, "is_equal": one.is_equal}
        for one in matchers
    ]


def silence_of(row: SilenceRow) -> Silence:
    return Silence(row.id, row.region_code, row.starts_at, row.ends_at, matchers_of(row.matchers))


def inhibition_of(row: InhibitionRow) -> Inhibition:
    return Inhibition(
        row.id,
        row.region_code,
        row.starts_at,
        row.ends_at,
        matchers_of(row.source_matchers),
        matchers_of(row.target_matchers),
        tuple(row.equal),
    )


def maintenance_of(row: MaintenanceRow) -> Maintenance:
    return Maintenance(
        row.id,
        row.region_code,
        row.starts_at,
        row.ends_at,
        matchers_of(row.matchers),
        row.object_type,
        row.object_id,
        tuple(Window.model_validate(window) for window in row.windows),
    )


def subject_of(alert: AlertRow) -> Subject:
    return Subject(
        str(alert.id), labels_of(alert), alert.region_code, alert.severity, alert.object_type, alert.object_id
    )


async def live_sources(session: AsyncSession, rule: Inhibition, target: Subject) -> list[Subject]:
    """Live alerts that may inhibit the target by this rule; the index narrows, the rule itself decides.

    Severity is left to the rule: the label as it is stored may be older than the alert's severity.
    """
    wanted = {name: target.labels[name] for name in rule.equal if target.labels.get(name)}
    return await _live_with(session, wanted | _plain(rule))


async def live_of_rules(session: AsyncSession, rules: Sequence[Inhibition]) -> list[Subject]:
    """Live alerts that may be sources of any of the rules."""
    found: dict[str, Subject] = {}
    for rule in rules:
        found |= {subject.key: subject for subject in await _live_with(session, _plain(rule))}
    return list(found.values())


def _plain(rule: Inhibition) -> dict[str, str]:
    return {one.name: one.value for one in rule.source if one.is_equal and not one.is_regex and one.value}


async def _live_with(session: AsyncSession, wanted: dict[str, str]) -> list[Subject]:
    statement = select(AlertRow).where(col(AlertRow.status) != "resolved")
    narrowing = {name: value for name, value in wanted.items() if name != "severity"}
    if narrowing:
        statement = statement.where(col(AlertRow.labels).contains(narrowing))
    return [subject_of(alert) for alert in await session.scalars(statement)]


async def list_muted(session: AsyncSession) -> dict[UUID, AlertMuteRow]:
    rows = await session.scalars(select(AlertMuteRow).execution_options(populate_existing=True))
    return {row.alert_id: row for row in rows}


async def find_muted(session: AsyncSession, alert_id: UUID) -> AlertMuteRow | None:
    if is_new(session, alert_id):
        return None
    statement = select(AlertMuteRow).where(col(AlertMuteRow.alert_id) == alert_id)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one_or_none()


async def put_muted(session: AsyncSession, alert_id: UUID, muting: Muting, at: datetime) -> None:
    note_holder(session, alert_id)
    values = {"kind": muting.kind.value, "source_id": muting.source_id, "until": muting.until}
    statement = insert(AlertMuteRow).values(alert_id=alert_id, since=at, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["alert_id"], set_=values))


async def delete_muted(session: AsyncSession, alert_id: UUID) -> None:
    await session.execute(delete(AlertMuteRow).where(col(AlertMuteRow.alert_id) == alert_id))


async def list_to_remind(session: AsyncSession, row: type[MuteT], at: datetime) -> list[MuteT]:
    """Those whose author wanted to hear before the end, not told yet, locked; the end itself is still ahead."""
    statement = (
        select(row)
        .where(
            col(row.remind_minutes).is_not(None),
            col(row.reminded_at).is_(None),
            col(row.ended_by).is_(None),
            col(row.ends_at) > at,
        )
        .order_by(col(row.ends_at))
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(statement))


async def close_ended(session: AsyncSession, row: type[MuteBase], at: datetime) -> int:
    statement = (
        update(row)
        .where(col(row.ended_by).is_(None), col(row.ends_at) <= at)
        .values(ended_by="time")
        .returning(col(row.id))
        .execution_options(synchronize_session=False)
    )
    return len((await session.scalars(statement)).all())


async def live_subjects(session: AsyncSession) -> list[Subject]:
    """All live alerts, by the few columns that tell whether they are quiet."""
    statement = select(AlertRow).where(col(AlertRow.status) != "resolved").options(_ASKED)
    return [subject_of(alert) for alert in await session.scalars(statement)]


_ASKED = load_only(
    *(
        getattr(AlertRow, name)
        for name in (
            "id",
            "source",
            "labels",
            "rule_code",
            "severity",
            "region_code",
            "object_type",
            "object_id",
            "condition_kind",
            "enterprise_id",
        )
    )
)
