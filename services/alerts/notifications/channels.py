"""Keeping channels: whose they are, where they lead, and the secret that signs what is sent there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.envelope import Envelope
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import ensure_region
from libs.common.web.problems import Forbidden
from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.signing import is_secret, new_secret
from services.alerts.notifications import repository
from services.alerts.notifications.errors import AddressRefused, ChannelNotFound, UnknownRecipient
from services.alerts.notifications.senders import SECRET_PURPOSE
from services.alerts.notifications.tables import ChannelRow
from services.alerts.routing import service as routing
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind


@dataclass(frozen=True, slots=True)
class ChannelGuard:
    """What channels are checked and sealed with."""

    envelope: Envelope
    allowed: AllowedHosts

    def checked_target(self, kind: str, target: str) -> str:
        """The target if it may be used. Raises AddressRefused."""
        if kind == "mail":
            return _mail_address(target)
        try:
            self.allowed.check_url(target)
        except RefusedAddress as error:
            raise AddressRefused(reason=error.reason) from error
        return target

    def sealed(self, secret: str) -> str:
        """Raises AddressRefused when the text is no signing secret."""
        if not is_secret(secret):
            raise AddressRefused(reason="not_a_webhook_secret")
        return self.envelope.seal(secret.encode(), SECRET_PURPOSE)


async def create_channel(
    ctx: Context, guard: ChannelGuard, facts: dict[str, Any], secret: str | None
) -> tuple[ChannelRow, str | None]:
    """The new channel, and the signing secret if one had to be made: it is shown this once.

    Raises AddressRefused, UnknownRecipient, Forbidden, and NotFound for a region that is not the caller's.
    """
    kind, person_id = facts["kind"], facts["person_id"]
    target = guard.checked_target(kind, facts["target"])
    region_code = await _region_of(ctx, person_id, facts["region_code"])
    ensure_region(ctx.principal, region_code)
    _ensure_own(ctx.principal, person_id)
    made = new_secret() if kind == "webhook" and secret is None else None
    key = made or secret
    row = ChannelRow(
        **{
            **facts,
            "id": ctx.new_id(),
            "target": target,
            "recipient": "person" if person_id else "post" if facts["post"] else "subscription",
            "region_code": region_code,
            "secret_sealed": guard.sealed(key) if kind == "webhook" and key is not None else None,
            "created_at": ctx.now,
            "updated_at": ctx.now,
        }
    )
    ctx.session.add(row)
    await ctx.session.flush()
    return row, made


async def get_channel(ctx: Context, channel_id: UUID, *, lock: bool = False) -> ChannelRow:
    """Raises ChannelNotFound."""
    row = await repository.find_channel(ctx.session, ctx.principal, channel_id, lock=lock)
    if row is None:
        raise ChannelNotFound
    return row


async def change_channel(
    ctx: Context, guard: ChannelGuard, row: ChannelRow, changes: dict[str, Any], *, secret: str | None
) -> None:
    """Apply changes to a locked channel; `paused` False lets a paused one go on with what was kept for it.

    Raises AddressRefused, Forbidden.
    """
    _ensure_own(ctx.principal, row.person_id)
    paused = changes.pop("paused", None)
    if "target" in changes:
        changes["target"] = guard.checked_target(row.kind, changes["target"])
    for name, value in changes.items():
        setattr(row, name, value)
    if secret is not None:
        row.secret_sealed = guard.sealed(secret)
    if paused is not None:
        await _pause(ctx, row, ctx.now if paused else None)
    row.version += 1
    row.updated_at = ctx.now
    await ctx.session.flush()


async def _pause(ctx: Context, row: ChannelRow, at: datetime | None) -> None:
    row.paused_at = at
    row.paused_reason = None if at is None else "by hand"
    row.failures_in_a_row = 0
    if at is None:
        await watch.clear(ctx, FindingKind.CHANNEL_PAUSED, str(row.id))


async def _region_of(ctx: Context, person_id: UUID | None, region_code: str | None) -> str | None:
    """The region a channel belongs to: its person's, or the one named, or the caller's own."""
    if person_id is None:
        return region_code or ctx.principal.region_code
    person = await routing.find_person(ctx, person_id)
    if person is None:
        raise UnknownRecipient(person_id=person_id)
    return person.region_code


def _ensure_own(principal: Principal, person_id: UUID | None) -> None:
    """An officer decides on nobody's channels but their own."""
    if principal.role is Role.OFFICER and (person_id is None or person_id != principal.person_id):
        raise Forbidden


def _mail_address(address: str) -> str:
    try:
        parsed = Address(addr_spec=address)
    except (ValueError, IndexError):
        raise AddressRefused(reason="malformed") from None
    if not parsed.username or "." not in parsed.domain or not address.isascii():
        raise AddressRefused(reason="malformed")
    return address
