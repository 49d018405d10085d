"""The Alertmanager's interface, version 2, byte for byte what its clients expect.

It is described by its own project, so it does not stand in our OpenAPI document. Callers are ours: a bearer
token or
an API key, which amtool, karma, Grafana and Prometheus can all send; role and region hold as everywhere.
"""

from collections.abc import Callable, Coroutine
from typing import Any, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from libs.common.security.principal import Role
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import NotFound
from libs.common.web.routes import TransactionalRoute, public, unaudited
from services.alerts.alertmanager import repository, service, views
from services.alerts.alertmanager.domain import configuration, rendering
from services.alerts.alertmanager.domain.postable import Unreadable, read_silence
from services.alerts.alertmanager.errors import Refusal, bad_request, not_found, unprocessable
from services.alerts.alertmanager.inbox import Inbox
from services.alerts.alertmanager.options import REVISION, InterfaceOptions
from services.alerts.alertmanager.shown import Instants
from services.alerts.muting import service as muting
from services.alerts.muting import upkeep
from services.alerts.muting.domain.mutes import MuteState
from services.alerts.muting.tables import SilenceRow
from services.alerts.routing import trees
from services.alerts.routing.domain.matchers import BadMatcher, Matcher, compiled
from services.alerts.routing.domain.notation import parse_matcher

_READERS = (Role.ADMIN, Role.AUDITOR, Role.SUPERVISOR, Role.LEADER, Role.OFFICER, Role.VIEWER)
_WRITERS = (Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER)
_HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Vary": "Origin"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Origin",
    "Access-Control-Max-Age": "600",
}
_TRUE, _FALSE = (
    frozenset({"1", "t", "T", "true", "True", "TRUE"}),
    frozenset({"0", "f", "F", "false", "False", "FALSE"}),
)
_GONE = (
    "The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.27.0 - please use "
    "the equivalent route in the v2 API"
)


class AlertmanagerRoute(TransactionalRoute):
    """Answers refusals in the words of the Alertmanager's clients, after the transaction was rolled back."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answering(request: Request) -> Response:
            try:
                return await handler(request)
            except Refusal as refusal:
                return answer(refusal.body, refusal.status)

        return answering


router = APIRouter(route_class=AlertmanagerRoute, include_in_schema=False)


def answer(body: object, status: int = 200) -> Response:
    """A body as JSON; None is no body at all."""
    if body is None:
        return Response(status_code=status, headers=_HEADERS)
    return Response(orjson.dumps(body), status, headers=_HEADERS, media_type="application/json")


def inbox_of(request: Request) -> Inbox:
    return cast(Inbox, request.app.state.alertmanager_inbox)


def options_of(request: Request) -> InterfaceOptions:
    return cast(InterfaceOptions, request.app.state.alertmanager)


@router.get("/api/v2/status", dependencies=[require(*_READERS)])
async def get_status(request: Request, ctx: ContextDep) -> Response:
    """Version, members and the configuration in the Alertmanager's words."""
    options = options_of(request)
    tree = await trees.tree_for(ctx, ctx.principal.region_code or options.region_code)
    book = await muting.book_of(ctx)
    inhibitions = [configuration.InhibitionSpec(rule.source, rule.target, rule.equal) for rule in book.inhibitions]
    members = await repository.members(ctx.session)
    peers = [{"address": member.address, "name": member.name} for member in members]
    if not peers:
        peers = [{"address": options.address or "127.0.0.1:0", "name": options.name}]
    return answer(
        {
            "cluster": {"name": options.name, "peers": peers, "status": "ready"},
            "config": {"original": rendering.write(tree.spec, inhibitions)},
            "uptime": Instants()(options.started_at),
            "versionInfo": {
                "branch": "",
                "buildDate": "",
                "buildUser": "",
                "goVersion": "",
                "revision": REVISION,
                "version": options.version,
            },
        }
    )


@router.get("/api/v2/receivers", dependencies=[require(*_READERS)])
async def get_receivers(request: Request, ctx: ContextDep) -> Response:
    options = options_of(request)
    tree = await trees.tree_for(ctx, ctx.principal.region_code or options.region_code)
    return answer([{"name": receiver.name} for receiver in tree.spec.receivers])


@router.get("/api/v2/alerts", dependencies=[require(*_READERS)])
async def get_alerts(request: Request, ctx: ContextDep) -> Response:
    """Alerts that last, of other systems and our own, by fingerprint."""
    return Response(await views.listed(ctx, _query(request)), headers=_HEADERS, media_type="application/json")


@router.post("/api/v2/alerts", dependencies=[require(*_WRITERS)])
@unaudited
async def post_alerts(request: Request, ctx: ContextDep) -> Response:
    """Keep alerts; what is valid is kept even if the answer is 400 for what is not."""
    body = await _body(request)
    # What already belongs to this request's transaction, as the answer kept for a key, is committed with them.
    keep = service.keep_alerts if ctx.session.in_transaction() else inbox_of(request).keep
    try:
        faults = await keep(ctx, options_of(request), body)
    except Unreadable as error:
        raise unprocessable(str(error)) from error
    response = answer("\n".join(faults), 400) if faults else answer(None)
    # Run after the answer has left, so after the commit.
    response.background = BackgroundTask(_call, options_of(request).posted)
    return response


@router.get("/api/v2/alerts/groups", dependencies=[require(*_READERS)])
async def get_groups(request: Request, ctx: ContextDep) -> Response:
    _flag(request, "muted")
    return answer(await views.groups(ctx, _query(request)))


@router.get("/api/v2/silences", dependencies=[require(*_READERS)])
async def get_silences(request: Request, ctx: ContextDep) -> Response:
    states = {state for state in MuteState if _flag(request, state.value)}
    return answer(await views.silences(ctx, _filters(request), states))


@router.post("/api/v2/silences", dependencies=[require(*_WRITERS)])
async def post_silence(request: Request, ctx: ContextDep) -> Response:
    """Make or change a silence; answers its id."""
    try:
        posted = read_silence(await _body(request))
    except Unreadable as error:
        raise unprocessable(str(error)) from error
    silence_id = await service.set_silence(ctx, options_of(request), posted)
    return answer({"silenceID": str(silence_id)})


@router.get("/api/v2/silence/{silence_id}", dependencies=[require(*_READERS)])
async def get_silence(ctx: ContextDep, silence_id: str) -> Response:
    try:
        row = await upkeep.get(ctx, SilenceRow, _identity(silence_id))
    except NotFound:
        raise not_found() from None
    return answer(views.silence_json(row, ctx.now))


@router.delete("/api/v2/silence/{silence_id}", dependencies=[require(*_WRITERS)])
async def delete_silence(ctx: ContextDep, silence_id: str) -> Response:
    """Expire a silence; again and again if need be."""
    try:
        await service.expire_silence(ctx, _identity(silence_id))
    except NotFound:
        raise not_found() from None
    return answer(None)


@router.options("/api/v2/status")
@router.options("/api/v2/receivers")
@router.options("/api/v2/alerts")
@router.options("/api/v2/alerts/groups")
@router.options("/api/v2/silences")
@router.options("/api/v2/silence/{silence_id}")
@public
async def preflight() -> Response:
    """Browsers ask before they send; pages of karma and Grafana live on other hosts."""
    return Response(status_code=204, headers=_HEADERS | _PREFLIGHT)


@router.api_route("/api/v1/{rest:path}", methods=["GET", "POST", "DELETE", "PUT"])
@public
@unaudited
async def gone(rest: str) -> Response:
    return answer({"status": "error", "errorType": "api_removed", "error": _GONE}, 410)


@router.api_route("/-/healthy", methods=["GET", "HEAD"])
@public
async def healthy() -> Response:
    return Response("OK", media_type="text/plain", headers=_HEADERS)


@router.api_route("/-/ready", methods=["GET", "HEAD"])
@public
async def ready(ctx: ContextDep) -> Response:
    """Ready once the database answers."""
    await trees.forest_of(ctx)
    return Response("OK", media_type="text/plain", headers=_HEADERS)


@router.post("/-/reload")
@public
@unaudited
async def reload(request: Request) -> Response:
    """Read the configuration file again, where there is one."""
    fault = await options_of(request).reload()
    if fault is not None:
        return Response(f"failed to reload config: {fault}", 500, media_type="text/plain", headers=_HEADERS)
    return Response(status_code=200, headers=_HEADERS)


async def _call(told: Callable[[], None]) -> None:
    told()


async def _body(request: Request) -> Any:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        text = f'unsupported media type "{media_type}", only [application/json] are allowed'
        raise Refusal(415, {"code": 415, "message": text})
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise Refusal(400, {"code": 400, "message": f"parsing body failed: {error}"}) from error


def _query(request: Request) -> views.AlertQuery:
    pattern = request.query_params.get("receiver")
    try:
        receiver = None if pattern is None else compiled(pattern)
    except BadMatcher as error:
        raise bad_request(f"failed to parse receiver param: {error.reason}") from error
    return views.AlertQuery(
        _filters(request),
        receiver,
        _flag(request, "active"),
        _flag(request, "silenced"),
        _flag(request, "inhibited"),
    )


def _filters(request: Request) -> tuple[Matcher, ...]:
    try:
        found = tuple(parse_matcher(text) for text in request.query_params.getlist("filter"))
        for matcher in found:
            matcher.accepts("")
    except BadMatcher as error:
        raise bad_request(error.reason) from error
    return found


def _flag(request: Request, name: str) -> bool:
    value = request.query_params.get(name)
    if value is None or value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise unprocessable(f"{name} in query must be of type boolean: {value!r}", 601)


def _identity(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise unprocessable(f'silenceID in path must be of type uuid: "{text}"', 601) from None
