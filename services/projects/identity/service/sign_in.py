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
from libs.common.security.passwords import WeakPassword, hash_password, needs_rehash
from libs.common.security.principal import Role
from libs.common.web.problems import FieldError
from services.projects.identity import repository
from services.projects.identity.domain.policy import SignInPolicy
from services.projects.identity.errors import PasswordToChange, SignInRefused
from services.projects.identity.real_time import real_now
from services.projects.identity.service import second_factors, sessions
from services.projects.identity.service.attempts import count_address, count_attempt, forgive, forgive_address
from services.projects.identity.service.own_passwords import set_password
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
    address: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows to be let in. ``code``: of the device, or one that replaces it.

    ``new_password`` replaces the one that is shown: where it has run out, or where somebody else had set it.
    """

    password: str
    code: str | None = None
    new_password: str | None = None


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


async def admit(session: AsyncSession, username: str, address: str) -> Admission:
    """Count the attempt; refused while the address or the name is locked.

    The address first: who tries from a locked one locks no names with it.
    """
    retry_after_seconds = await count_address(session, address)
    if retry_after_seconds is None:
        retry_after_seconds = await count_attempt(session, username, address=address)
    account = await repository.find_account_by_name(session, username)
    usable = account if account is not None and account.active else None
    return Admission(
        username,
        retry_after_seconds,
        account_id=None if account is None else account.id,
        password_hash=None if usable is None else usable.password_hash,
        address=address,
    )


async def conclude(ctx: Context, house: House, admission: Admission, proof: Proof, client: str) -> SignedIn:
    """The tokens of an attempt whose password was right.

    Raises SignInRefused, SecondFactorNeeded, SecondFactorToSetUp, SecondFactorRefused, PasswordToChange,
    WeakPassword, PasswordUsedBefore, Unavailable.
    """
    account, ctx = await _demand_account(ctx, admission)
    policy = await repository.sign_in_policy(ctx.session)
    needed = policy.needs_second_factor(Role(account.role), is_local=house.is_local)
    codes = await second_factors.check(ctx, house.envelope, account, proof.code, needed=needed)
    # In the order in which attempts are counted: each waits for the other's lock.
    await forgive_address(ctx.session, admission.address)
    await forgive(ctx.session, admission.username, admission.address, signed_in=True)
    if await _renew_password(ctx, house, policy, account, proof):
        await audit(ctx, "change_password", "accounts", str(account.id))
    elif needs_rehash(account.password_hash):
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
    # In the order in which attempts are counted: each waits for the other's lock.
    await forgive_address(ctx.session, admission.address)
    await forgive(ctx.session, admission.username, admission.address, signed_in=False)
    return made


async def _renew_password(
    ctx: Context, house: House, policy: SignInPolicy, account: AccountRow, proof: Proof
) -> bool:
    """Whether the password was replaced. Raises PasswordToChange, WeakPassword, PasswordUsedBefore."""
    if proof.new_password is None:
        reasons = policy.passwords.reasons_to_change(
            given=account.password_given, set_at=account.password_set_at, now=real_now(), is_local=house.is_local
        )
        if reasons:
            raise PasswordToChange(errors=[FieldError(f"password.{reason}", "/password") for reason in reasons])
        return False
    if proof.new_password == proof.password:
        raise WeakPassword(errors=[FieldError("password.unchanged", "/new_password")])
    await set_password(ctx, account, proof.new_password, given=False, pointer="/new_password")
    return True


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
