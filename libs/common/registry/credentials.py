"""Credentials from the replica: a service verifies its callers while projects is down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from libs.common.database import Database
from libs.common.registry.tables import (
    AccountRevocationReplicaRow,
    ApiKeyReplicaRow,
    EndedSessionReplicaRow,
    SigningKeyReplicaRow,
)
from libs.common.security.keys import StoredApiKey


class ReplicaCredentialStore:
    """A CredentialStore over the replica tables; a deleted row is as good as none.

    Each question takes a short session of its own, so that authentication neither sees nor prolongs the
    transaction of the request; the authenticator asks at most once a second for each credential.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def signing_key(self, kid: str) -> Mapping[str, str] | None:
        statement = select(col(SigningKeyReplicaRow.public_jwk), col(SigningKeyReplicaRow.not_after)).where(
            col(SigningKeyReplicaRow.kid) == kid, col(SigningKeyReplicaRow.deleted).is_(False)
        )
        async with self._database.session() as session:
            found = (await session.execute(statement)).first()
        if found is None:
            return None
        public_jwk, not_after = found
        # Real time, as for all credentials.
        if not_after is not None and not_after <= datetime.now(UTC):
            return None
        jwk: dict[str, str] = public_jwk
        return jwk

    async def api_key(self, key_hash: str) -> StoredApiKey | None:
        statement = select(ApiKeyReplicaRow).where(
            col(ApiKeyReplicaRow.key_hash) == key_hash, col(ApiKeyReplicaRow.deleted).is_(False)
        )
        async with self._database.session() as session:
            row = (await session.scalars(statement)).first()
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
        statement = select(col(AccountRevocationReplicaRow.not_before)).where(
            col(AccountRevocationReplicaRow.account_id) == account_id,
            col(AccountRevocationReplicaRow.deleted).is_(False),
        )
        async with self._database.session() as session:
            return await session.scalar(statement)

    async def has_ended(self, session_id: UUID) -> bool:
        statement = select(col(EndedSessionReplicaRow.session_id)).where(
            col(EndedSessionReplicaRow.session_id) == session_id
        )
        async with self._database.session() as session:
            return await session.scalar(statement) is not None
