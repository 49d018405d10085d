"""Accounts of people: open, change, close; whatever narrows an account voids its tokens at once."""

from dataclasses import dataclass
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import AccountRevokedV1
from libs.common.outbox.record import record_event
from libs.common.security.passwords import WeakPassword, ensure_unknown, hash_password, verify_password
from libs.common.security.principal import Role
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, Forbidden, NotFound
from services.projects.identity import repository, session_repository
from services.projects.identity.domain.grants import check_grants
from services.projects.identity.errors import LastAdministrator, SignInLocked, UsernameTaken, WrongPassword
from services.projects.identity.real_time import real_now
from services.projects.identity.service.attempts import count_attempt, forgive
from services.projects.identity.service.own_passwords import demand_strong, set_password
from services.projects.identity.tables import AccountRow
from services.projects.registry import repository as registry
from services.projects.registry.errors import EntryUnknown
from services.projects.registry.service.recording import demand_region

FIRST_ADMINISTRATOR = "admin"
FIRST_OF_SECURITY = "security"
# Without one of each nobody could run the system, or keep its accounts where that is another's.
_IRREPLACEABLE = (Role.ADMIN, Role.SECURITY)


@dataclass(frozen=True, slots=True)
class Grants:
    """What an account may be and see."""

    role: Role
    region_code: str | None = None
    enterprise_id: UUID | None = None
    person_id: UUID | None = None
    active: bool = True


async def demand_grants(
    ctx: Context,
    role: Role,
    region_code: str | None,
    enterprise_id: UUID | None,
    *,
    person_id: UUID | None = None,
    for_key: bool = False,
) -> None:
    """What is granted fits the role, exists, and lies within the grantor's own subtree.

    Raises GrantsDoNotFit, UnknownRegion, EntryUnknown, MalformedRequest, NotFound.
    """
    check_grants(role, region_code, enterprise_id, for_key=for_key)
    if region_code is None:
        ensure_region(ctx.principal, None)
    else:
        await demand_region(ctx, region_code)
    checks = (
        ("enterprise_id", enterprise_id, registry.has_enterprise),
        ("person_id", person_id, registry.has_person),
    )
    unknown = [name for name, key, exists in checks if key is not None and not await exists(ctx.session, key)]
    if unknown:
        raise EntryUnknown(
            fields=unknown, errors=[FieldError("reference.unknown", f"/{name}") for name in unknown]
        )


async def get_account(ctx: Context, account_id: UUID, *, lock: bool = False) -> AccountRow:
    """Raises NotFound."""
    row = await repository.find_account(ctx.session, account_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def open_account(ctx: Context, username: str, password: str, grants: Grants) -> AccountRow:
    """Raises UsernameTaken and as :func:`demand_grants`."""
    await demand_grants(ctx, grants.role, grants.region_code, grants.enterprise_id, person_id=grants.person_id)
    await demand_strong(ctx, username, password)
    await registry.lock_key(ctx.session, "account", username)
    if await repository.find_account_by_name(ctx.session, username) is not None:
        raise UsernameTaken(username=username, errors=[FieldError("username.taken", "/username")])
    return await _insert(ctx, username, password, grants, given=True)


async def open_first_administrator(
    ctx: Context, password: str, *, role: Role = Role.ADMIN, username: str = FIRST_ADMINISTRATOR
) -> AccountRow | None:
    """The account everything begins with; None when there is an administrator of the role already.

    Raises WeakPassword for a password that leaked.
    """
    await registry.lock_key(ctx.session, "account", username)
    if await repository.lock_unbound_administrators(ctx.session, role):
        return None
    if await repository.find_account_by_name(ctx.session, username) is not None:
        return None
    await ensure_unknown(password)
    return await _insert(ctx, username, password, Grants(role), given=False)


async def change_grants(ctx: Context, row: AccountRow, grants: Grants) -> AccountRow:
    """Change what a locked account may be and see; its tokens are void.

    Raises LastAdministrator and as :func:`demand_grants`.
    """
    await demand_grants(ctx, grants.role, grants.region_code, grants.enterprise_id, person_id=grants.person_id)
    for role in _IRREPLACEABLE:
        stays = grants.role is role and grants.region_code is None and grants.active
        if not stays:
            await _demand_another(ctx, row, role)
    facts = (grants.role.value, grants.region_code, grants.enterprise_id, grants.person_id, grants.active)
    if facts == (row.role, row.region_code, row.enterprise_id, row.person_id, row.active):
        return row
    row.role, row.region_code, row.enterprise_id, row.person_id, row.active = facts
    await revoke_tokens(ctx, row)
    return row


async def reset_password(ctx: Context, row: AccountRow, password: str) -> AccountRow:
    """Give a locked account another password; its tokens are void. Raises WeakPassword."""
    await set_password(ctx, row, password, given=row.id != ctx.principal.account_id)
    await repository.forget_attempts(ctx.session, row.username)
    await repository.unlock_places(ctx.session, row.username)
    await revoke_tokens(ctx, row)
    return row


async def change_own_password(
    ctx: Context, account_id: UUID, password: str, new_password: str, *, address: str
) -> None:
    """Raises NotFound, SignInLocked, WrongPassword (its count is to be kept), WeakPassword, PasswordUsedBefore."""
    row = await repository.find_account(ctx.session, account_id, lock=True)
    if row is None:
        raise NotFound
    # Whoever stole a token must not guess the password at leisure.
    wait = await count_attempt(ctx.session, row.username, address=address)
    if wait is not None:
        raise SignInLocked(retry_after_seconds=wait)
    if not await verify_password(row.password_hash, password):
        raise WrongPassword(errors=[FieldError("password.wrong", "/password")])
    if password == new_password:
        raise WeakPassword(errors=[FieldError("password.unchanged", "/new_password")])
    await set_password(ctx, row, new_password, given=False, pointer="/new_password")
    await forgive(ctx.session, row.username, address, signed_in=False)
    await revoke_tokens(ctx, row)


def demand_unbound(ctx: Context) -> None:
    """What holds for everybody is for those to change whom no region bounds. Raises Forbidden."""
    if not ctx.principal.is_unbound:
        raise Forbidden


async def revoke_tokens(ctx: Context, row: AccountRow) -> None:
    """Void all tokens of a locked account that were issued until now, and end its sign-ins."""
    row.not_before = real_now()
    await session_repository.end_all(ctx.session, row.id, at=row.not_before, by=ctx.principal.subject)
    row.revocations += 1
    row.advance(ctx.now)
    payload = AccountRevokedV1(account_id=row.id, not_before=row.not_before)
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.revocations, region_code=row.region_code
    )


async def _insert(ctx: Context, username: str, password: str, grants: Grants, *, given: bool) -> AccountRow:
    row = AccountRow(
        id=ctx.new_id(),
        username=username,
        password_hash=await hash_password(password),
        role=grants.role.value,
        region_code=grants.region_code,
        enterprise_id=grants.enterprise_id,
        person_id=grants.person_id,
        active=grants.active,
        password_given=given,
        password_set_at=real_now(),
        created_at=ctx.now,
        updated_at=ctx.now,
        version=1,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def _demand_another(ctx: Context, row: AccountRow, role: Role) -> None:
    administrators = await repository.lock_unbound_administrators(ctx.session, role)
    if [administrator.id for administrator in administrators] == [row.id]:
        raise LastAdministrator(username=row.username)
