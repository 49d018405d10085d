"""Setting an account's password: strong by the policy, not leaked, none of the last ones, given or chosen."""

from libs.common.context import Context
from libs.common.security.passwords import ensure_strong, ensure_unknown, hash_password, verify_password
from libs.common.web.problems import FieldError
from services.projects.identity import repository
from services.projects.identity.errors import PasswordUsedBefore
from services.projects.identity.real_time import real_now
from services.projects.identity.tables import AccountRow, PasswordHistoryRow


async def demand_strong(ctx: Context, username: str, password: str, pointer: str = "/password") -> None:
    """Raises WeakPassword by the site's policy, or where the site knows it to have leaked."""
    policy = (await repository.sign_in_policy(ctx.session)).passwords
    ensure_strong(password, username=username, pointer=pointer, min_length=policy.min_length)
    await ensure_unknown(password, pointer=pointer)


async def set_password(
    ctx: Context, row: AccountRow, password: str, *, given: bool, pointer: str = "/password"
) -> None:
    """Give a locked account another password. ``given``: by somebody else than its person.

    Raises WeakPassword, PasswordUsedBefore.
    """
    await demand_strong(ctx, row.username, password, pointer)
    history = (await repository.sign_in_policy(ctx.session)).passwords.history
    if history and not given:
        # Who gives a password to another is not told what that one had.
        await _demand_unused(ctx, row, password, history, pointer)
    now = real_now()
    if history:
        ctx.session.add(PasswordHistoryRow(account_id=row.id, replaced_at=now, password_hash=row.password_hash))
        await ctx.session.flush()
    await repository.forget_replaced_passwords(ctx.session, row.id, history)
    row.password_hash = await hash_password(password)
    row.password_given, row.password_set_at = given, now


async def _demand_unused(ctx: Context, row: AccountRow, password: str, history: int, pointer: str) -> None:
    for used in (row.password_hash, *await repository.replaced_passwords(ctx.session, row.id, history)):
        if await verify_password(used, password):
            raise PasswordUsedBefore(history=history, errors=[FieldError("password.used_before", pointer)])
