"""Taking one message out of the house: signed webhooks over HTTP, mail over SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib

from libs.common.security.envelope import Envelope, SealBroken
from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome, WebhookClient
from services.alerts.notifications.queue import Outgoing

SECRET_PURPOSE = "webhook-secret"  # noqa: S105 - the name of a purpose, not a secret


class Sender(Protocol):
    """One way out. Answers how it went and raises nothing but cancellation."""

    async def send(self, outgoing: Outgoing) -> Outcome: ...


class WebhookSender:
    """Signed webhooks (:mod:`libs.common.webhooks`) with the channel's own secret."""

    def __init__(self, webhooks: WebhookClient, envelope: Envelope) -> None:
        self._webhooks = webhooks
        self._envelope = envelope

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            secret = self._secret(outgoing)
        except SealBroken:
            return Outcome(False, error="the channel's secret cannot be opened", is_final=True)
        return await self._webhooks.post(outgoing.target, [secret], str(outgoing.id), outgoing.body)

    def _secret(self, outgoing: Outgoing) -> str:
        if outgoing.secret_sealed is None:
            raise SealBroken("a webhook without a secret")
        return self._envelope.open(outgoing.secret_sealed, SECRET_PURPOSE).decode()


class AlertmanagerSender:
    """The Alertmanager's own webhooks: unsigned, as its receivers expect; a target may carry its own patience."""

    def __init__(self, webhooks: WebhookClient) -> None:
        self._webhooks = webhooks

    async def send(self, outgoing: Outgoing) -> Outcome:
        target, timeout_seconds = without_timeout(outgoing.target)
        async with asyncio.timeout(timeout_seconds):
            return await self._webhooks.post(target, [], str(outgoing.id), outgoing.body)


_TIMEOUT = "#timeout="


def with_timeout(url: str, seconds: float | None) -> str:
    """The address with the patience for it, where the fragment would be: that part is never sent to anybody."""
    plain = url.partition("#")[0]
    return plain if seconds is None else f"{plain}{_TIMEOUT}{seconds:g}"


def without_timeout(target: str) -> tuple[str, float | None]:
    url, found, seconds = target.partition(_TIMEOUT)
    return url, float(seconds) if found else None


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in; `tls` is "none", "starttls" or "implicit"."""

    host: str
    port: int
    sender: str
    tls: str = "none"
    user: str | None = None
    password: str | None = None
    timeout_seconds: float = 15.0


class MailSender:
    """Plain-text mail with a Message-ID that stays the same for every attempt."""

    def __init__(
        self, server: SmtpServer, *, real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._server = server
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        server = self._server
        try:
            message = self._message(outgoing)
        except (ValueError, IndexError) as error:
            return Outcome(False, error=f"not an address: {error}"[:KEPT_OF_ERRORS], is_final=True)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls == "implicit",
                start_tls=server.tls == "starttls",
                timeout=server.timeout_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [recipient.code for recipient in error.recipients]
            final = all(500 <= code < 600 for code in codes)
            return Outcome(False, status_code=codes[0] if codes else None, error=str(error), is_final=final)
        except aiosmtplib.SMTPResponseException as error:
            return Outcome(False, status_code=error.code, error=error.message[:KEPT_OF_ERRORS])
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:KEPT_OF_ERRORS])
        return Outcome(True, status_code=250)

    def _message(self, outgoing: Outgoing) -> EmailMessage:
        sender = Address(addr_spec=self._server.sender)
        message = EmailMessage()
        message["From"] = sender
        message["To"] = Address(addr_spec=outgoing.target)
        message["Subject"] = outgoing.subject
        message["Date"] = format_datetime(self._real_now())
        message["Message-ID"] = f"<{outgoing.id}@{sender.domain}>"
        message["Content-Language"] = outgoing.language
        # Out-of-office replies to a machine help nobody.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(outgoing.body)
        return message
