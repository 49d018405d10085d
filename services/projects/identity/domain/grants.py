"""Which region and enterprise go with which role."""

from __future__ import annotations

from uuid import UUID

from libs.common.security.principal import UNBOUND_ROLES, Role
from libs.common.web.problems import FieldError
from services.projects.identity.errors import GrantsDoNotFit


def check_grants(role: Role, region_code: str | None, enterprise_id: UUID | None, *, for_key: bool) -> None:
    """Raises GrantsDoNotFit naming every field that is missing or too much.

    Only administrators and auditors may be without a region: everybody else without one would see nothing.
    Feeds are machines, so they have keys and no accounts; a person is never bound to an enterprise by accident.
    """
    errors: list[FieldError] = []
    if region_code is None and role not in UNBOUND_ROLES:
        errors.append(FieldError("grant.region_required", "/region_code"))
    if role is Role.ENTERPRISE and enterprise_id is None:
        errors.append(FieldError("grant.enterprise_required", "/enterprise_id"))
    if role not in {Role.ENTERPRISE, Role.FEED} and enterprise_id is not None:
        errors.append(FieldError("grant.enterprise_not_allowed", "/enterprise_id"))
    if role is Role.FEED and not for_key:
        errors.append(FieldError("grant.feed_needs_key", "/role"))
    if errors:
        raise GrantsDoNotFit(role=role, errors=errors)
