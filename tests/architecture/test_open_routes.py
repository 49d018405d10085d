"""Who is asked for a credential: every route finds its caller first, except those listed with their reason."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from libs.common.web.routes import TransactionalRoute
from services.alerts.api import ROUTERS as ALERTS
from services.energy.api import ROUTERS as ENERGY
from services.projects.api import ROUTERS as PROJECTS
from services.projects.identity.routes import EMBEDDED_ISSUER_ROUTERS

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SERVICES: dict[str, tuple[APIRouter, ...]] = {
    "projects": (*EMBEDDED_ISSUER_ROUTERS, *PROJECTS),
    "energy": ENERGY,
    "alerts": ALERTS,
}
# They take a body before a transaction, or no credential at all, and say themselves who may.
OF_THEIR_OWN = {
    # Signing in, and the public keys by which tokens are verified.
    "/v1/tokens",
    "/v1/second-factors",
    "/v1/tokens/refresh",
    "/v1/tokens/revoke",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
    # The door of feeds: credential, scope and rate before the body, and a receipt instead of an audit record.
    "/v1/readings",
    "/v1/curves",
    "/v1/files",
    "/nhjc/enterprise/uploadEnergyData",
}
PUBLIC = {
    # Complaints without a name, then by the code that only the complainant has.
    "/v1/appeals/anonymous",
    "/v1/appeals/by-code/{code}",
    "/v1/appeals/anonymous-ratings",
    "/v1/appeals/anonymous-withdrawals",
    # Links of one person and reports of a gateway: what is in the address is the credential.
    "/r/{token}",
    "/r/{token}/acknowledgements",
    "/r/{token}/reads",
    "/v1/notices/links/{token}",
    "/v1/notices/links/{token}/reads",
    "/v1/notices/links/{token}/confirmations",
    "/v1/gateways/{gateway_id}/reports/{key}",
    # Anybody may check a seal.
    "/v1/trail/keys",
    # As the Alertmanager has them; the others of its interface ask for a credential.
    "/-/healthy",
    "/-/ready",
    "/-/reload",
    "/api/v1/{rest:path}",
}
WITHOUT_AUDIT = {
    # The appeal's own trail tells of it, without whoever did not give a name.
    "/v1/appeals/anonymous",
    "/v1/appeals/anonymous-ratings",
    "/v1/appeals/anonymous-withdrawals",
    # Every alert has a trail of its own.
    "/api/v2/alerts",
    # Nothing is written.
    "/-/reload",
    "/api/v1/{rest:path}",
}


def routes() -> Iterator[APIRoute]:
    for routers in SERVICES.values():
        for router in routers:
            yield from (route for route in router.routes if isinstance(route, APIRoute))


def is_write(route: APIRoute) -> bool:
    return bool((route.methods or set()) - _SAFE_METHODS)


def test_every_route_but_those_listed_asks_for_a_credential() -> None:
    assert sum(len(router.routes) for routers in SERVICES.values() for router in routers) == len(list(routes()))
    assert len(list(routes())) > 1000
    assert {route.path for route in routes() if not isinstance(route, TransactionalRoute)} == OF_THEIR_OWN
    # Asking what a browser may send is not asking for anything.
    asked = [route for route in routes() if route.methods != {"OPTIONS"}]
    assert {route.path for route in asked if isinstance(route, TransactionalRoute) and route.is_public} == PUBLIC


def test_every_write_but_those_listed_is_audited() -> None:
    writing = [route for route in routes() if isinstance(route, TransactionalRoute) and is_write(route)]
    assert len(writing) > 500
    assert {route.path for route in writing if not route.is_audited} == WITHOUT_AUDIT
