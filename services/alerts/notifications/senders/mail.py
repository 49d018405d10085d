"""Mail over SMTP."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import RealNow, real_now, text_of


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

    def __init__(self, server: SmtpServer, *, real_now: RealNow = real_now) -> None:
        self._server = server
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        server = self._server
        try:
            message = self._message(outgoing)
        except (ValueError, IndexError) as error:
            return Outcome(
                False, error=f"not an address: {error}"[:KEPT_OF_ERRORS], is_final=True, error_code="address"
            )
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
            code = codes[0] if codes else None
            return Outcome(
                False, status_code=code, error=str(error), is_final=final, error_code=f"smtp.{code or 'refused'}"
            )
        except aiosmtplib.SMTPResponseException as error:
            return Outcome(
                False,
                status_code=error.code,
                error=error.message[:KEPT_OF_ERRORS],
                error_code=f"smtp.{error.code}",
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome(False, error=f"{type(error).__name__}: {error}"[:KEPT_OF_ERRORS], error_code="network")
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
        message.set_content(text_of(outgoing))
        return message
