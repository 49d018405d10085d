"""One request is one transaction: the route class of every service.

``APIRouter(route_class=TransactionalRoute)``. The caller is found, a transaction opened, the endpoint run, the
write recorded for audit, and everything committed before the first byte of the answer leaves: whoever reads
"201" finds the row. Whatever is raised rolls back. An endpoint that streams returns a StreamingResponse (or is
an async generator); the transaction is over by then, so the stream opens short ones through ``DatabaseDep``.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import orjson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.security.principal import Principal
from libs.common.security.scope import ensure_method, roles_named_by
from libs.common.web.addresses import shown_parameters, shown_path
from libs.common.web.idempotency import KeyedRequest
from libs.common.web.openapi import describe_route
from libs.common.web.problems import DomainError, Unauthenticated
from libs.common.web.runtime import ANONYMOUS, Runtime, runtime_of
from libs.common.web.spool import close_spool

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# An answer longer than this is not searched for the id of what was created.
_MAX_SEARCHED = 65_536


def public(endpoint: EndpointT) -> EndpointT:
    """Mark an endpoint that needs no credential; its context's principal is ANONYMOUS. Under the router's line."""
    endpoint.__dict__["duban_public"] = True
    return endpoint


def unaudited(endpoint: EndpointT) -> EndpointT:
    """Mark a write that keeps a record of its own, such as the receipt of a batch of readings."""
    endpoint.__dict__["duban_unaudited"] = True
    return endpoint


def own_affair(endpoint: EndpointT) -> EndpointT:
    """Mark what everybody may do to what is theirs, whatever their scopes. Under the router's line."""
    endpoint.__dict__["duban_own_affair"] = True
    return endpoint


def streamed(endpoint: EndpointT) -> EndpointT:
    """Mark a POST whose body is not held in memory: it takes it from ``spooled_body``. Under the router's line."""
    endpoint.__dict__["duban_streamed"] = True
    return endpoint


class TransactionalRoute(APIRoute):
    """See the module. On ``app.state.runtime`` it finds database, clock and authenticator."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.is_public: bool = getattr(endpoint, "duban_public", False)
        self.is_audited: bool = not getattr(endpoint, "duban_unaudited", False)
        self.is_own_affair: bool = getattr(endpoint, "duban_own_affair", False)
        self.is_streamed: bool = getattr(endpoint, "duban_streamed", False)
        self.named_roles = roles_named_by(options.get("dependencies") or ())
        methods = frozenset(options.get("methods") or {"GET"})
        takes_file: bool = getattr(endpoint, "duban_takes_file", False)
        describe_route(options, endpoint, methods=methods, is_public=self.is_public, takes_file=takes_file)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def transactional(request: Request) -> Response:
            return await self._run(request, handler)

        return transactional

    async def _run(self, request: Request, handler: Handler) -> Response:
        runtime = runtime_of(request)
        principal = await self._caller(request, runtime)
        request.state.principal = principal
        is_write = request.method not in _SAFE_METHODS
        try:
            if not self.is_public and not self.is_own_affair:
                ensure_method(principal, request.method, is_named=principal.role in self.named_roles)
            async with runtime.database.session() as session:
                ctx = Context(session=session, now=runtime.clock.now(), new_id=runtime.new_id, principal=principal)
                request.state.context = ctx
                try:
                    response = await self._answer(request, ctx, handler, is_write=is_write)
                except DomainError as error:
                    if error.keeps_changes:
                        await session.commit()
                    raise
                # A request that touched no row began nothing; SQLAlchemy would take long to end it.
                if session.in_transaction():
                    await session.commit()
                return response
        except DomainError as error:
            if is_write and self.is_audited and error.status < 500:
                await self._record_refusal(request, runtime, principal, error)
            raise
        finally:
            close_spool(request)

    async def _caller(self, request: Request, runtime: Runtime) -> Principal:
        """Who asks, if not too often. Raises as ``authenticate`` does, and CallerTooFast."""
        address = None if request.client is None else request.client.host
        if self.is_public:
            if runtime.rates is not None:
                runtime.rates.admit_stranger(address)
            return ANONYMOUS
        try:
            principal = await runtime.authenticator.authenticate(request.headers)
        except Unauthenticated:
            # Each forged credential is another one: what they have in common is where they come from.
            if runtime.rates is not None:
                runtime.rates.admit_stranger(address)
            raise
        if runtime.rates is not None:
            runtime.rates.admit(principal.subject)
        return principal

    async def _answer(self, request: Request, ctx: Context, handler: Handler, *, is_write: bool) -> Response:
        keyed = None
        if request.method == "POST" and not self.is_public:
            keyed = await KeyedRequest.of(request, ctx.principal.subject, is_streamed=self.is_streamed)
        if keyed is not None and (earlier := await keyed.earlier_answer(ctx.session)) is not None:
            return earlier
        response = await handler(request)
        if is_write and self.is_audited:
            await audit(
                ctx,
                f"{request.method} {self.path_format}",
                self._object_type(),
                _object_id(request, response),
                {"status": response.status_code, **_facts(request)},
            )
        if keyed is not None:
            await keyed.keep(ctx.session, response)
        return response

    async def _record_refusal(
        self, request: Request, runtime: Runtime, principal: Principal, error: DomainError
    ) -> None:
        # The refused transaction is gone; who tried what is worth a row of its own.
        async with runtime.database.transaction() as session:
            ctx = Context(session=session, now=runtime.clock.now(), new_id=runtime.new_id, principal=principal)
            await audit(
                ctx,
                f"{request.method} {self.path_format}",
                self._object_type(),
                _object_id(request, None),
                {"status": error.status, **_facts(request)},
                result=f"refused:{error.code}",
            )

    def _object_type(self) -> str:
        """The noun of the path: ``/v1/projects/{id}/stage-changes`` acts on ``projects``."""
        parts = [part for part in self.path_format.split("/") if part]
        return parts[1] if len(parts) > 1 else (parts[0] if parts else "")


def _facts(request: Request) -> dict[str, Any]:
    facts: dict[str, Any] = {"path": shown_path(request.scope)}
    if request_id := request.scope.get("duban.request_id"):
        facts["request_id"] = request_id
    if request.client is not None:
        facts["client"] = request.client.host
    return facts


def _object_id(request: Request, response: Response | None) -> str:
    if request.path_params:
        return "/".join(shown_parameters(request.scope).values())
    body = getattr(response, "body", b"")
    if response is not None and response.status_code == 201 and len(body) <= _MAX_SEARCHED:
        try:
            created = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ""
        if isinstance(created, dict):
            return str(created.get("id", ""))
    return ""
