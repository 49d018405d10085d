"""Keeping channels: whose they are, where they lead, and the secret that signs what is sent there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import Principal, Role
from libs.common.security.scope import ensure_region
from libs.common.web.problems import Forbidden
from libs.common.webhooks.signing import new_secret
from services.alerts.notifications import gateway_repository, push_repository, repository
from services.alerts.notifications.addresses import ChannelGuard
from services.alerts.notifications.composing import compose_test
from services.alerts.notifications.domain.kinds import SECRET_TARGETS, ChannelKind, traits_of
from services.alerts.notifications.errors import (
    AddressRefused,
    ChannelNotFound,
    GatewayMissing,
    UnknownRecipient,
)
from services.alerts.notifications.reaching import nearest, way_of
from services.alerts.notifications.tables import ChannelRow, DeliveryRow
from services.alerts.routing import service as routing
from services.alerts.watch import service as watch
from services.alerts.watch.service import FindingKind

__all__ = ["ChannelGuard", "change_channel", "create_channel", "get_channel", "test_channel"]

_ROBOTS = frozenset({ChannelKind.WECOM_ROBOT, ChannelKind.DINGTALK_ROBOT, ChannelKind.FEISHU_ROBOT})


async def create_channel(
    ctx: Context,
    guard: ChannelGuard,
    facts: dict[str, Any],
    secret: str | None,
    subscription: dict[str, Any] | None = None,
) -> tuple[ChannelRow, str | None]:
    """The new channel, and the signing secret if one had to be made: it is shown this once.

    Raises AddressRefused, ChannelIncomplete, GatewayMissing, UnknownRecipient, Forbidden, and NotFound for a
    region that is not the caller's.
    """
    kind, person_id = facts["kind"], facts["person_id"]
    made = new_secret() if kind == ChannelKind.WEBHOOK and secret is None else None
    place = guard.place(kind, facts["target"], secret=made or secret, subscription=subscription)
    region_code = await _region_of(ctx, person_id, facts["region_code"])
    ensure_region(ctx.principal, region_code)
    _ensure_own(ctx.principal, person_id)
    await _take_over(ctx, place.endpoint_hash)
    row = ChannelRow(
        **{
            **facts,
            "id": ctx.new_id(),
            "target": place.target,
            "recipient": "person" if person_id else "post" if facts["post"] else "subscription",
            "region_code": region_code,
            "secret_sealed": place.sealed,
            "endpoint_hash": place.endpoint_hash,
            "gateway_id": await _gateway_of(ctx, kind, facts["gateway_id"], region_code),
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

    A robot's address and its signing secret are changed together or the secret alone. Raises AddressRefused,
    ChannelIncomplete, GatewayMissing, Forbidden.
    """
    _ensure_own(ctx.principal, row.person_id)
    paused, subscription = changes.pop("paused", None), changes.pop("subscription", None)
    wants_place = "target" in changes or subscription is not None
    if wants_place:
        place = guard.place(row.kind, changes.pop("target", None), secret=secret, subscription=subscription)
        row.target = place.target
        if place.endpoint_hash not in {None, row.endpoint_hash}:
            await _take_over(ctx, place.endpoint_hash)
            row.endpoint_hash = place.endpoint_hash
        # A webhook whose address moves keeps its secret unless another is given.
        if place.sealed is not None:
            row.secret_sealed = place.sealed
    elif secret is not None:
        row.secret_sealed = _changed_secret(guard, row, secret)
    if changes.get("gateway_id") is not None:
        changes["gateway_id"] = await _gateway_of(ctx, row.kind, changes["gateway_id"], row.region_code)
    if "mention_all_from" in changes:
        row.options = {**row.options, "mention_all_from": changes.pop("mention_all_from")}
    for name, value in changes.items():
        setattr(row, name, value)
    if paused is not None:
        await _pause(ctx, row, ctx.now if paused else None)
    row.version += 1
    row.updated_at = ctx.now
    await ctx.session.flush()


async def test_channel(ctx: Context, row: ChannelRow) -> DeliveryRow:
    """Send a message that tries the channel, by the same way as all others; a paused one is tried as well.

    Raises Forbidden.
    """
    _ensure_own(ctx.principal, row.person_id)
    delivery = compose_test(ctx, way_of(row), row.name, row.region_code)
    ctx.session.add(delivery)
    await ctx.session.flush()
    await ctx.session.refresh(delivery)
    return delivery


async def _take_over(ctx: Context, endpoint_hash: str | None) -> None:
    """A browser that somebody subscribed before speaks to nobody else from now on."""
    if endpoint_hash is None:
        return
    before = await push_repository.lock_endpoint(ctx.session, endpoint_hash)
    if before is not None:
        await push_repository.retire(ctx.session, before.id, ctx.now, "taken over")
        await push_repository.discard_waiting(ctx.session, before.id, "taken over")


def _changed_secret(guard: ChannelGuard, row: ChannelRow, secret: str) -> str:
    if row.kind == ChannelKind.WEBHOOK:
        return guard.sealed(secret)
    if row.kind in _ROBOTS and row.secret_sealed is not None:
        return guard.changed_robot_secret(row.secret_sealed, secret)
    raise AddressRefused(reason="no_secret_of_its_own" if row.kind not in SECRET_TARGETS else "secret_in_address")


async def _gateway_of(ctx: Context, kind: str, gateway_id: UUID | None, region_code: str | None) -> UUID | None:
    """The gateway named, or the nearest for the region; None for kinds that need none. Raises GatewayMissing."""
    if not traits_of(kind).needs_gateway:
        return None
    known = await gateway_repository.enabled_gateways(ctx.session, [kind])
    if gateway_id is not None:
        # A gateway of an office above serves those below it, so it is not asked whether the caller may see it.
        chain = {None, *repository.region_chain(region_code)} if region_code else None
        if not any(
            gateway.id == gateway_id and (chain is None or gateway.region_code in chain) for gateway in known
        ):
            raise GatewayMissing(kind=kind)
        return gateway_id
    found = nearest(known, kind, region_code)
    if found is None:
        raise GatewayMissing(kind=kind)
    return found.id


async def _pause(ctx: Context, row: ChannelRow, at: datetime | None) -> None:
    row.paused_at = at
    row.paused_reason = None if at is None else "by hand"
    row.failures_in_a_row = 0
    # What was paused by hand is not tried by itself.
    row.probe_at, row.probes = None, 0
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
