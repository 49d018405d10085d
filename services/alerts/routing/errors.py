"""What can go wrong around route trees."""

from __future__ import annotations

from libs.common.web.problems import DomainError, NotFound


class TreeNotFound(NotFound):
    """No route tree of this region."""

    code = "route_tree.not_found"


class TargetRefused(DomainError):
    """A route tree names an address that this installation may not call, or people and channels nobody knows."""

    code = "route_tree.target_refused"
    status = 409


class UnknownRoutePolicy(DomainError):
    """A receiver names an escalation policy that does not exist."""

    code = "route_tree.unknown_policy"
    status = 409
