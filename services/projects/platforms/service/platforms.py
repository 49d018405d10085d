"""Platforms, kept by administrators of everything: who keeps one can be anybody whose identity is linked there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.envelope import Envelope
from libs.common.web.problems import Duplicate, FieldError, NotFound
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from services.projects.identity.service.accounts import demand_unbound
from services.projects.platforms import repository
from services.projects.platforms.domain.kinds import API_HOSTS, PlatformKind
from services.projects.platforms.errors import AgentNotOfThisKind, PlatformAddressRefused
from services.projects.platforms.service.vendors import seal_secret
from services.projects.platforms.tables import SignInPlatformRow
from services.projects.registry.repository import lock_key


@dataclass(frozen=True, slots=True)
class PlatformGuard:
    """What platforms are checked and sealed with."""

    envelope: Envelope
    allowed: AllowedHosts


async def add_platform(
    ctx: Context, guard: PlatformGuard, facts: dict[str, Any], secret: str
) -> SignInPlatformRow:
    """Raises Forbidden, Duplicate, PlatformAddressRefused, AgentNotOfThisKind."""
    demand_unbound(ctx)
    row = SignInPlatformRow(
        **facts,
        id=ctx.new_id(),
        secret_sealed="",
        enabled=True,
        created_at=ctx.now,
        updated_at=ctx.now,
        version=1,
    )
    await _check(ctx, guard, row)
    row.secret_sealed = seal_secret(guard.envelope, row.id, secret)
    ctx.session.add(row)
    await ctx.session.flush()
    return row


async def get_platform(ctx: Context, platform_id: UUID, *, lock: bool = False) -> SignInPlatformRow:
    """Raises NotFound."""
    row = await repository.find_platform(ctx.session, platform_id, lock=lock)
    if row is None:
        raise NotFound
    return row


async def change_platform(
    ctx: Context, guard: PlatformGuard, row: SignInPlatformRow, changes: dict[str, Any], secret: str | None
) -> None:
    """Change a locked platform. Raises Forbidden, Duplicate, PlatformAddressRefused, AgentNotOfThisKind."""
    demand_unbound(ctx)
    for name, value in changes.items():
        setattr(row, name, value)
    with ctx.session.no_autoflush:
        await _check(ctx, guard, row)
    if secret is not None:
        row.secret_sealed = seal_secret(guard.envelope, row.id, secret)
    row.advance(ctx.now)


async def _check(ctx: Context, guard: PlatformGuard, row: SignInPlatformRow) -> None:
    kind = PlatformKind(row.kind)
    if row.agent_id is not None and kind is not PlatformKind.WECOM:
        raise AgentNotOfThisKind(errors=[FieldError("platform.agent_not_of_this_kind", "/agent_id")])
    for url in API_HOSTS[kind] if row.api_url is None else (row.api_url,):
        try:
            guard.allowed.check_url(url)
        except RefusedAddress as error:
            fault = FieldError("platform.address_refused", "/api_url")
            raise PlatformAddressRefused(address=url, reason=error.reason, errors=[fault]) from error
    await lock_key(ctx.session, "sign_in_platform", row.name)
    if await repository.is_name_taken(ctx.session, row.name, but=row.id):
        raise Duplicate(errors=[FieldError("name.taken", "/name")])
