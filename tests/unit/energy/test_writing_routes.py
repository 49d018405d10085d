"""Which routes an enterprise may write by: each says so by role, since the scope alone is the office's as well."""

from __future__ import annotations

from fastapi.routing import APIRoute

from services.energy.api import ROUTERS

_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# By scope alone: what delivers values, by the meters of the key.
DELIVERING = {"/v1/readings", "/v1/curves", "/v1/files"}
OPEN_TO_ENTERPRISES = {
    "/v1/activation-orders/{order_id}/acknowledgement",
    "/v1/energy-figures/imports",
    "/v1/enterprises/{enterprise_id}/energy-months/{month}",
    "/v1/phase-out-cases/{case_id}/evidence",
    "/v1/phase-out-cases/{case_id}/evidence/references",
}


def _roles(route: APIRoute) -> list[str]:
    names = [one.dependency.__name__ for one in route.dependencies if one.dependency is not None]
    return [name.removeprefix("require_role_") for name in names if name.startswith("require_role_")]


def test_enterprises_write_where_a_route_names_them_and_nowhere_else() -> None:
    writing = [
        route
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and _WRITING & (route.methods or set())
    ]
    assert len(writing) > 100
    without = {route.path for route in writing if not _roles(route)}
    # The uploads of key users have keys of their own.
    assert {path for path in without if not path.startswith("/nhjc/")} == DELIVERING
    assert {
        route.path for route in writing if any("enterprise" in roles.split("_or_") for roles in _roles(route))
    } == OPEN_TO_ENTERPRISES
