"""API keys of machines: the key is shown once, its hash and grants go out to all services."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import ApiKeyRecordedV1
from libs.common.outbox.record import record_event
from libs.common.security.keys import new_api_key
from libs.common.security.principal import ROLE_SCOPES, Role
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.identity import repository
from services.projects.identity.errors import GrantsDoNotFit
from services.projects.identity.real_time import real_now
from services.projects.identity.service.accounts import demand_grants
from services.projects.identity.tables import ApiKeyRow


@dataclass(frozen=True, slots=True)
class KeyGrants:
    """What a key may do and see. Empty ``scopes`` are all of the role's."""

    name: str
    role: Role
    scopes: frozenset[str] = frozenset()
    region_code: str | None = None
    enterprise_id: UUID | None = None
    meter_nos: tuple[str, ...] | None = None
    expires_at: datetime | None = None


async def issue_api_key(ctx: Context, grants: KeyGrants) -> tuple[ApiKeyRow, str]:
    """A new key: its row, and the key itself, which nobody can ask for again.

    Raises GrantsDoNotFit and as :func:`services.projects.identity.service.accounts.demand_grants`.
    """
    await demand_grants(ctx, grants.role, grants.region_code, grants.enterprise_id, for_key=True)
    beyond = grants.scopes - ROLE_SCOPES[grants.role]
    if beyond:
        fault = FieldError("grant.scope_beyond_role", "/scopes", {"scopes": sorted(beyond)})
        raise GrantsDoNotFit(role=grants.role, errors=[fault])
    made = new_api_key()
    row = ApiKeyRow(
        key_id=ctx.new_id(),
        name=grants.name,
        prefix=made.prefix,
        key_hash=made.key_hash,
        role=grants.role.value,
        scopes=sorted(grants.scopes or ROLE_SCOPES[grants.role]),
        region_code=grants.region_code,
        enterprise_id=grants.enterprise_id,
        meter_nos=None if grants.meter_nos is None else list(grants.meter_nos),
        expires_at=grants.expires_at,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        updated_at=ctx.now,
        version=1,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _publish(ctx, row)
    return row, made.key


async def get_api_key(ctx: Context, key_id: UUID, *, lock: bool = False) -> ApiKeyRow:
    """Raises NotFound."""
    row = await repository.find_api_key(ctx.session, key_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def revoke_api_key(ctx: Context, key_id: UUID) -> ApiKeyRow:
    """Void the key from now on; doing so twice is doing so once. Raises NotFound."""
    row = await get_api_key(ctx, key_id, lock=True)
    if row.revoked_at is None:
        row.revoked_at = real_now()
        row.advance(ctx.now)
        await _publish(ctx, row)
    return row


async def _publish(ctx: Context, row: ApiKeyRow) -> None:
    payload = ApiKeyRecordedV1(
        key_id=row.key_id,
        name=row.name,
        key_hash=row.key_hash,
        role=row.role,
        scopes=tuple(row.scopes),
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        meter_nos=None if row.meter_nos is None else tuple(row.meter_nos),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
    await record_event(
        ctx,
        payload,
        subject=str(row.key_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
