"""Signing in, in three steps so that no transaction waits for a password hash.

``admit`` counts the attempt and commits, the password is verified without a transaction, ``conclude`` commits
the outcome. Every step takes about the same time whether or not there is such an account.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.security.passwords import hash_password, needs_rehash
from libs.common.security.principal import ROLE_SCOPES, Principal, Role
from services.projects.identity import repository
from services.projects.identity.domain.lockout import attempt
from services.projects.identity.errors import SignInRefused
from services.projects.identity.real_time import real_now
from services.projects.identity.service.signing import TokenIssuer
from services.projects.identity.tables import AccountRow
from services.projects.registry.tables import PersonRow


@dataclass(frozen=True, slots=True)
class Admission:
    """An attempt that was counted. ``password_hash`` is None for an unknown or closed account."""

    username: str
    admitted: bool
    retry_after_seconds: int
    account_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    access_token: str
    expires_in: int


async def admit(session: AsyncSession, username: str) -> Admission:
    """Count the attempt; refused while the name is locked."""
    policy, _ = await repository.sign_in_policy(session)
    now = real_now()
    attempts, admitted = attempt(await repository.lock_attempts(session, username), policy, now)
    await repository.store_attempts(session, username, attempts)
    account = await repository.find_account_by_name(session, username)
    usable = account if account is not None and account.active else None
    wait = 0 if attempts.locked_until is None else (attempts.locked_until - now).total_seconds()
    return Admission(
        username,
        admitted,
        retry_after_seconds=max(1, round(wait)),
        account_id=None if account is None else account.id,
        password_hash=None if usable is None else usable.password_hash,
    )


async def conclude(ctx: Context, tokens: TokenIssuer, admission: Admission, password: str) -> IssuedToken:
    """The token of an attempt whose password was right. Raises SignInRefused, Unavailable."""
    account = await repository.find_account_by_name(ctx.session, admission.username)
    if account is None or not account.active or account.password_hash != admission.password_hash:
        # Closed or changed while the password was being verified.
        raise SignInRefused
    await repository.forget_attempts(ctx.session, admission.username)
    if needs_rehash(account.password_hash):
        account.password_hash = await hash_password(password)
    _, token_seconds = await repository.sign_in_policy(ctx.session)
    principal = await _principal_of(ctx.session, account)
    token = await tokens.issue(ctx.session, principal, token_seconds)
    await audit(replace(ctx, principal=principal), "sign_in", "accounts", str(account.id))
    return IssuedToken(token, token_seconds)


async def record_refusal(ctx: Context, admission: Admission, reason: str) -> None:
    """Keep who failed to sign in. A name without account is left out: it may be a password typed too early."""
    known = "" if admission.account_id is None else str(admission.account_id)
    await audit(ctx, "sign_in", "accounts", known, result=f"refused:{reason}")


async def _principal_of(session: AsyncSession, account: AccountRow) -> Principal:
    role = Role(account.role)
    person = None if account.person_id is None else await session.get(PersonRow, account.person_id)
    return Principal(
        subject=str(account.id),
        role=role,
        region_code=account.region_code,
        enterprise_id=account.enterprise_id,
        scopes=frozenset(ROLE_SCOPES[role]),
        kind="person",
        account_id=account.id,
        person_id=account.person_id,
        unit_id=None if person is None else person.unit_id,
    )
