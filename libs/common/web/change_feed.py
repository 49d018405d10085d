"""``GET /v1/<things>/changes?after=``: what was created, changed or deleted since a cursor, from the outbox.

Only rows with a position are served: the relay gives positions in commit-visible order, so a reader that
resumes from its cursor never misses a transaction that committed late.

A slice offers its feed in one line, before the route of a single thing (``/{thing_id}`` would take the word for
an id)::

    add_change_feed(router, [PROJECT], of="projects")
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from libs.common.contracts.base import Topic
from libs.common.outbox.tables import OutboxRow
from libs.common.security.principal import Principal
from libs.common.security.scope import enterprise_scope, region_scope
from libs.common.web.dependencies import ContextDep
from libs.common.web.pagination import MAX_LIMIT, InvalidCursor, SortKey, decode_cursor, encode_cursor
from libs.common.web.problems import ChangesForgotten, FieldError, MalformedRequest, problems

AfterParam = Annotated[str | None, Query(description="next_cursor of the last answer; absent from the start.")]
SinceParam = Annotated[
    AwareDatetime | None, Query(description="Without a cursor: begin with what was recorded then or later.")
]
FeedLimitParam = Annotated[int, Query(ge=1, le=MAX_LIMIT)]

ChangeKind = Literal["created", "changed", "deleted"]

_PLACE = SortKey("position", col(OutboxRow.position), int)


class Change(BaseModel):
    """One change of one thing; ``data`` is the event's payload, null when the thing was deleted."""

    change: ChangeKind
    id: str = Field(description="Id of the thing that changed.")
    version: int = Field(description="Rises by one with each change of the thing.")
    type: str = Field(description="Type of the event, as on Kafka.")
    occurred_at: AwareDatetime
    data: dict[str, Any] | None


class ChangePage(BaseModel):
    """Changes in order. ``next_cursor`` is always given: ask again with it, at once while ``has_more``."""

    items: list[Change]
    next_cursor: str | None = Field(description="Null only while nothing has ever changed.")
    has_more: bool


def add_change_feed(
    router: APIRouter,
    topics: Sequence[Topic],
    *,
    of: str,
    path: str = "/changes",
    deleted_types: frozenset[str] = frozenset(),
    dependencies: Sequence[Any] = (),
) -> None:
    """Give ``router`` (of TransactionalRoutes) the feed of ``topics``; ``of`` names the things in its summary."""

    async def list_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Response:
        page = await read_changes(
            ctx.session, ctx.principal, topics, after=after, limit=limit, deleted_types=deleted_types
        )
        # Said as it is: the framework would check hundreds of changes that were just made.
        return Response(page.model_dump_json(), media_type="application/json")

    router.add_api_route(
        path,
        list_changes,
        methods=["GET"],
        response_model=ChangePage,
        responses=problems(ChangesForgotten),
        dependencies=list(dependencies),
        name=f"list_{of.replace(' ', '_')}_changes",
        summary=f"Changes of {of}",
        description=(
            f"What happened to {of} since a cursor, without a gap, for mobile and other systems. Keep "
            "`next_cursor` and ask again with it; 410 says that the history no longer reaches "
            "there: read the list anew."
        ),
    )


def visible_events(principal: Principal, topics: Sequence[str]) -> ColumnElement[bool]:
    """The condition for events on these topics that the caller may see; nothing of them leaves without it."""
    return and_(
        col(OutboxRow.topic).in_(sorted(topics)),
        region_scope(col(OutboxRow.region_code), principal),
        enterprise_scope(col(OutboxRow.enterprise_id), principal),
    )


async def read_changes(
    session: AsyncSession,
    principal: Principal,
    topics: Sequence[Topic],
    *,
    after: str | None,
    limit: int = 100,
    deleted_types: frozenset[str] = frozenset(),
    where: ColumnElement[bool] | None = None,
    since: datetime | None = None,
) -> ChangePage:
    """The next changes on ``topics`` that ``principal`` may see (its region, its enterprise, and ``where``).

    Events of ``deleted_types`` and tombstones read as "deleted", the first of a thing as "created".
    Raises MalformedRequest for a cursor of another feed, ChangesForgotten for one from before the history that is
    kept (:mod:`libs.common.retention`). Without a cursor the history begins where it is kept from.
    """
    names = sorted(topic.name for topic in topics)
    salt = ",".join(names)
    start = _position_of(after, salt)
    # Read before the rows: a page that is not full may then jump over everything the caller does not see.
    # All topics' positions are one row of numbers: a reader of a quiet topic keeps up with what is forgotten.
    first, end = (await session.execute(select(func.min(OutboxRow.position), func.max(OutboxRow.position)))).one()
    if after is not None and first is not None and start < first - 1:
        raise ChangesForgotten
    if after is None and since is not None and end is not None:
        start = await _position_before(session, names, since, first, end)
    if end is None or end <= start:
        # Who asked from an instant on has seen nothing yet, and goes on from here.
        here = after if after is not None or not start else encode_cursor([_PLACE], [start], salt)
        return ChangePage(items=[], next_cursor=here, has_more=False)
    statement = (
        select(OutboxRow)
        .where(
            visible_events(principal, names),
            col(OutboxRow.position) > start,
            col(OutboxRow.position) <= end,
            true() if where is None else where,
        )
        .order_by(col(OutboxRow.position))
        .limit(limit + 1)
    )
    rows = (await session.scalars(statement)).all()
    shown = rows[:limit]
    has_more = len(rows) > limit
    place = shown[-1].position if has_more else end
    return ChangePage(
        items=[_change(row, deleted_types) for row in shown],
        next_cursor=encode_cursor([_PLACE], [place], salt),
        has_more=has_more,
    )


async def _position_before(
    session: AsyncSession, topics: Sequence[str], since: datetime, first: int | None, end: int
) -> int:
    """The position below the first event recorded at or after the instant. Raises ChangesForgotten."""
    oldest = await session.scalar(select(col(OutboxRow.recorded_at)).where(col(OutboxRow.position) == first))
    if first is not None and first > 1 and oldest is not None and oldest > since:
        raise ChangesForgotten
    found = await session.scalar(
        select(func.min(OutboxRow.position)).where(
            col(OutboxRow.topic).in_(topics), col(OutboxRow.recorded_at) >= since
        )
    )
    return end if found is None else found - 1


def _position_of(after: str | None, salt: str) -> int:
    if after is None:
        return 0
    try:
        return int(decode_cursor([_PLACE], after, salt)[0])
    except InvalidCursor as error:
        raise MalformedRequest(errors=[FieldError("field.cursor_invalid", parameter="after")]) from error


def _change(row: OutboxRow, deleted_types: frozenset[str]) -> Change:
    change: ChangeKind = "created" if row.aggregate_version == 1 else "changed"
    if row.payload is None or row.type in deleted_types:
        change = "deleted"
    return Change(
        change=change,
        id=row.subject,
        version=row.aggregate_version,
        type=row.type,
        occurred_at=row.occurred_at,
        data=None if row.payload is None else orjson.loads(row.payload),
    )
