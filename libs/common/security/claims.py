"""How the claims of another identity provider become a caller of ours."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.common import regions
from libs.common.security.principal import ROLE_SCOPES, Principal, Role, Scope


class OidcClaims(BaseModel):
    """Names of the claims to read; a dot goes into an object (``realm_access.roles``).

    ``role_names`` maps the provider's names of roles (or groups) to ours; a name that is not listed counts when
    it is one of ours. Of several the first in ``Role``'s order, the strongest, is taken.
    """

    model_config = ConfigDict(frozen=True)

    role: str = "role"
    role_names: dict[str, Role] = {}
    region: str = "region_code"
    enterprise: str = "enterprise_id"
    person: str = "person_id"
    unit: str = "unit_id"
    scope: str = "scope"

    def principal(self, claims: Mapping[str, Any], issuer: str) -> Principal:
        """The caller; raises ValueError when the claims name no role or a code that is none."""
        role = self._role(_names(_at(claims, self.role)))
        region = _at(claims, self.region)
        return Principal(
            subject=f"{issuer}|{claims['sub']}",
            role=role,
            region_code=None if region is None else regions.validate(region),
            enterprise_id=_uuid(_at(claims, self.enterprise)),
            scopes=_scopes(_names(_at(claims, self.scope)), role),
            kind="person",
            person_id=_uuid(_at(claims, self.person)),
            unit_id=_uuid(_at(claims, self.unit)),
        )

    def _role(self, names: list[str]) -> Role:
        ours = {self.role_names.get(name, name) for name in names}
        for role in Role:
            if role in ours:
                return role
        raise ValueError("no role that is known here")


def _at(claims: Mapping[str, Any], path: str) -> Any:
    # A claim whose own name has dots (``https://example.org/role``) wins over the way through objects.
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return []


def _scopes(names: list[str], role: Role) -> frozenset[str]:
    # Providers that know nothing of our scopes leave the role's; those that name some of ours narrow it, to
    # nothing if the role has none of them.
    ours = frozenset(Scope) & frozenset(names)
    return ROLE_SCOPES[role] & ours if ours else ROLE_SCOPES[role]


def _uuid(value: Any) -> UUID | None:
    return None if value is None else UUID(str(value))
