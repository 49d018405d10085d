"""CAP, Atom and the national form over HTTP, and the data they need."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from libs.common.contracts.alerts import AlertStatus
from libs.common.security.audit import audit
from libs.common.security.principal import Role
from libs.common.security.scope import UNBOUND, ensure_region
from libs.common.web.conditional import check_version, etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import ChangesForgotten, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.exchange import repository, service
from services.alerts.exchange.domain import atom, cap
from services.alerts.exchange.domain.atom import Feed, FeedEntry
from services.alerts.exchange.domain.message import message_type
from services.alerts.exchange.errors import MessageNotFound, MisplacedSenderCode, SenderCodeMissing
from services.alerts.exchange.repository import Version
from services.alerts.exchange.schemas import (
    EventKindList,
    EventKindRead,
    EventKindWrite,
    ProfileList,
    ProfileRead,
    ProfileWrite,
)
from services.alerts.trail.errors import AlertNotFound

router = APIRouter(route_class=TransactionalRoute, tags=["exchange"])

# "default" in an address is the row for everything else, whose own name is empty.
_DEFAULT = "default"
_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_NATIONAL = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER)

RegionKey = Annotated[str, Path(pattern=r"^([1-9][0-9]{5}([0-9]{3})?|default)$")]
KindKey = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_.]{0,79}$")]
VersionParam = Annotated[int | None, Query(ge=1, description="A version of the alert; the newest without it.")]


def _xml(media_type: str) -> dict[str, object]:
    return {"content": {media_type: {"schema": {"type": "string"}}}}


@router.get(
    "/v1/alerts/{alert_id}/cap",
    response_class=Response,
    responses={200: _xml(cap.MEDIA_TYPE), **problems(AlertNotFound, MessageNotFound)},
)
async def get_cap(request: Request, ctx: ContextDep, alert_id: UUID, version: VersionParam = None) -> Response:
    """The alert as a CAP 1.2 document in both languages: Alert, Update or Cancel with references."""
    message = await service.message_of(ctx, alert_id, version)
    return _conditional(
        request,
        cap.document(message),
        cap.MEDIA_TYPE,
        f"{message.version}-{message.profile.cap_sender}",
        message.sent,
    )


@router.get(
    "/v1/alerts/{alert_id}/national-xml",
    response_class=Response,
    dependencies=[require(*_NATIONAL)],
    responses={
        200: _xml("application/xml"),
        **problems(AlertNotFound, MessageNotFound, SenderCodeMissing),
    },
)
async def get_national(ctx: ContextDep, alert_id: UUID, version: VersionParam = None) -> Response:
    """The alert in the national form (国家突发事件预警信息), named by its rule; taking it is recorded."""
    made = await service.national_of(ctx, alert_id, version)
    await audit(ctx, "export", "national-xml", made.identifier, {"alert_id": alert_id})
    headers = {"Content-Disposition": f'attachment; filename="{made.file_name}"'}
    return Response(made.body, media_type="application/xml", headers=headers)


@router.get(
    "/v1/exchange/atom",
    response_class=Response,
    responses={200: _xml(atom.MEDIA_TYPE), **problems(ChangesForgotten)},
)
async def get_feed(
    request: Request,
    ctx: ContextDep,
    before: Annotated[int | None, Query(ge=1, description="Messages older than this position.")] = None,
    after: Annotated[
        int | None, Query(ge=0, description="Messages newer than this position, the next ones.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The caller's alerts as a feed of messages, newest first, each with a link to its CAP document."""
    oldest = await repository.oldest_position(ctx.session)
    if after is not None and oldest is not None and after < oldest - 1:
        raise ChangesForgotten
    found, has_more = await repository.page_of_feed(
        ctx.session, ctx.principal, before=before, after=after, limit=limit
    )
    updated = max((each.at for each in found), default=datetime(2000, 1, 1, tzinfo=UTC))
    newest = found[0].position if found else after or 0
    etag = f"{newest}-{len(found)}-{before or ''}-{after or ''}-{limit}"
    if (unchanged := _unchanged(request, etag, updated)) is not None:
        return unchanged
    openings = await repository.openings(ctx.session, [each.alert_id for each in found])
    body = atom.document(
        Feed(
            title="工业经济运行预警 Industrial-economy alerts",
            author="Duban",
            updated=updated,
            own=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
            entries=[_entry(each, openings.get(each.alert_id, each.at)) for each in found],
            older=_link(request, limit, before=found[-1].position)
            if found and (has_more or after is not None)
            else None,
            newer=_link(request, limit, after=newest),
        )
    )
    return _conditional(request, body, atom.MEDIA_TYPE, etag, updated)


@router.get("/v1/exchange/profiles", dependencies=[require(*_READERS)])
async def list_profiles(ctx: ContextDep) -> ProfileList:
    """Who sends for which region."""
    rows = await repository.list_profiles(ctx.session, ctx.principal)
    return ProfileList(items=[ProfileRead.model_validate(row) for row in rows])


@router.put(
    "/v1/exchange/profiles/{region}",
    dependencies=[require(Role.ADMIN)],
    responses=problems(MisplacedSenderCode, PreconditionFailed),
)
async def put_profile(
    request: Request, ctx: ContextDep, response: Response, region: RegionKey, body: ProfileWrite
) -> ProfileRead:
    """Set who sends for a region and below it; ``default`` for all others. Honours If-Match."""
    code = _name(region)
    # One for everywhere is for those to set whom no region bounds.
    ensure_region(ctx.principal, code or None)
    _honour(request, await repository.get_profile(ctx.session, code))
    row = await service.save_profile(ctx, code, body.model_dump(mode="json"))
    response.headers["ETag"] = etag_of(row.version)
    return ProfileRead.model_validate(row)


@router.get("/v1/exchange/event-kinds", dependencies=[require(*_READERS)])
async def list_kinds(ctx: ContextDep) -> EventKindList:
    """What kinds of conditions are called outside."""
    rows = await repository.list_kinds(ctx.session)
    return EventKindList(items=[EventKindRead.model_validate(row) for row in rows])


@router.put(
    "/v1/exchange/event-kinds/{kind}",
    dependencies=[require(Role.ADMIN), UNBOUND],
    responses=problems(PreconditionFailed),
)
async def put_kind(
    request: Request, ctx: ContextDep, response: Response, kind: KindKey, body: EventKindWrite
) -> EventKindRead:
    """Set what a kind of condition is called outside; ``default`` for all others. Honours If-Match."""
    _honour(request, await repository.get_kind(ctx.session, _name(kind)))
    row = await service.save_kind(ctx, _name(kind), body.model_dump(mode="json"))
    response.headers["ETag"] = etag_of(row.version)
    return EventKindRead.model_validate(row)


def _name(key: str) -> str:
    return repository.EVERYWHERE if key == _DEFAULT else key


def _honour(request: Request, row: object | None) -> None:
    header = request.headers.get("if-match")
    if header is not None:
        check_version(header, getattr(row, "version", 0))


def _entry(each: Version, opened: datetime) -> FeedEntry:
    state = each.state
    return FeedEntry(
        alert_id=str(each.alert_id),
        version=each.version,
        sent=each.at,
        opened=opened,
        title_zh=state["title_zh"],
        title_en=state["title_en"],
        severity=state["severity"],
        status=state["status"],
        type=message_type(each.version, AlertStatus(state["status"])).value,
        region_code=state["region_code"],
    )


def _link(request: Request, limit: int, **place: int | None) -> str:
    return f"{request.url.path}?{urlencode({**place, 'limit': limit})}"


def _conditional(request: Request, body: bytes, media_type: str, tag: str, modified: datetime) -> Response:
    unchanged = _unchanged(request, tag, modified)
    if unchanged is not None:
        return unchanged
    return Response(body, media_type=media_type, headers=_validators(tag, modified))


def _unchanged(request: Request, tag: str, modified: datetime) -> Response | None:
    """The 304 to answer with, by If-None-Match, else by If-Modified-Since (RFC 9110, 13.2.2)."""
    headers = _validators(tag, modified)
    if "if-none-match" in request.headers:
        answer = not_modified(request, headers["ETag"])
        if answer is not None:
            answer.headers.update(headers)
        return answer
    since = _http_date(request.headers.get("if-modified-since"))
    if since is None or modified.replace(microsecond=0) > since:
        return None
    return Response(status_code=304, headers=headers)


def _validators(tag: str, modified: datetime) -> dict[str, str]:
    return {
        "ETag": etag_of(quote(tag, safe="@.-")),
        "Last-Modified": format_datetime(modified.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "Cache-Control": "private, no-cache",
    }


def _http_date(text: str | None) -> datetime | None:
    try:
        found = None if text is None else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
