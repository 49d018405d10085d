"""Callers who show a client certificate instead of a key (mTLS), which a proxy of ours verified."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from libs.common.database import Database
from libs.common.security.cache import TtlCache
from libs.common.security.principal import Principal
from libs.common.web.client_cert import HEADER, certificate_sha256
from libs.common.web.problems import Unauthenticated
from libs.common.web.runtime import RequestAuthenticator
from services.energy.sources import repository
from services.energy.sources.service import principal_of

log = structlog.get_logger(__name__)

# As for keys: a feed that was paused or removed is refused within a second.
_STATE_SECONDS = 1.0


class CertificateAuthenticator:
    """Finds the feed whose certificate is shown; whoever shows a key or a token as well is judged by that."""

    def __init__(self, inner: RequestAuthenticator, database: Database) -> None:
        self._inner = inner
        self._database = database
        self._feeds: TtlCache[str, Principal | None] = TtlCache(_STATE_SECONDS, keep_none=True)

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """The caller. Raises Unauthenticated, and what the inner one raises."""
        shown = headers.get(HEADER)
        if shown is None or headers.get("authorization") is not None or headers.get("x-api-key") is not None:
            return await self._inner.authenticate(headers)
        sha256 = certificate_sha256(shown)
        principal = None if sha256 is None else await self._feeds.get(sha256, lambda: self._load(sha256))
        if principal is None:
            log.info("authentication.refused", reason="certificate of no active feed", sha256=sha256)
            raise Unauthenticated
        return principal

    async def _load(self, sha256: str) -> Principal | None:
        async with self._database.session() as session:
            row = await repository.find_by_certificate(session, sha256)
        return None if row is None else principal_of(row)
