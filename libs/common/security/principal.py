"""The caller of a use case: role, scopes, and the part of the world that is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID


class Role(StrEnum):
    """What somebody is to the system. A role never widens the region or enterprise of its holder."""

    ADMIN = "admin"
    SECURITY = "security"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    OFFICER = "officer"
    ENTERPRISE = "enterprise"
    FEED = "feed"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a token or an API key may do: ``<service>:<act>``, the first half being the service's name."""

    PROJECTS_READ = "projects:read"
    PROJECTS_WRITE = "projects:write"
    # Of who keeps accounts and keys: what names the role, and no business data.
    PROJECTS_SECURITY = "projects:security"
    ENERGY_READ = "energy:read"
    ENERGY_WRITE = "energy:write"
    ENERGY_INGEST = "energy:ingest"
    ENERGY_SECURITY = "energy:security"
    ALERTS_READ = "alerts:read"
    ALERTS_WRITE = "alerts:write"
    ALERTS_SECURITY = "alerts:security"


_READ = frozenset({Scope.PROJECTS_READ, Scope.ENERGY_READ, Scope.ALERTS_READ})
_WRITE = frozenset({Scope.PROJECTS_WRITE, Scope.ENERGY_WRITE, Scope.ALERTS_WRITE})
_SECURITY = frozenset({Scope.PROJECTS_SECURITY, Scope.ENERGY_SECURITY, Scope.ALERTS_SECURITY})

# The most a role can do. A key's own scopes are cut down to its role's: a viewer's key never writes.
ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset(Scope),
    Role.SECURITY: _SECURITY,
    Role.AUDITOR: _READ,
    Role.SUPERVISOR: _READ | _WRITE,
    Role.LEADER: _READ | _WRITE,
    Role.OFFICER: _READ | _WRITE,
    # Where an enterprise may write is each route's to say, by role; it never reaches beyond its own rows.
    Role.ENTERPRISE: _READ | _WRITE | {Scope.ENERGY_INGEST},
    Role.FEED: frozenset({Scope.ENERGY_INGEST, Scope.ENERGY_READ}),
    Role.VIEWER: _READ,
}

# Roles that may exist without a region. Everybody else without one sees nothing: a forgotten claim or column
# must close doors, not open them.
UNBOUND_ROLES = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})

# 三权分立: the three who administer; a site may demand that nobody is two of them.
ADMINISTRATORS = frozenset({Role.ADMIN, Role.SECURITY, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    ``subject`` is stable and printable: an account or key id for the embedded issuer, ``issuer|sub`` for
    another one. ``region_code`` is the top of the caller's subtree; ``None`` reaches all regions for
    ``UNBOUND_ROLES`` and the system, and none for others. ``meter_nos`` lists the meters of a feed key;
    ``None`` leaves them to region and enterprise.
    """

    subject: str
    role: Role
    region_code: str | None = None
    enterprise_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    kind: Literal["person", "key", "system"] = "person"
    account_id: UUID | None = None
    person_id: UUID | None = None
    unit_id: UUID | None = None
    # The sign-in its token came from, here or at the site's own issuer; keys have none.
    session_id: UUID | None = None
    meter_nos: frozenset[str] | None = None

    @property
    def is_unbound(self) -> bool:
        """True when no region limits this caller."""
        return self.region_code is None and (self.kind == "system" or self.role in UNBOUND_ROLES)

    @property
    def is_enterprise_bound(self) -> bool:
        """True when this caller sees only its own enterprise's rows."""
        return self.enterprise_id is not None or self.role is Role.ENTERPRISE

    def may_use_meter(self, meter_no: str) -> bool:
        """False when this caller's key names its meters and this is not one of them."""
        return self.meter_nos is None or meter_no in self.meter_nos


# Handlers and jobs: the software acting on events and on time, for nobody in particular.
SYSTEM = Principal(subject="system", role=Role.ADMIN, scopes=frozenset(Scope), kind="system")
