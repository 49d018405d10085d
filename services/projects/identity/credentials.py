"""What the authenticator asks of credentials, answered from the owner's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.common.database import Database
from libs.common.security.keys import StoredApiKey
from services.projects.identity import repository
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import SigningKeyRow, SignInSessionRow


class OwnCredentialStore:
    """A CredentialStore; each question takes a short session of its own, apart from the request's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def signing_key(self, kid: str) -> Mapping[str, str] | None:
        async with self._database.session() as session:
            row = await session.get(SigningKeyRow, kid)
        if row is None or (row.not_after is not None and row.not_after <= real_now()):
            return None
        return row.public_jwk

    async def api_key(self, key_hash: str) -> StoredApiKey | None:
        async with self._database.session() as session:
            row = await repository.find_api_key_by_hash(session, key_hash)
        if row is None:
            return None
        return StoredApiKey(
            key_id=row.key_id,
            name=row.name,
            key_hash=row.key_hash,
            role=row.role,
            scopes=frozenset(row.scopes),
            region_code=row.region_code,
            enterprise_id=row.enterprise_id,
            meter_nos=None if row.meter_nos is None else frozenset(row.meter_nos),
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )

    async def tokens_not_before(self, account_id: UUID) -> datetime | None:
        async with self._database.session() as session:
            row = await repository.find_account(session, account_id)
        return None if row is None else row.not_before

    async def has_ended(self, session_id: UUID) -> bool:
        async with self._database.session() as session:
            row = await session.get(SignInSessionRow, session_id)
        return row is None or row.ended_at is not None
