"""Taking one message out of the house: signed webhooks over HTTP, mail over SMTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import aiosmtplib
import httpx

from libs.common.security.envelope import Envelope, SealBroken
from services.alerts.notifications.domain.hosts import AllowedHosts, RefusedAddress
from services.alerts.notifications.domain.signing import signed_headers
from services.alerts.notifications.queue import Outgoing

SECRET_PURPOSE = "webhook-secret"  # noqa: S105 - the name of a purpose, not a secret
_USER_AGENT = "Duban-Webhook/1"
_KEPT_OF_ERRORS = 300

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `is_final` failures are not tried again; `gone` asks never to be called again."""

    delivered: bool
    status_code: int | None = None
    error: str | None = None
    is_final: bool = False
    gone: bool = False
    wait_seconds: float | None = None


class Sender(Protocol):
    """One way out. Answers how it went and raises nothing but cancellation."""

    async def send(self, outgoing: Outgoing) -> Outcome: ...


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses a host's name leads to; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class WebhookSender:
    """POST with Standard Webhooks signing, to allowed hosts only, redirects refused.

    The name is resolved here, checked, and the connection made to that very address: a name that changes its
    mind between the check and the call gains nothing.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        envelope: Envelope,
        allowed: AllowedHosts,
        *,
        resolver: Resolver = resolve,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._envelope = envelope
        self._allowed = allowed
        self._resolve = resolver
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            place = self._allowed.check_url(outgoing.target)
            secret = self._secret(outgoing)
            address = self._allowed.check_addresses(place.host, await self._resolve(place.host, place.port))
        except RefusedAddress as error:
            return Outcome(False, error=f"refused: {error.reason}", is_final=error.reason != "unknown_host")
        except SealBroken:
            return Outcome(False, error="the channel's secret cannot be opened", is_final=True)
        except OSError as error:
            return Outcome(False, error=f"cannot resolve {place.host}: {error}"[:_KEPT_OF_ERRORS])
        url = httpx.URL(outgoing.target)
        headers = {
            **signed_headers(secret, str(outgoing.id), self._real_now(), outgoing.body),
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            "host": url.netloc.decode(),
        }
        try:
            response = await self._client.post(
                url.copy_with(host=address),
                content=outgoing.body.encode(),
                headers=headers,
                # The certificate is checked against the name, although the connection goes to its address.
                extensions={"sni_hostname": place.host},
                follow_redirects=False,
            )
        except httpx.HTTPError as error:
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:_KEPT_OF_ERRORS])
        return _judged(response)

    def _secret(self, outgoing: Outgoing) -> str:
        if outgoing.secret_sealed is None:
            raise SealBroken("a webhook without a secret")
        return self._envelope.open(outgoing.secret_sealed, SECRET_PURPOSE).decode()


def _judged(response: httpx.Response) -> Outcome:
    code = response.status_code
    if response.is_success:
        return Outcome(True, status_code=code)
    if response.is_redirect or 300 <= code < 400:
        return Outcome(False, status_code=code, error="redirects are not followed", is_final=True)
    return Outcome(
        False,
        status_code=code,
        error=f"answered {code}",
        is_final=code == httpx.codes.GONE,
        gone=code == httpx.codes.GONE,
        wait_seconds=_retry_after(response),
    )


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


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
            return Outcome(False, error=f"not an address: {error}"[:_KEPT_OF_ERRORS], is_final=True)
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
            return Outcome(False, status_code=error.code, error=error.message[:_KEPT_OF_ERRORS])
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:_KEPT_OF_ERRORS])
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
