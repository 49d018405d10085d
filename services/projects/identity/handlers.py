"""What other services tell of keys and of those they refuse."""

from collections import Counter

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.key_uses import ApiKeyUsePayload
from libs.common.contracts.refusals import RefusalsPayload
from libs.common.security.key_use import keep_use
from services.projects.identity.refusal_repository import add_refusals


async def on_key_used(ctx: Context, event: Event[ApiKeyUsePayload]) -> None:
    """A key was used at another service; the latest day counts, whoever tells of it."""
    await keep_use(ctx.session, event.payload.key_id, event.payload.used_on)


async def on_refusals_counted(ctx: Context, event: Event[RefusalsPayload]) -> None:
    """Another service refused callers: they count with our own, in the minute in which they were counted."""
    counts: Counter[str] = Counter()
    for one in event.payload.refused:
        counts[one.caller] += one.count
    if counts:
        await add_refusals(ctx.session, counts, event.payload.counted_at)
