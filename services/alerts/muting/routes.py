"""Silences, inhibition rules and maintenance windows over HTTP."""

from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from libs.common.context import Context
from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.muting import repository, upkeep
from services.alerts.muting.domain.mutes import MuteState, state_at
from services.alerts.muting.errors import (
    InhibitionNotFound,
    InvalidMatchers,
    MaintenanceNotFound,
    MuteEndsInPast,
    MuteExpired,
    MuteTooLong,
    SilenceNotFound,
)
from services.alerts.muting.schemas import (
    InhibitionCreate,
    InhibitionRead,
    InhibitionUpdate,
    MaintenanceCreate,
    MaintenanceRead,
    MaintenanceUpdate,
    SilenceCreate,
    SilenceRead,
    SilenceUpdate,
)
from services.alerts.muting.tables import InhibitionRow, MaintenanceRow, MuteBase, SilenceRow

router = APIRouter(route_class=TransactionalRoute, tags=["muting"])

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_SILENCERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
# What goes on for months is decided by those who answer for it.
_KEEPERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)

_MATCHER_FIELDS = ("matchers", "source_matchers", "target_matchers")
ReadT = TypeVar("ReadT", bound=BaseModel)


def _facts(body: BaseModel, **options: Any) -> dict[str, Any]:
    facts = body.model_dump(**options)
    for field in _MATCHER_FIELDS:
        if facts.get(field) is not None:
            facts[field] = [shape.matcher() for shape in getattr(body, field)]
    if facts.get("windows") is not None:
        facts["windows"] = [window.model_dump(mode="json") for window in body.windows]  # type: ignore[attr-defined]
    return facts


def _read(model: type[ReadT], row: MuteBase, now: datetime) -> ReadT:
    state = MuteState.EXPIRED if row.ended_by is not None else state_at(row.starts_at, row.ends_at, now)
    return model.model_validate({**row.model_dump(), "state": state})


async def _listed(
    request: Request, ctx: Context, query: ListQuery, row: type[MuteBase], model: type[BaseModel]
) -> Response:
    page = await repository.page(ctx.session, ctx.principal, row, query)
    return page_response(request, page, query, model, lambda one: _read(model, one, ctx.now))


def _answer(response: Response, row: MuteBase, model: type[ReadT], now: datetime) -> ReadT:
    response.headers["ETag"] = etag_of(row.version)
    return _read(model, row, now)


@router.get("/v1/silences", response_model=PageOf[SilenceRead], dependencies=[require(*_READERS)])
async def list_silences(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.SILENCES)]
) -> Response:
    """Silences of the caller's region and those that wider regions hold over it, newest first."""
    return await _listed(request, ctx, query, SilenceRow, SilenceRead)


@router.post(
    "/v1/silences",
    status_code=201,
    dependencies=[require(*_SILENCERS)],
    responses=problems(InvalidMatchers, MuteEndsInPast, MuteTooLong),
)
async def create_silence(ctx: ContextDep, response: Response, body: SilenceCreate) -> SilenceRead:
    """Keep alerts quiet for a time; a start that has passed is now."""
    row = await upkeep.create(ctx, SilenceRow, _facts(body))
    return _answer(response, row, SilenceRead, ctx.now)


@router.get("/v1/silences/{silence_id}", dependencies=[require(*_READERS)], responses=problems(SilenceNotFound))
async def get_silence(ctx: ContextDep, response: Response, silence_id: UUID) -> SilenceRead:
    return _answer(response, await upkeep.get(ctx, SilenceRow, silence_id), SilenceRead, ctx.now)


@router.patch(
    "/v1/silences/{silence_id}",
    dependencies=[require(*_SILENCERS)],
    responses=problems(SilenceNotFound, MuteExpired, MuteEndsInPast, MuteTooLong),
)
async def change_silence(
    request: Request, ctx: ContextDep, response: Response, silence_id: UUID, body: SilenceUpdate
) -> SilenceRead:
    """Change reason, span or reminder of a silence that has not ended."""
    row = await upkeep.get_own(ctx, SilenceRow, silence_id)
    check_if_match(request, row.version)
    await upkeep.change(ctx, row, _facts(body, exclude_none=True))
    return _answer(response, row, SilenceRead, ctx.now)


@router.post(
    "/v1/silences/{silence_id}/expirations",
    status_code=201,
    dependencies=[require(*_SILENCERS)],
    responses=problems(SilenceNotFound),
)
async def expire_silence(request: Request, ctx: ContextDep, response: Response, silence_id: UUID) -> SilenceRead:
    """End a silence now; ending what has ended changes nothing."""
    row = await upkeep.get_own(ctx, SilenceRow, silence_id)
    honour_if_match(request, row.version)
    await upkeep.expire(ctx, row)
    return _answer(response, row, SilenceRead, ctx.now)


@router.get("/v1/inhibition-rules", response_model=PageOf[InhibitionRead], dependencies=[require(*_READERS)])
async def list_inhibitions(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.INHIBITIONS)]
) -> Response:
    """Inhibition rules of the caller's region and those of wider ones, newest first."""
    return await _listed(request, ctx, query, InhibitionRow, InhibitionRead)


@router.post(
    "/v1/inhibition-rules",
    status_code=201,
    dependencies=[require(*_KEEPERS)],
    responses=problems(InvalidMatchers, MuteEndsInPast),
)
async def create_inhibition(ctx: ContextDep, response: Response, body: InhibitionCreate) -> InhibitionRead:
    """Let a live alert keep quiet what follows from it; red alerts are never inhibited."""
    row = await upkeep.create(ctx, InhibitionRow, _facts(body))
    return _answer(response, row, InhibitionRead, ctx.now)


@router.get(
    "/v1/inhibition-rules/{rule_id}", dependencies=[require(*_READERS)], responses=problems(InhibitionNotFound)
)
async def get_inhibition(ctx: ContextDep, response: Response, rule_id: UUID) -> InhibitionRead:
    return _answer(response, await upkeep.get(ctx, InhibitionRow, rule_id), InhibitionRead, ctx.now)


@router.patch(
    "/v1/inhibition-rules/{rule_id}",
    dependencies=[require(*_KEEPERS)],
    responses=problems(InhibitionNotFound, MuteExpired, InvalidMatchers, MuteEndsInPast),
)
async def change_inhibition(
    request: Request, ctx: ContextDep, response: Response, rule_id: UUID, body: InhibitionUpdate
) -> InhibitionRead:
    row = await upkeep.get_own(ctx, InhibitionRow, rule_id)
    check_if_match(request, row.version)
    await upkeep.change(ctx, row, _facts(body, exclude_none=True))
    return _answer(response, row, InhibitionRead, ctx.now)


@router.post(
    "/v1/inhibition-rules/{rule_id}/expirations",
    status_code=201,
    dependencies=[require(*_KEEPERS)],
    responses=problems(InhibitionNotFound),
)
async def expire_inhibition(
    request: Request, ctx: ContextDep, response: Response, rule_id: UUID
) -> InhibitionRead:
    """End an inhibition rule now."""
    row = await upkeep.get_own(ctx, InhibitionRow, rule_id)
    honour_if_match(request, row.version)
    await upkeep.expire(ctx, row)
    return _answer(response, row, InhibitionRead, ctx.now)


@router.get("/v1/maintenance-windows", response_model=PageOf[MaintenanceRead], dependencies=[require(*_READERS)])
async def list_maintenances(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.MAINTENANCES)]
) -> Response:
    """Maintenance windows of the caller's region and those of wider ones, newest first."""
    return await _listed(request, ctx, query, MaintenanceRow, MaintenanceRead)


@router.post(
    "/v1/maintenance-windows",
    status_code=201,
    dependencies=[require(*_KEEPERS)],
    responses=problems(InvalidMatchers, MuteEndsInPast),
)
async def create_maintenance(ctx: ContextDep, response: Response, body: MaintenanceCreate) -> MaintenanceRead:
    """Windows of time, recurring or once, in which alerts of an object or of labels are quiet."""
    row = await upkeep.create(ctx, MaintenanceRow, _facts(body))
    return _answer(response, row, MaintenanceRead, ctx.now)


@router.get(
    "/v1/maintenance-windows/{window_id}",
    dependencies=[require(*_READERS)],
    responses=problems(MaintenanceNotFound),
)
async def get_maintenance(ctx: ContextDep, response: Response, window_id: UUID) -> MaintenanceRead:
    return _answer(response, await upkeep.get(ctx, MaintenanceRow, window_id), MaintenanceRead, ctx.now)


@router.patch(
    "/v1/maintenance-windows/{window_id}",
    dependencies=[require(*_KEEPERS)],
    responses=problems(MaintenanceNotFound, MuteExpired, MuteEndsInPast),
)
async def change_maintenance(
    request: Request, ctx: ContextDep, response: Response, window_id: UUID, body: MaintenanceUpdate
) -> MaintenanceRead:
    row = await upkeep.get_own(ctx, MaintenanceRow, window_id)
    check_if_match(request, row.version)
    await upkeep.change(ctx, row, _facts(body, exclude_none=True))
    return _answer(response, row, MaintenanceRead, ctx.now)


@router.post(
    "/v1/maintenance-windows/{window_id}/expirations",
    status_code=201,
    dependencies=[require(*_KEEPERS)],
    responses=problems(MaintenanceNotFound),
)
async def expire_maintenance(
    request: Request, ctx: ContextDep, response: Response, window_id: UUID
) -> MaintenanceRead:
    """End a maintenance window for good, now."""
    row = await upkeep.get_own(ctx, MaintenanceRow, window_id)
    honour_if_match(request, row.version)
    await upkeep.expire(ctx, row)
    return _answer(response, row, MaintenanceRead, ctx.now)
