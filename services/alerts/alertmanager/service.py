"""What the Alertmanager's clients do: post alerts, set and expire silences."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.database import raw_connection
from services.alerts.alertmanager import repository
from services.alerts.alertmanager.domain.postable import PostedSilence, silence_fault
from services.alerts.alertmanager.errors import Refusal, bad_request
from services.alerts.alertmanager.inbox import AT_ONCE, read_sending
from services.alerts.alertmanager.options import InterfaceOptions
from services.alerts.alertmanager.views import state_of
from services.alerts.muting import repository as mute_rows
from services.alerts.muting import upkeep
from services.alerts.muting.domain.mutes import MuteState
from services.alerts.muting.errors import SilenceNotFound
from services.alerts.muting.tables import SilenceRow
from services.alerts.routing import trees


async def keep_alerts(ctx: Context, options: InterfaceOptions, body: Any) -> list[str]:
    """Keep the valid ones of the posted alerts in the caller's own transaction; see :class:`Inbox`.

    Raises Unreadable.
    """
    sent, faults = read_sending(ctx, options, body, await trees.forest_of(ctx))
    if sent:
        connection = await raw_connection(ctx.session)
        for start in range(0, len(sent), AT_ONCE):
            await repository.put(connection, sent[start : start + AT_ONCE])
    return faults


async def set_silence(ctx: Context, options: InterfaceOptions, posted: PostedSilence) -> UUID:
    """Make a silence or change one; other matchers or a start that cannot be moved make a new one.

    Raises Refusal.
    """
    fault = silence_fault(posted, ctx.now, classic=options.classic)
    if fault is not None:
        raise bad_request(fault)
    previous = await _previous(ctx, posted)
    if previous is not None and _may_be_changed(ctx, previous, posted):
        await upkeep.change(
            ctx,
            previous,
            {
                "starts_at": posted.starts_at or previous.starts_at,
                "ends_at": posted.ends_at,
                "reason": posted.comment,
                "author": posted.created_by,
            },
            longest=None,
        )
        return previous.id
    made = await upkeep.create(
        ctx,
        SilenceRow,
        {
            "matchers": posted.matchers,
            "reason": posted.comment,
            "author": posted.created_by,
            "starts_at": posted.starts_at,
            "ends_at": posted.ends_at,
        },
        longest=None,
    )
    if previous is not None:
        previous.replaced_by = made.id
        await upkeep.expire(ctx, previous)
    return made.id


async def _previous(ctx: Context, posted: PostedSilence) -> SilenceRow | None:
    if not posted.id:
        return None
    try:
        return await upkeep.get_own(ctx, SilenceRow, UUID(posted.id))
    except (ValueError, SilenceNotFound):
        raise Refusal(404, "silence not found") from None


def _may_be_changed(ctx: Context, previous: SilenceRow, posted: PostedSilence) -> bool:
    if mute_rows.matchers_of(previous.matchers) != posted.matchers or posted.ends_at is None:
        return False
    state = state_of(previous, ctx.now)
    if state is MuteState.EXPIRED:
        return False
    if posted.starts_at is None:
        return True
    if state is MuteState.ACTIVE:
        return int(previous.starts_at.timestamp()) == int(posted.starts_at.timestamp())
    return posted.starts_at >= ctx.now


async def expire_silence(ctx: Context, silence_id: UUID) -> None:
    """End it now; ending what has ended changes nothing. Raises SilenceNotFound."""
    row = await upkeep.get_own(ctx, SilenceRow, silence_id)
    await upkeep.expire(ctx, row)
