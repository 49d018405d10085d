"""Signed webhooks: Standard Webhooks headers round the alert's event, plain or as a CloudEvent."""

from __future__ import annotations

from libs.common.security.envelope import Envelope, SealBroken
from libs.common.webhooks.delivery import Outcome, WebhookClient
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import SECRET_PURPOSE
from services.alerts.notifications.tables import CLOUDEVENTS

_CLOUD_EVENTS = "application/cloudevents+json"


class WebhookSender:
    """Signed webhooks (:mod:`libs.common.webhooks`) with the channel's own secret."""

    def __init__(self, webhooks: WebhookClient, envelope: Envelope) -> None:
        self._webhooks = webhooks
        self._envelope = envelope

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            secret = self._secret(outgoing)
        except SealBroken:
            return Outcome(
                False, error="the channel's secret cannot be opened", is_final=True, error_code="unusable"
            )
        is_event = outgoing.format == CLOUDEVENTS
        return await self._webhooks.post(
            outgoing.target,
            [secret],
            str(outgoing.id),
            outgoing.body,
            content_type=_CLOUD_EVENTS if is_event else "application/json",
        )

    def _secret(self, outgoing: Outgoing) -> str:
        if outgoing.secret_sealed is None:
            raise SealBroken("a webhook without a secret")
        return self._envelope.open(outgoing.secret_sealed, SECRET_PURPOSE).decode()
