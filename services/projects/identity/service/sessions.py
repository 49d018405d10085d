"""Sign-ins: begun, renewed, listed, ended. Ending one voids its tokens in all services within two seconds."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import SessionEndedV1
from libs.common.outbox.record import record_event
from libs.common.security.audit import audit
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import reaches_region
from libs.common.web.problems import NotFound
from services.projects.identity import repository, session_repository
from services.projects.identity.domain.policy import SignInPolicy
from services.projects.identity.domain.sessions import SessionState, Verdict, judge, new_token, read_token
from services.projects.identity.errors import SessionRefused
from services.projects.identity.real_time import real_now
from services.projects.identity.service.principals import principal_of
from services.projects.identity.service.signing import TokenIssuer
from services.projects.identity.tables import AccountRow, SignInSessionRow

_MAX_CLIENT = 200
_KEEPERS = frozenset({Role.ADMIN, Role.SECURITY})


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """What somebody who signed in is given; seconds of real time."""

    session_id: UUID
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    principal: Principal


async def begin(
    ctx: Context, tokens: TokenIssuer, policy: SignInPolicy, account: AccountRow, client: str
) -> IssuedTokens:
    """A new sign-in of somebody who has proved to be the account's. Raises Unavailable."""
    now = real_now()
    session_id = ctx.new_id()
    token, token_hash = new_token(session_id)
    row = SignInSessionRow(
        id=session_id,
        account_id=account.id,
        client=client[:_MAX_CLIENT],
        began_at=now,
        renewed_at=now,
        expires_at=now + policy.session,
        token_hash=token_hash,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return await _issue(ctx, tokens, policy, account, row, token)


async def renew(ctx: Context, tokens: TokenIssuer, refresh_token: str) -> IssuedTokens:
    """New tokens for a sign-in that goes on, with what its account may be and see today.

    Raises SessionRefused, whose changes are to be kept: a stolen token ends the sign-in.
    """
    row, presented = await _session_of(ctx, refresh_token)
    account = await repository.find_account(ctx.session, row.account_id)
    policy = await repository.sign_in_policy(ctx.session)
    now = real_now()
    state = SessionState(
        row.renewed_at, row.expires_at, row.token_hash, row.previous_hash, ended=row.ended_at is not None
    )
    verdict = judge(state, presented, idle=policy.idle, now=now)
    if verdict is Verdict.END:
        await _end(ctx, row, "reuse")
    revoked = account is not None and account.not_before is not None and account.not_before > row.began_at
    if verdict is not Verdict.RENEW or account is None or not account.active or revoked:
        raise SessionRefused
    token, token_hash = new_token(row.id)
    # Shown again within the grace, the token before stays the one before.
    if presented == row.token_hash:
        row.previous_hash = row.token_hash
    row.token_hash, row.renewed_at = token_hash, now
    return await _issue(ctx, tokens, policy, account, row, token)


async def end_by_token(ctx: Context, refresh_token: str) -> None:
    """Sign out; silent about what is no token of ours, or of a sign-in that is over (RFC 7009)."""
    try:
        row, presented = await _session_of(ctx, refresh_token)
    except SessionRefused:
        return
    if row.ended_at is None and presented in (row.token_hash, row.previous_hash):
        await _end(ctx, row, str(row.account_id))
        await audit(ctx, "sign_out", "accounts", str(row.account_id))


async def end(ctx: Context, session_id: UUID) -> None:
    """End a sign-in of the caller's own, or of an account the caller administers. Raises NotFound."""
    row = await session_repository.lock_session(ctx.session, session_id)
    account = None if row is None else await repository.find_account(ctx.session, row.account_id)
    if row is None or account is None or not _may_end(ctx.principal, account):
        raise NotFound
    if row.ended_at is None:
        await _end(ctx, row, ctx.principal.subject)


def _may_end(caller: Principal, account: AccountRow) -> bool:
    if caller.account_id == account.id:
        return True
    return caller.role in _KEEPERS and reaches_region(caller, account.region_code)


async def _session_of(ctx: Context, refresh_token: str) -> tuple[SignInSessionRow, str]:
    read = read_token(refresh_token)
    if read is None:
        raise SessionRefused
    row = await session_repository.lock_session(ctx.session, read[0])
    if row is None:
        raise SessionRefused
    return row, read[1]


async def _end(ctx: Context, row: SignInSessionRow, by: str) -> None:
    row.ended_at, row.ended_by = real_now(), by
    payload = SessionEndedV1(session_id=row.id, account_id=row.account_id, not_after=row.expires_at)
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=1, region_code=None)


async def _issue(
    ctx: Context, tokens: TokenIssuer, policy: SignInPolicy, account: AccountRow, row: SignInSessionRow, token: str
) -> IssuedTokens:
    now = real_now()
    left = row.expires_at - now
    principal = await principal_of(ctx.session, account, session_id=row.id)
    # No token outlives its sign-in.
    lives = max(1, round(min(policy.token, left).total_seconds()))
    access = await tokens.issue(ctx.session, principal, lives)
    idle = max(1, round(min(policy.idle, left).total_seconds()))
    return IssuedTokens(row.id, access, lives, token, idle, principal)
