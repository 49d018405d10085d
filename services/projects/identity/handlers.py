"""What other services tell of keys."""

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.key_uses import ApiKeyUsePayload
from libs.common.security.key_use import keep_use


async def on_key_used(ctx: Context, event: Event[ApiKeyUsePayload]) -> None:
    """A key was used at another service; the latest day counts, whoever tells of it."""
    await keep_use(ctx.session, event.payload.key_id, event.payload.used_on)
