"""Which account an identity on a platform is: linked by its owner, who is signed in, or by an administrator."""

from __future__ import annotations

from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import FieldError, NotFound
from services.projects.identity.service import accounts
from services.projects.platforms import repository
from services.projects.platforms.errors import AlreadyLinked
from services.projects.platforms.service import tickets
from services.projects.platforms.service.platforms import get_platform
from services.projects.platforms.tables import LinkedIdentityRow
from services.projects.registry.repository import lock_key


async def link_own(ctx: Context, ticket: str) -> LinkedIdentityRow:
    """Link the caller's account to whom the platform has named; the ticket is used up.

    Raises NotFound for a caller without an account here, TicketRefused, AlreadyLinked.
    """
    account_id = own_account(ctx)
    row = await tickets.read(ctx, ticket, lock=True)
    platform_id, user_id = row.platform_id, row.user_id
    await ctx.session.delete(row)
    return await _link(ctx, platform_id, user_id, account_id, field="/ticket")


async def link_account(ctx: Context, platform_id: UUID, user_id: str, account_id: UUID) -> LinkedIdentityRow:
    """Link an account of the caller's subtree. Raises NotFound, AlreadyLinked."""
    await get_platform(ctx, platform_id)
    await accounts.get_account(ctx, account_id, lock=True)
    return await _link(ctx, platform_id, user_id, account_id, field="/user_id")


async def unlink_own(ctx: Context, link_id: UUID) -> None:
    """Raises NotFound."""
    row = await repository.find_link(ctx.session, link_id)
    if row is None or row.account_id != own_account(ctx):
        raise NotFound
    await ctx.session.delete(row)


async def unlink_account(ctx: Context, link_id: UUID) -> None:
    """Take the link of an account of the caller's subtree away; its sign-ins end. Raises NotFound."""
    row = await repository.find_link(ctx.session, link_id)
    if row is None:
        raise NotFound
    account = await accounts.get_account(ctx, row.account_id, lock=True)
    await ctx.session.delete(row)
    await accounts.revoke_tokens(ctx, account)


def own_account(ctx: Context) -> UUID:
    """Raises NotFound for a caller without an account here: a key, or somebody of another issuer."""
    if ctx.principal.account_id is None:
        raise NotFound
    return ctx.principal.account_id


async def _link(
    ctx: Context, platform_id: UUID, user_id: str, account_id: UUID, *, field: str
) -> LinkedIdentityRow:
    # Whoever comes second finds the first one's row, whether it is the account or the identity that is taken.
    await lock_key(ctx.session, "linked_identity", str(platform_id))
    for known in await repository.links_in_the_way(ctx.session, platform_id, user_id, account_id):
        if known.user_id == user_id and known.account_id == account_id:
            return known
        fault = "identity.taken" if known.user_id == user_id else "account.linked_elsewhere"
        raise AlreadyLinked(errors=[FieldError(fault, field)])
    row = LinkedIdentityRow(
        id=ctx.new_id(),
        platform_id=platform_id,
        user_id=user_id,
        account_id=account_id,
        linked_at=ctx.now,
        linked_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row
