"""Keys of the embedded issuer: made once, kept sealed, their public halves published."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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

# Clocks of services differ, and a renewal may be under way.
_LEEWAY = timedelta(minutes=1)


def key_purpose(kid: str) -> str:
    """What a private key is sealed for."""
    return f"signing-key:{kid}"


async def ensure_signing_key(ctx: Context, envelope: Envelope) -> bool:
    """Make the first signing key; False when there is a living one."""
    await lock_key(ctx.session, "signing_key", "")
    if await repository.living_signing_keys(ctx.session, real_now()):
        return False
    await _make(ctx, envelope)
    return True


@dataclass(frozen=True, slots=True)
class Rotation:
    """The key that signs from now on, and until when tokens of those before it are believed."""

    kid: str
    withdrawn: tuple[str, ...]
    not_after: datetime


async def rotate_signing_key(ctx: Context, envelope: Envelope, *, at_once: bool = False) -> Rotation:
    """Sign with a new key; tokens of the old ones are believed until the longest of them is over.

    ``at_once``: a key that somebody may have copied. Then everybody signs in again.
    """
    await lock_key(ctx.session, "signing_key", "")
    now = real_now()
    living = await repository.living_signing_keys(ctx.session, now)
    made = await _make(ctx, envelope)
    lives = (await repository.sign_in_policy(ctx.session)).token
    ends = now if at_once else now + lives + _LEEWAY
    for row in living:
        if row.not_after is None or row.not_after > ends:
            row.not_after = ends
            row.advance(ctx.now)
            await _publish(ctx, row)
    return Rotation(made.kid, tuple(row.kid for row in living), ends)


async def _make(ctx: Context, envelope: Envelope) -> SigningKeyRow:
    key = SigningKey.generate()
    row = SigningKeyRow(
        kid=key.kid,
        public_jwk=key.public_jwk(),
        sealed_private_jwk=envelope.seal(key.private_jwk().encode(), key_purpose(key.kid)),
        created_at=real_now(),
        updated_at=ctx.now,
        version=1,
    )
    ctx.session.add(row)
    await _publish(ctx, row)
    return row


async def _publish(ctx: Context, row: SigningKeyRow) -> None:
    payload = SigningKeyRecordedV1(kid=row.kid, public_jwk=row.public_jwk, not_after=row.not_after)
    await record_event(ctx, payload, subject=row.kid, aggregate_version=row.version, region_code=None)


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
            private = self._envelope.open(row.sealed_private_jwk, key_purpose(row.kid))
            self._opened = (row.kid, SigningKey.from_private_jwk(private.decode()))
        return self._opened[1]
