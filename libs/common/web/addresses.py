"""Addresses as logs and the audit record tell them."""

from __future__ import annotations

from starlette.types import Scope

_HIDDEN = "…"


def shown_parameters(scope: Scope) -> dict[str, str]:
    """The parameters of the path. Where nobody signs in, one that is no id is the credential: hidden."""
    hidden = _credentials(scope)
    return {
        name: _HIDDEN if name in hidden else str(value) for name, value in scope.get("path_params", {}).items()
    }


def shown_path(scope: Scope) -> str:
    """The path with such parameters hidden."""
    path: str = scope["path"]
    for value in _credentials(scope).values():
        path = path.replace(value, _HIDDEN)
    return path


def _credentials(scope: Scope) -> dict[str, str]:
    if not getattr(scope.get("endpoint"), "duban_public", False):
        return {}
    given = scope.get("path_params", {})
    return {name: str(value) for name, value in given.items() if not name.endswith("_id") and str(value)}
