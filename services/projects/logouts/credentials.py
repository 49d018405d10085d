"""What the authenticator asks where the site's own issuer serves: its sign-ins stand until it ends them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.projects.identity.credentials import OwnCredentialStore
from services.projects.logouts.tables import EndedIssuerSessionRow, IssuerRevocationRow


class IssuerCredentialStore(OwnCredentialStore):
    """A CredentialStore; keys of machines are ours as before."""

    async def tokens_not_before(self, account_id: UUID) -> datetime | None:
        async with self._database.session() as session:
            row = await session.get(IssuerRevocationRow, account_id)
        return None if row is None else row.not_before

    async def has_ended(self, session_id: UUID) -> bool:
        async with self._database.session() as session:
            return await session.get(EndedIssuerSessionRow, session_id) is not None
