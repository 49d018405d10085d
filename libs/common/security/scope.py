"""What a caller may reach: conditions for queries, checks for single objects, dependencies for routes.

Outside of it nothing exists for the caller: checks raise NotFound, never Forbidden, so that an answer does not
tell whether the object is there.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, false, or_, true

from libs.common import regions
from libs.common.security.principal import Principal, Role
from libs.common.web.problems import Forbidden, NotFound

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def region_scope(column: Any, principal: Principal) -> ColumnElement[bool]:
    """Rows whose region code ``column`` lies in the caller's subtree; a row without a region is in nobody's.

    The same rule as :func:`reaches_region`, as a prefix match that an index can serve.
    """
    if principal.is_unbound:
        return true()
    own = _prefix(principal)
    if own is None:
        return false()
    condition: ColumnElement[bool] = column.like(f"{own}%")
    return condition


def dated_scope(column: Any, principal: Principal, everywhere: str | None = None) -> ColumnElement[bool]:
    """Rules that hold everywhere, in a region of the caller's subtree, or in a region above it.

    A rule for everywhere has ``everywhere`` for a region, null where nothing is said.
    """
    for_all: ColumnElement[bool] = column.is_(None) if everywhere is None else column == everywhere
    own = region_scope(column, principal)
    if principal.region_code is None:
        return or_(for_all, own)
    try:
        above = regions.ancestors(principal.region_code)
    except regions.InvalidRegionCode:
        above = ()
    return or_(for_all, own, column.in_(above))


def reaches_region(principal: Principal, code: str | None) -> bool:
    """Whether the region lies in the caller's subtree; an unknown or malformed code lies in nobody's."""
    if principal.is_unbound:
        return True
    if principal.region_code is None or code is None:
        return False
    try:
        return regions.contains(principal.region_code, code)
    except regions.InvalidRegionCode:
        return False


def ensure_region(principal: Principal, code: str | None) -> None:
    """Raises NotFound when the region is outside of the caller's subtree."""
    if not reaches_region(principal, code):
        raise NotFound


def enterprise_scope(column: Any, principal: Principal) -> ColumnElement[bool]:
    """Rows of the caller's own enterprise; all rows for a caller who is not bound to one.

    Use it together with :func:`region_scope`: an office sees all enterprises, but those of its region only.
    """
    if principal.enterprise_id is not None:
        own: ColumnElement[bool] = column == principal.enterprise_id
        return own
    return false() if principal.is_enterprise_bound else true()


def ensure_enterprise(principal: Principal, enterprise_id: UUID | None) -> None:
    """Raises NotFound when the caller is bound to another enterprise."""
    if principal.is_enterprise_bound and (enterprise_id is None or enterprise_id != principal.enterprise_id):
        raise NotFound


def meter_scope(column: Any, principal: Principal) -> ColumnElement[bool]:
    """Rows of the meters a feed key names; all rows for callers without such a list."""
    if principal.meter_nos is None:
        return true()
    listed: ColumnElement[bool] = column.in_(sorted(principal.meter_nos))
    return listed


def ensure_meter(principal: Principal, meter_no: str) -> None:
    """Raises NotFound when the caller's key names its meters and this is not one of them."""
    if not principal.may_use_meter(meter_no):
        raise NotFound


def _prefix(principal: Principal) -> str | None:
    if principal.region_code is None:
        return None
    try:
        return regions.prefix(principal.region_code)
    except regions.InvalidRegionCode:
        # A claim or a row with nonsense in it closes every door rather than some of them.
        return None


def ensure_method(principal: Principal, method: str, *, is_named: bool = False) -> None:
    """Raises Forbidden when the caller's scopes do not go with the method: reading, writing, or POST to ingest.

    Scopes are those of this service already (see ``Authenticator``), so their second half decides. Routes run
    this for every caller; :func:`require` and :func:`require_scope` narrow it. ``is_named``: the route names the
    caller's role, which is all that somebody with the scope of security has.
    """
    if method in _SAFE_METHODS:
        wanted = {"read"}
    elif method == "POST":
        wanted = {"write", "ingest"}
    else:
        wanted = {"write"}
    if is_named:
        wanted.add("security")
    if not any(scope.rpartition(":")[2] in wanted for scope in principal.scopes):
        raise Forbidden


def require(*roles: Role) -> Any:
    """A route's dependency: one of the roles, and scopes that fit the method. Raises Forbidden.

    ``@router.put(..., dependencies=[require(Role.ADMIN)])``
    """
    allowed = frozenset(roles)

    async def check(request: Request) -> None:
        principal = principal_of(request)
        if principal.role not in allowed:
            raise Forbidden
        ensure_method(principal, request.method, is_named=True)

    check.__dict__["duban_roles"] = allowed
    return Depends(_named(check, f"require_role_{'_or_'.join(sorted(allowed))}"))


def roles_named_by(dependencies: Iterable[Any]) -> frozenset[Role]:
    """The roles that a route's dependencies demand, all of them by any of its demands."""
    found = [getattr(one.dependency, "duban_roles", None) for one in dependencies]
    named = [roles for roles in found if roles is not None]
    return frozenset.intersection(*named) if named else frozenset()


async def _unbound(request: Request) -> None:
    if not principal_of(request).is_unbound:
        raise Forbidden


# A route's dependency: what holds for everybody is for those to change whom no region bounds. Raises Forbidden.
UNBOUND: Any = Depends(_unbound)


def require_scope(*scopes: str) -> Any:
    """A route's dependency: all of the scopes. Raises Forbidden.

    ``@router.post("/v1/readings", dependencies=[require_scope(Scope.ENERGY_INGEST)])``
    """
    wanted = frozenset(scopes)

    async def check(request: Request) -> None:
        if not wanted <= principal_of(request).scopes:
            raise Forbidden

    return Depends(_named(check, f"require_scope_{'_and_'.join(sorted(wanted))}"))


def principal_of(request: Request) -> Principal:
    """The caller of the request, put there by the route class before any dependency runs."""
    principal: Principal = request.state.principal
    return principal


def _named(check: Callable[[Request], Awaitable[None]], name: str) -> Callable[[Request], Awaitable[None]]:
    # Shows up in tracebacks and in a listing of who guards what.
    check.__name__ = name
    return check
