"""How the claims of another identity provider become a caller of ours."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

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
    # Of the sign-in that a token came from; where access tokens have none, its end voids all that have none.
    session: str = "sid"

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
            session_id=self.session_id(claims, issuer),
        )

    def session_id(self, claims: Mapping[str, Any], issuer: str) -> UUID | None:
        """The sign-in at the issuer that the token came from; None where it does not say."""
        sid = _at(claims, self.session)
        return session_of(issuer, sid) if isinstance(sid, str) and sid else None

    def holder(self, claims: Mapping[str, Any], issuer: str) -> UUID:
        """What revokes this token together with others of its subject; see :func:`holder_of`."""
        return holder_of(issuer, claims["sub"], in_session=self.session_id(claims, issuer) is not None)

    def _role(self, names: list[str]) -> Role:
        ours = {self.role_names.get(name, name) for name in names}
        for role in Role:
            if role in ours:
                return role
        raise ValueError("no role that is known here")


def session_of(issuer: str, sid: str) -> UUID:
    """Our id of a sign-in at the issuer: the same in every service, none of which keeps a list of them."""
    return uuid5(NAMESPACE_URL, f"{issuer}|sid|{sid}")


def holder_of(issuer: str, sub: str, *, in_session: bool) -> UUID:
    """What the revocation of a subject's tokens names, in the place of an account of ours.

    Tokens that tell their sign-in and tokens that do not are two holders: the end of one sign-in voids, of the
    subject's other tokens, only those that cannot say that they are not of it.
    """
    return uuid5(NAMESPACE_URL, f"{issuer}|sub|{sub}" if in_session else f"{issuer}|sub without sid|{sub}")


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
