"""Settings of the alerts service (``DUBAN_…``), beside those common to all."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from libs.common.settings import CommonSettings, Environment
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.options import WebhookOptions
from services.alerts.notifications.senders import SmtpServer


class AlertsSettings(WebhookOptions, CommonSettings):
    """Where messages go out, and how patient the service is; seconds of real time unless said otherwise."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_from: str = "duban@localhost.localdomain"
    smtp_tls: Literal["none", "starttls", "implicit"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    delivery_late_after_seconds: float = Field(default=120.0, gt=0)
    channel_pause_after_failures: int = Field(default=20, ge=1)
    # Of the stack's time, as timers are.
    timer_late_after_seconds: float = Field(default=300.0, gt=0)

    # Where people and receivers find the alerts; begins the links in messages.
    external_url: str = ""
    # Alerts of other systems that name no region, sent by a caller without one.
    alertmanager_region: str = Field(default="100000", pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")

    @model_validator(mode="after")
    def _refuse_mail_in_clear(self) -> Self:
        if (
            self.environment is not Environment.LOCAL
            and self.smtp_password is not None
            and self.smtp_tls == "none"
        ):
            raise ValueError("DUBAN_SMTP_PASSWORD would travel in clear: set DUBAN_SMTP_TLS outside a local run")
        self.allowed_hosts()
        return self

    def allowed_hosts(self) -> AllowedHosts:
        return self.hosts_allowed(require_https=self.environment is not Environment.LOCAL)

    def smtp_server(self) -> SmtpServer:
        return SmtpServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_from,
            tls=self.smtp_tls,
            user=self.smtp_user,
            password=None if self.smtp_password is None else self.smtp_password.get_secret_value(),
        )

    def retry_schedule(self) -> RetrySchedule:
        return RetrySchedule(waits=self.delivery_waits_seconds, pause_after=self.channel_pause_after_failures)
