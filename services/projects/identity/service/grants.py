"""What a caller is granted now: for work that goes on in somebody's name after the request has ended."""

from __future__ import annotations

from uuid import UUID

from libs.common.context import Context
from libs.common.security.keys import StoredApiKey
from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from services.projects.identity import repository
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import ApiKeyRow


class NotOurs(LookupError):
    """The subject is neither an account nor a key of ours: another issuer knows it."""


async def granted_now(ctx: Context, subject: str) -> Principal | None:
    """The caller as it stands now; None when its account is locked or its key revoked or expired.

    Raises NotOurs.
    """
    try:
        identity = UUID(subject)
    except ValueError:
        raise NotOurs(subject) from None
    account = await repository.find_account(ctx.session, identity)
    if account is not None:
        if not account.active:
            return None
        role = Role(account.role)
        return Principal(
            subject=subject,
            role=role,
            region_code=account.region_code,
            enterprise_id=account.enterprise_id,
            scopes=ROLE_SCOPES[role],
            account_id=account.id,
            person_id=account.person_id,
        )
    key = await repository.find_api_key(ctx.session, identity)
    if key is None:
        raise NotOurs(subject)
    stored = _stored(key)
    return stored.principal() if stored.is_live(real_now()) else None


def _stored(key: ApiKeyRow) -> StoredApiKey:
    return StoredApiKey(
        key_id=key.key_id,
        name=key.name,
        key_hash=key.key_hash,
        role=key.role,
        scopes=frozenset(key.scopes),
        region_code=key.region_code,
        enterprise_id=key.enterprise_id,
        meter_nos=None if key.meter_nos is None else frozenset(key.meter_nos),
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )
