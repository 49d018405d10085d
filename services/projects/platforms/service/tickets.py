"""From a platform's code to a ticket, and what a ticket is good for: to sign in, or to link. Real time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from libs.common.context import Context
from libs.common.security.audit import audit
from libs.common.security.principal import Role
from libs.common.web.problems import NotFound
from services.projects.identity import repository as identity
from services.projects.identity.errors import SignInRefused
from services.projects.identity.real_time import real_now
from services.projects.identity.service import second_factors, sessions
from services.projects.identity.service.attempts import count_attempt, forgive
from services.projects.identity.service.principals import principal_of
from services.projects.identity.service.sign_in import House, SignedIn
from services.projects.identity.tables import AccountRow
from services.projects.platforms import repository
from services.projects.platforms.domain.tickets import BY_ADDRESS, LIFE, new_ticket, read_ticket
from services.projects.platforms.errors import NotLinked, TicketRefused
from services.projects.platforms.service.vendors import PlatformAccess
from services.projects.platforms.tables import PlatformTicketRow


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a browser is given; ``linked``: an account will be found by it."""

    text: str
    lives_seconds: int
    linked: bool


async def admit(ctx: Context, platform_id: UUID, sender: str) -> tuple[PlatformAccess, int | None]:
    """Count an attempt from an address; the seconds to wait, if it has made too many. Raises NotFound."""
    row = await repository.find_platform(ctx.session, platform_id)
    if row is None or not row.enabled:
        raise NotFound
    return PlatformAccess.of(row), await count_attempt(ctx.session, sender, BY_ADDRESS)


async def give_ticket(ctx: Context, platform_id: UUID, user_id: str, sender: str) -> Ticket:
    """A ticket for whom the platform has named."""
    await identity.forget_attempts(ctx.session, sender)
    ticket_id = ctx.new_id()
    text, secret_hash = new_ticket(ticket_id)
    ctx.session.add(
        PlatformTicketRow(
            id=ticket_id,
            secret_hash=secret_hash,
            platform_id=platform_id,
            user_id=user_id,
            expires_at=real_now() + LIFE,
        )
    )
    link = await repository.find_link_of(ctx.session, platform_id, user_id)
    return Ticket(text, round(LIFE.total_seconds()), linked=link is not None)


async def count_code(ctx: Context, ticket: str, address: str) -> int | None:
    """Count a second factor's code under its account's name; as :func:`count_attempt`.

    Raises TicketRefused, NotLinked, SignInRefused.
    """
    account = await _account_of(ctx, await read(ctx, ticket))
    return await count_attempt(ctx.session, account.username, address=address)


async def sign_in(
    ctx: Context, house: House, ticket: str, code: str | None, *, client: str, address: str
) -> SignedIn:
    """The tokens of somebody the platform has named, and whose second factor, if there is one, was right.

    Raises TicketRefused, NotLinked, SignInRefused, SecondFactorNeeded, SecondFactorToSetUp, SecondFactorRefused,
    Unavailable.
    """
    row = await read(ctx, ticket, lock=True)
    account = await _account_of(ctx, row)
    ctx = replace(ctx, principal=await principal_of(ctx.session, account))
    policy = await identity.sign_in_policy(ctx.session)
    needed = policy.needs_second_factor(Role(account.role), is_local=house.is_local)
    codes = await second_factors.check(ctx, house.envelope, account, code, needed=needed)
    if code is not None:
        await forgive(ctx.session, account.username, address, signed_in=True)
    platform_id = row.platform_id
    await ctx.session.delete(row)
    issued = await sessions.begin(ctx, house.tokens, policy, account, client)
    await audit(ctx, "sign_in", "accounts", str(account.id), {"platform": str(platform_id)})
    return SignedIn(issued, codes or ())


async def record_refusal(ctx: Context, platform_id: UUID | None, reason: str) -> None:
    """Keep that somebody was refused; whom the platform meant is not known then."""
    await audit(ctx, "sign_in", "sign-in-platforms", str(platform_id or ""), result=f"refused:{reason}")


async def read(ctx: Context, ticket: str, *, lock: bool = False) -> PlatformTicketRow:
    """The ticket as it was kept. Raises TicketRefused."""
    known = read_ticket(ticket)
    if known is None:
        raise TicketRefused
    row = await repository.find_ticket(ctx.session, known[0], now=real_now(), lock=lock)
    # The hash of a random secret: comparing it in any time tells nothing of the secret.
    if row is None or row.secret_hash != known[1]:
        raise TicketRefused
    return row


async def _account_of(ctx: Context, row: PlatformTicketRow) -> AccountRow:
    link = await repository.find_link_of(ctx.session, row.platform_id, row.user_id)
    if link is None:
        raise NotLinked
    account = await identity.find_account(ctx.session, link.account_id)
    if account is None or not account.active:
        raise SignInRefused
    return account
