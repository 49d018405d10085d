"""Keys of the embedded issuer: made once, kept sealed, their public halves published."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.contracts.projects import SigningKeyRecordedV1
from libs.common.outbox.record import record_event
from libs.common.security.envelope import Envelope
from libs.common.security.principal import Principal
from libs.common.security.tokens import EmbeddedIssuer, SigningKey
from libs.common.web.problems import Unavailable
from services.projects.identity import repository
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import SigningKeyRow
from services.projects.registry.repository import lock_key

_PURPOSE = "signing-key:"


async def ensure_signing_key(ctx: Context, envelope: Envelope) -> bool:
    """Make the first signing key; False when there is a living one."""
    await lock_key(ctx.session, "signing_key", "")
    if await repository.living_signing_keys(ctx.session, real_now()):
        return False
    key = SigningKey.generate()
    row = SigningKeyRow(
        kid=key.kid,
        public_jwk=key.public_jwk(),
        sealed_private_jwk=envelope.seal(key.private_jwk().encode(), _PURPOSE + key.kid),
        created_at=real_now(),
        updated_at=ctx.now,
        version=1,
    )
    ctx.session.add(row)
    payload = SigningKeyRecordedV1(kid=row.kid, public_jwk=row.public_jwk, not_after=row.not_after)
    await record_event(ctx, payload, subject=row.kid, aggregate_version=row.version, region_code=None)
    return True


class TokenIssuer:
    """Signs access tokens with the newest living key."""

    def __init__(self, issuer: EmbeddedIssuer, envelope: Envelope) -> None:
        self.issuer = issuer
        self._envelope = envelope
        # A private key that was opened once: sealing protects the database, not this process's memory.
        self._opened: tuple[str, SigningKey] | None = None

    async def issue(self, session: AsyncSession, principal: Principal, ttl_seconds: int) -> str:
        """A token for an account. Raises Unavailable while no key has been made."""
        return self.issuer.issue(await self._key(session), principal, ttl_seconds)

    async def _key(self, session: AsyncSession) -> SigningKey:
        rows = await repository.living_signing_keys(session, real_now())
        if not rows:
            raise Unavailable
        row = rows[0]
        if self._opened is None or self._opened[0] != row.kid:
            private = self._envelope.open(row.sealed_private_jwk, _PURPOSE + row.kid)
            self._opened = (row.kid, SigningKey.from_private_jwk(private.decode()))
        return self._opened[1]
