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
from services.projects.platforms.routes import ROUTERS as PLATFORMS

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SERVICES: dict[str, tuple[APIRouter, ...]] = {
    "projects": (*EMBEDDED_ISSUER_ROUTERS, *PLATFORMS, *PROJECTS),
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
    # … and by a platform: its code is the credential, then the ticket.
    "/v1/platform-tickets",
    "/v1/tokens/platform",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
    # The door of feeds: credential, scope and rate before the body, and a receipt instead of an audit record.
    "/v1/readings",
    "/v1/curves",
    "/v1/files",
    "/nhjc/enterprise/uploadEnergyData",
}
PUBLIC = {
    # By which platforms one may sign in, asked before anybody has.
    "/v1/sign-in-platforms/offered",
    # The issuer's word that a sign-in is over: what it sends is signed with its key.
    "/v1/oidc/backchannel-logout",
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
    # What a logout token ended is recorded, and not what anybody sends here.
    "/v1/oidc/backchannel-logout",
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


# Of what everybody signed in has: a password, sign-ins, filters kept by name, notices addressed to oneself.
OF_EVERYBODY = {
    "/v1/me/password",
    "/v1/me/linked-identities",
    "/v1/me/linked-identities/{link_id}",
    "/v1/sessions/{session_id}",
    "/v1/saved-filters",
    "/v1/saved-filters/{filter_id}",
    "/v1/push-subscriptions",
    "/v1/push-subscriptions/{subscription_id}",
    "/v1/notices/{notice_id}/reads",
    "/v1/notices/{notice_id}/confirmations",
}
# What an enterprise may write of its own; those of energy are in tests/unit/energy/test_writing_routes.py.
OF_ENTERPRISES = {
    "/v1/projects/{project_id}/progress-entries",
    "/v1/projects/{project_id}/investment-entries",
    "/v1/projects/{project_id}/funds-arrivals",
    "/v1/projects/{project_id}/funds-arrivals/{arrival_id}/withdrawal",
    "/v1/projects/{project_id}/output-entries",
    "/v1/projects/{project_id}/problems",
    "/v1/problems/{problem_id}/notes",
    "/v1/checks/{check_id}/submissions",
    "/v1/documents",
    "/v1/documents/{document_id}",
    "/v1/imports",
    "/v1/imports/{import_id}/application",
    "/v1/imports/{import_id}/cancellation",
    "/v1/tenants/{tenant_id}/figures/{month}",
    "/v1/approval-cases",
    "/v1/approval-cases/{case_id}/documents/{code}",
    "/v1/approval-cases/{case_id}/withdrawal",
    "/v1/unfiled-inspections",
    "/v1/appeals",
    "/v1/appeals/{appeal_id}/ratings",
    "/v1/appeals/{appeal_id}/withdrawal",
    "/v1/economy-reports/{credit_code}/{month}/{edition}",
    "/v1/economy-reports/{credit_code}/{month}/{edition}/corrections",
    "/v1/economy-reports/{report_id}",
    "/v1/economy-reports/{report_id}/submit",
    "/v1/economy-reports/{report_id}/corrections",
    "/v1/list-members/{member_id}/progress",
    "/v1/support-applications",
    "/v1/support-applications/{application_id}",
    "/v1/support-applications/{application_id}/submission",
    "/v1/support-applications/{application_id}/withdrawal",
    "/v1/support-applications/{application_id}/appeal",
    "/v1/financing-needs",
    "/v1/financing-needs/{need_id}",
    "/v1/innovation-records",
    "/v1/innovation-records/{record_id}/withdrawal",
    "/v1/honour-rounds/{round_id}/nominations",
    "/v1/honour-nominations/{nomination_id}/withdrawal",
    "/v1/honour-nominations/{nomination_id}/objections",
    "/v1/contest-standings/{standing_id}/appeals",
    "/v1/contest-appeals/{appeal_id}/withdrawal",
    "/v1/webhook-subscriptions",
    "/v1/webhook-subscriptions/{subscription_id}",
    "/v1/webhook-subscriptions/{subscription_id}/secret-rotations",
    "/v1/webhook-subscriptions/{subscription_id}/pings",
    "/v1/webhook-subscriptions/{subscription_id}/redeliveries",
    "/v1/webhook-deliveries/{delivery_id}/redeliveries",
    "/v1/alerts/{alert_id}/acknowledgements",
    "/v1/alerts/{alert_id}/comments",
}


def roles(route: APIRoute) -> list[set[str]]:
    """Of each dependency that demands a role."""
    prefix = "require_role_"
    names = [one.dependency.__name__ for one in route.dependencies if one.dependency is not None]
    return [set(name.removeprefix(prefix).split("_or_")) for name in names if name.startswith(prefix)]


def test_writes_of_projects_and_alerts_name_their_roles_and_enterprises_only_where_listed() -> None:
    routers = (*SERVICES["projects"], *SERVICES["alerts"])
    writing = [
        route for router in routers for route in router.routes if isinstance(route, APIRoute) and is_write(route)
    ]
    assert {route.path for route in writing if not roles(route)} - OF_THEIR_OWN - PUBLIC == OF_EVERYBODY
    open_to_them = [
        route for route in writing if roles(route) and all("enterprise" in one for one in roles(route))
    ]
    assert {route.path for route in open_to_them} == OF_ENTERPRISES
