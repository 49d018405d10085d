"""A person's browsers and phones that are told by Web Push: each a channel of the person's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.web.problems import NotFound
from services.alerts.notifications import channels, push_repository
from services.alerts.notifications.addresses import ChannelGuard
from services.alerts.notifications.domain.kinds import ChannelKind
from services.alerts.notifications.errors import NobodyToTell
from services.alerts.notifications.tables import STANDARD, ChannelRow

# More are old ones of phones that are no more.
MOST_OF_A_PERSON = 10


async def subscribe(
    ctx: Context, guard: ChannelGuard, name: str, language: str, subscription: dict[str, Any]
) -> ChannelRow:
    """Tell the caller by this browser from now on; one that subscribes again keeps its channel.

    Raises NobodyToTell, AddressRefused, UnknownRecipient.
    """
    person_id = own_person(ctx)
    place = guard.place(ChannelKind.WEB_PUSH, None, secret=None, subscription=subscription)
    assert place.endpoint_hash is not None
    known = await push_repository.lock_endpoint(ctx.session, place.endpoint_hash)
    if known is not None and known.person_id == person_id and known.enabled:
        # Its keys may be new, and whoever switches it on again wants to hear of what was paused.
        known.name, known.language, known.secret_sealed = name, language, place.sealed
        known.paused_at, known.paused_reason, known.failures_in_a_row = None, None, 0
        known.version += 1
        known.updated_at = ctx.now
        await ctx.session.flush()
        return known
    facts: dict[str, Any] = {
        "name": name,
        "kind": ChannelKind.WEB_PUSH.value,
        "target": None,
        "person_id": person_id,
        "post": None,
        "region_code": None,
        "min_severity": None,
        "event_types": None,
        "format": STANDARD,
        "gateway_id": None,
        "options": {},
        "limits": None,
        "language": language,
    }
    row, _ = await channels.create_channel(ctx, guard, facts, None, subscription)
    for channel_id in await push_repository.oldest_beyond(ctx.session, person_id, MOST_OF_A_PERSON):
        await _retire(ctx, channel_id, "too many")
    return row


async def unsubscribe(ctx: Context, channel_id: UUID) -> None:
    """Tell the caller by this browser no more. Raises NobodyToTell, NotFound."""
    if await push_repository.find_own(ctx.session, own_person(ctx), channel_id) is None:
        raise NotFound
    await _retire(ctx, channel_id, "unsubscribed")


def own_person(ctx: Context) -> UUID:
    """Raises NobodyToTell for a caller who is no person of the registry."""
    if ctx.principal.person_id is None:
        raise NobodyToTell
    return ctx.principal.person_id


async def _retire(ctx: Context, channel_id: UUID, reason: str) -> None:
    await push_repository.retire(ctx.session, channel_id, ctx.now, reason)
    await push_repository.discard_waiting(ctx.session, channel_id, reason)
