"""The second factor of an account: set up, confirmed by its first code, asked for from then on."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.security.envelope import Envelope
from services.projects.identity import repository, session_repository
from services.projects.identity.domain import second_factor as totp
from services.projects.identity.errors import SecondFactorNeeded, SecondFactorRefused, SecondFactorToSetUp
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import AccountRow, SecondFactorRow

ISSUER = "Duban"


def factor_purpose(account_id: UUID) -> str:
    """What the secret of an account is sealed for."""
    return f"second-factor:{account_id}"


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an authenticator application is given, once."""

    secret: str
    address: str


async def set_up(ctx: Context, envelope: Envelope, account: AccountRow, code: str | None) -> SetUp:
    """A new secret for somebody whose password was right; good once its first code was given at a sign-in.

    Who has a confirmed factor proves to hold it by ``code``. Raises SecondFactorNeeded, SecondFactorRefused.
    """
    # The account is there also where no factor is yet: of two who set one up at once the later one's stands.
    await repository.find_account(ctx.session, account.id, lock=True)
    known = await session_repository.lock_factor(ctx.session, account.id)
    if known is not None and known.confirmed_at is not None:
        _prove(envelope, known, code)
    secret = totp.new_secret()
    if known is not None:
        await ctx.session.delete(known)
        await ctx.session.flush()
    sealed = envelope.seal(secret, factor_purpose(account.id))
    ctx.session.add(
        SecondFactorRow(account_id=account.id, sealed_secret=sealed, created_at=real_now(), recovery_hashes=[])
    )
    await audit(ctx, "set_up_second_factor", "accounts", str(account.id))
    return SetUp(totp.shown(secret), totp.address_of(secret, username=account.username, issuer=ISSUER))


async def check(
    ctx: Context, envelope: Envelope, account: AccountRow, code: str | None, *, needed: bool
) -> list[str] | None:
    """Let somebody by whose password was right; the recovery codes if this code confirmed the factor.

    ``needed``: the account's role has to have one. Raises SecondFactorNeeded, SecondFactorToSetUp,
    SecondFactorRefused.
    """
    row = await session_repository.lock_factor(ctx.session, account.id)
    if row is None or (row.confirmed_at is None and code is None):
        if needed:
            raise SecondFactorToSetUp
        return None
    _prove(envelope, row, code)
    if row.confirmed_at is not None:
        return None
    row.confirmed_at = real_now()
    codes = totp.new_recovery_codes()
    row.recovery_hashes = [totp.hash_recovery_code(one) for one in codes]
    await audit(ctx, "confirm_second_factor", "accounts", str(account.id))
    return codes


async def remove(ctx: Context, account: AccountRow) -> None:
    """Take an account's factor away, because its device is lost. Nothing happens without one."""
    row = await session_repository.lock_factor(ctx.session, account.id)
    if row is not None:
        await ctx.session.delete(row)


def _prove(envelope: Envelope, row: SecondFactorRow, code: str | None) -> None:
    if code is None:
        raise SecondFactorNeeded
    secret = envelope.open(row.sealed_secret, factor_purpose(row.account_id))
    counter = totp.counter_of(secret, code, now=real_now().timestamp(), after=row.counter)
    if counter is not None:
        row.counter = counter
        return
    left = totp.without_recovery_code(row.recovery_hashes, code)
    if left is None:
        raise SecondFactorRefused
    row.recovery_hashes = left
