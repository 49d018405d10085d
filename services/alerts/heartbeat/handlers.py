"""Beats that come round."""

from libs.common.context import Context
from libs.common.contracts.base import Event
from libs.common.contracts.heartbeat import HeartbeatBegunV1
from services.alerts.heartbeat import service


async def on_heartbeat_begun(ctx: Context, event: Event[HeartbeatBegunV1]) -> None:
    """A beat that the relay published and the consumer read: the way of events is open."""
    await service.note_round(ctx, event.payload.sequence)
