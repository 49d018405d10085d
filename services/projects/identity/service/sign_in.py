"""Signing in, in three steps so that no transaction waits for a password hash.

``admit`` counts the attempt and commits, the password is verified without a transaction, ``conclude`` commits
the outcome. Every step takes about the same time whether or not there is such an account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.security.envelope import Envelope
from libs.common.security.passwords import hash_password, needs_rehash
from libs.common.security.principal import Role
from services.projects.identity import repository
from services.projects.identity.errors import SignInRefused
from services.projects.identity.service import second_factors, sessions
from services.projects.identity.service.attempts import count_attempt
from services.projects.identity.service.principals import principal_of
from services.projects.identity.service.sessions import IssuedTokens
from services.projects.identity.service.signing import TokenIssuer
from services.projects.identity.tables import AccountRow


@dataclass(frozen=True, slots=True)
class Admission:
    """An attempt that was counted, or is not admitted for so many seconds.

    ``password_hash`` is None for an unknown or closed account.
    """

    username: str
    retry_after_seconds: int | None
    account_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows to be let in. ``code``: of the device, or one that replaces it."""

    password: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What signing in needs of the process. ``is_local``: a run on somebody's own machine."""

    tokens: TokenIssuer
    envelope: Envelope
    is_local: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """``recovery_codes`` are shown once: when a first code confirmed the second factor."""

    tokens: IssuedTokens
    recovery_codes: Sequence[str]


async def admit(session: AsyncSession, username: str) -> Admission:
    """Count the attempt; refused while the name is locked."""
    retry_after_seconds = await count_attempt(session, username)
    account = await repository.find_account_by_name(session, username)
    usable = account if account is not None and account.active else None
    return Admission(
        username,
        retry_after_seconds,
        account_id=None if account is None else account.id,
        password_hash=None if usable is None else usable.password_hash,
    )


async def conclude(ctx: Context, house: House, admission: Admission, proof: Proof, client: str) -> SignedIn:
    """The tokens of an attempt whose password was right.

    Raises SignInRefused, SecondFactorNeeded, SecondFactorToSetUp, SecondFactorRefused, Unavailable.
    """
    account, ctx = await _demand_account(ctx, admission)
    policy = await repository.sign_in_policy(ctx.session)
    needed = policy.needs_second_factor(Role(account.role), is_local=house.is_local)
    codes = await second_factors.check(ctx, house.envelope, account, proof.code, needed=needed)
    await repository.forget_attempts(ctx.session, admission.username)
    if needs_rehash(account.password_hash):
        account.password_hash = await hash_password(proof.password)
    issued = await sessions.begin(ctx, house.tokens, policy, account, client)
    await audit(ctx, "sign_in", "accounts", str(account.id))
    return SignedIn(issued, codes or ())


async def set_up_second_factor(
    ctx: Context, house: House, admission: Admission, proof: Proof
) -> second_factors.SetUp:
    """A new secret for the device of an account whose password was right.

    Raises SignInRefused, SecondFactorNeeded, SecondFactorRefused.
    """
    account, ctx = await _demand_account(ctx, admission)
    made = await second_factors.set_up(ctx, house.envelope, account, proof.code)
    await repository.forget_attempts(ctx.session, admission.username)
    return made


async def _demand_account(ctx: Context, admission: Admission) -> tuple[AccountRow, Context]:
    """The account, and a context in which it acts. Raises SignInRefused."""
    account = await repository.find_account_by_name(ctx.session, admission.username)
    if account is None or not account.active or account.password_hash != admission.password_hash:
        # Closed or changed while the password was being verified.
        raise SignInRefused
    return account, replace(ctx, principal=await principal_of(ctx.session, account))


async def record_refusal(ctx: Context, admission: Admission, reason: str) -> None:
    """Keep who failed to sign in. A name without account is left out: it may be a password typed too early."""
    known = "" if admission.account_id is None else str(admission.account_id)
    await audit(ctx, "sign_in", "accounts", known, result=f"refused:{reason}")
