"""Settings of the alerts service (``DUBAN_…``), beside those common to all."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from libs.common.settings import CommonSettings, Environment
from services.alerts.notifications.domain.backoff import RetrySchedule
from services.alerts.notifications.domain.hosts import AllowedHosts
from services.alerts.notifications.senders import SmtpServer

CommaList = Annotated[tuple[str, ...], NoDecode]


class AlertsSettings(CommonSettings):
    """Where messages go out, and how patient the service is; seconds of real time unless said otherwise."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_from: str = "duban@localhost.localdomain"
    smtp_tls: Literal["none", "starttls", "implicit"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    # Hosts that webhooks may go to (names, .domains, addresses, networks); empty: none.
    webhook_allowed_hosts: CommaList = ()
    webhook_timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    delivery_waits_seconds: Annotated[tuple[float, ...], NoDecode] = RetrySchedule().waits
    delivery_lease_seconds: float = Field(default=60.0, ge=5, le=600)
    delivery_late_after_seconds: float = Field(default=120.0, gt=0)
    channel_pause_after_failures: int = Field(default=20, ge=1)
    # Of the stack's time, as timers are.
    timer_late_after_seconds: float = Field(default=300.0, gt=0)

    @field_validator("webhook_allowed_hosts", "delivery_waits_seconds", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

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
        return AllowedHosts.of(self.webhook_allowed_hosts, require_https=self.environment is not Environment.LOCAL)

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
