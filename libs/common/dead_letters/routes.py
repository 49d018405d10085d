"""``/v1/set-aside-events``: what a consumer could not handle, the same in every service.

``/v1/dead-letters`` of alerts are messages to people that could not be delivered; these are events.
"""

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from libs.common.dead_letters import repository, service
from libs.common.dead_letters.errors import (
    LetterLeftBehind,
    LetterNotEditable,
    LetterNotFound,
    LetterSettled,
    LetterStillFails,
    LetterUnfit,
)
from libs.common.dead_letters.replaying import Replaying
from libs.common.dead_letters.tables import DeadLetterRow
from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, PreconditionRequired, problems
from libs.common.web.routes import TransactionalRoute

_READERS = [require(Role.ADMIN, Role.AUDITOR)]
_MENDERS = [require(Role.ADMIN)]
_SHOWN = 65_536

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^ce_[a-z]{1,40}$")]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=500)]

router = APIRouter(prefix="/v1/set-aside-events", route_class=TransactionalRoute, tags=["operation"])


class SetAsideEventRead(BaseModel):
    """An event that a consumer could not handle; it waits until it is replayed or discarded."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    consumer: str
    topic: str
    partition: int
    log_offset: int
    event_id: str | None
    event_type: str | None
    region_code: str | None
    cause: str
    received_at: datetime = Field(description="By the stack's clock.")
    state: str = Field(description="waiting, replayed or discarded.")
    version: int
    edited_by: str | None
    edited_at: datetime | None
    edit_reason: str | None
    settled_by: str | None
    settled_at: datetime | None
    settle_reason: str | None
    took_effect: bool | None = Field(
        description="Whether its replay changed anything; false where the consumer had had the event meanwhile."
    )


class SetAsideEventDetail(SetAsideEventRead):
    """With what came, what it was mended to, and where it broke."""

    headers: list[list[str]]
    body: str | None = Field(description="As it came, its beginning if it is long; null of a tombstone.")
    left_behind: bool = Field(description="The body was too large to be kept with its headers.")
    edited_body: str | None
    edited_headers: dict[str, str] | None
    stack: str


class SetAsideEventEdit(BaseModel):
    """What is to be handled instead of what came."""

    model_config = ConfigDict(extra="forbid")

    body: dict[str, Any] | None = Field(default=None, description="By the event's contract. Null: as it came.")
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict, max_length=10)
    reason: Reason


class SetAsideEventReason(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


def means_of(request: Request) -> Replaying:
    return cast(Replaying, getattr(request.app.state, "replaying", Replaying({})))


@router.get("", response_model=PageOf[SetAsideEventRead], dependencies=_READERS)
async def list_set_aside_events(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.LETTERS)]
) -> Response:
    """Events set aside as poison, the newest first."""
    page = await repository.page_letters(ctx.session, ctx.principal, query)
    return page_response(request, page, query, SetAsideEventRead)


@router.get("/{letter_id}", dependencies=_READERS, responses=problems(LetterNotFound))
async def get_set_aside_event(ctx: ContextDep, letter_id: UUID, response: Response) -> SetAsideEventDetail:
    """One of them with all that is known."""
    row = await repository.get_letter(ctx.session, ctx.principal, letter_id)
    return _detail(row, response)


@router.patch(
    "/{letter_id}",
    dependencies=_MENDERS,
    responses=problems(
        LetterNotFound, LetterSettled, LetterNotEditable, LetterUnfit, PreconditionFailed, PreconditionRequired
    ),
)
async def edit_set_aside_event(
    request: Request, ctx: ContextDep, letter_id: UUID, body: SetAsideEventEdit, response: Response
) -> SetAsideEventDetail:
    """Mend it: what is given has to fit the event's contract. What came is kept beside it."""
    row = await repository.get_letter(ctx.session, ctx.principal, letter_id, lock=True)
    check_if_match(request, row.version)
    await service.edit_letter(
        ctx, means_of(request), row, body=body.body, headers=body.headers, reason=body.reason
    )
    return _detail(row, response)


@router.post(
    "/{letter_id}/replays",
    status_code=201,
    dependencies=_MENDERS,
    responses=problems(
        LetterNotFound,
        LetterSettled,
        LetterLeftBehind,
        LetterNotEditable,
        LetterStillFails,
        LetterUnfit,
        PreconditionFailed,
    ),
)
async def replay_set_aside_event(
    request: Request, ctx: ContextDep, letter_id: UUID, body: SetAsideEventReason
) -> SetAsideEventRead:
    """Handle it now, as mended if it was: once, with its effect in the same transaction."""
    row = await repository.get_letter(ctx.session, ctx.principal, letter_id, lock=True)
    honour_if_match(request, row.version)
    await service.replay_letter(ctx, means_of(request), row, body.reason)
    return SetAsideEventRead.model_validate(row)


@router.post(
    "/{letter_id}/discards",
    status_code=201,
    dependencies=_MENDERS,
    responses=problems(LetterNotFound, LetterSettled, PreconditionFailed),
)
async def discard_set_aside_event(
    request: Request, ctx: ContextDep, letter_id: UUID, body: SetAsideEventReason
) -> SetAsideEventRead:
    """Say that it need not be handled, and why."""
    row = await repository.get_letter(ctx.session, ctx.principal, letter_id, lock=True)
    honour_if_match(request, row.version)
    await service.discard_letter(ctx, row, body.reason)
    return SetAsideEventRead.model_validate(row)


def _detail(row: DeadLetterRow, response: Response) -> SetAsideEventDetail:
    response.headers["ETag"] = etag_of(row.version)
    return SetAsideEventDetail(
        **SetAsideEventRead.model_validate(row).model_dump(),
        headers=row.headers,
        body=_shown(row.value),
        left_behind=row.left_behind,
        edited_body=_shown(row.edited_value),
        edited_headers=row.edited_headers,
        stack=row.stack,
    )


def _shown(value: bytes | None) -> str | None:
    return None if value is None else value[:_SHOWN].decode(errors="replace").replace("\0", "�")
