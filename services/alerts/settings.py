"""Settings of the alerts service (``DUBAN_…``), beside those common to all."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from libs.common.cells import Access, Cell, cells_of
from libs.common.settings import CommonSettings, Environment
from libs.common.webhooks.backoff import RetrySchedule
from libs.common.webhooks.hosts import AllowedHosts
from libs.common.webhooks.options import WebhookOptions
from libs.common.webhooks.signing import is_secret
from services.alerts.notices.domain.links import NoticeLinks
from services.alerts.notifications.links import Links, derived
from services.alerts.notifications.senders.mail import SmtpServer
from services.alerts.notifications.senders.vapid import VapidKey, derived_key
from services.alerts.seals.keys import SealKey, seal_key


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
    # Ed25519: a PEM or the base64 of 32 bytes, in the environment or in a file; without either it is derived from
    # the secret key. Another key begins another key id; earlier public keys stay published.
    trail_signing_key: SecretStr | None = None
    trail_signing_key_file: Path | None = None
    # Where people reach the console, and the pages of this service behind links in messages.
    console_url: str = Field(default="http://127.0.0.1:8103", pattern=r"^https?://")
    pages_url: str | None = Field(default=None, pattern=r"^https?://")
    receipt_link_hours: float = Field(default=72.0, gt=0, le=720)
    # The whole of one call out, from the name's resolution to the last byte read.
    outgoing_deadline_seconds: float = Field(default=20.0, gt=0, le=60)
    # PEM of a P-256 key; without one it is derived from the secret key.
    vapid_private_key: SecretStr | None = None
    vapid_contact: str = Field(default="mailto:duban@localhost.localdomain", pattern=r"^(mailto:|https:)")
    # Services of apprise that channels may use. What runs programs or opens sockets of its own is none of them.
    apprise_schemes: Annotated[tuple[str, ...], NoDecode] = (
        "ntfy", "ntfys", "gotify", "gotifys", "bark", "barks", "matrix", "matrixs", "mmost", "mmosts", "rocket",
        "rockets", "slack", "discord", "tgram", "pover", "schan", "wxpusher", "pushdeer", "pushdeers", "pushplus",
        "lark", "workflows", "zulip", "wxteams", "pagerduty", "opsgenie", "json", "jsons", "xml", "xmls", "form",
        "forms",
    )  # fmt: skip
    # Where beats are told, which `duban heartbeat-watch` or a receiver of the site's own misses when they stop.
    # Its host has to be among those that webhooks may go to.
    heartbeat_url: str | None = Field(default=None, pattern=r"^https?://")
    heartbeat_secret: SecretStr | None = None
    heartbeat_seconds: float = Field(default=60.0, ge=0.5, le=3600)
    # Of the stack's time, as timers are.
    timer_late_after_seconds: float = Field(default=300.0, gt=0)
    # Alerts of other systems that name no region, sent by a caller without one.
    alertmanager_region: str = Field(default="100000", pattern=r"^[1-9][0-9]{5}([0-9]{3})?$")
    # The Alertmanager that clients are told of: they choose their dialect by it, and amtool warns of any but
    # its own version.
    alertmanager_version: str = Field(default="0.28.0", pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")

    # Other installations whose conditions are chased here as well, as a province does its cities':
    # name=host:port,host:port of their Kafka, several by semicolon. `cell_name` is what they know us by.
    cells: Annotated[tuple[Cell, ...], NoDecode] = ()
    cell_name: str = Field(default="province", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    cell_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    cell_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    cell_username: str | None = None
    cell_password: SecretStr | None = None

    @field_validator("cells", mode="before")
    @classmethod
    def _read_cells(cls, value: Any) -> Any:
        return cells_of(value) if isinstance(value, str) else value

    @field_validator("apprise_schemes", mode="before")
    @classmethod
    def _split_schemes(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().lower() for part in value.split(",") if part.strip())

    @model_validator(mode="after")
    def _refuse_mail_in_clear(self) -> Self:
        if (
            self.environment is not Environment.LOCAL
            and self.smtp_password is not None
            and self.smtp_tls == "none"
        ):
            raise ValueError("DUBAN_SMTP_PASSWORD would travel in clear: set DUBAN_SMTP_TLS outside a local run")
        if self.heartbeat_secret is not None and not is_secret(self.heartbeat_secret.get_secret_value()):
            raise ValueError("DUBAN_HEARTBEAT_SECRET has to be whsec_ and 24 to 64 bytes in base64")
        self.allowed_hosts()
        self.vapid_key()
        return self

    def cell_access(self) -> Access:
        """As whom the cells' brokers are read."""
        password = self.cell_password.get_secret_value() if self.cell_password else None
        return Access(self.cell_security, self.cell_mechanism, self.cell_username, password)

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

    def seal_key(self) -> SealKey:
        """The key that signs seals. Raises BadSealKey, OSError."""
        text = None if self.trail_signing_key is None else self.trail_signing_key.get_secret_value()
        return seal_key(text, self.trail_signing_key_file, self.secret_key.get_secret_value())

    def notice_links(self) -> NoticeLinks:
        """How recipients reach the page of a notice."""
        key = derived(self.secret_key.get_secret_value(), "notice links v1")
        return NoticeLinks(key, self.external_url().rstrip("/"))

    def external_url(self) -> str:
        """Where receivers outside find this service; begins the links in messages about many alerts."""
        return self.pages_url or self.alerts_url

    def links(self) -> Links:
        return Links(
            self.secret_key.get_secret_value(),
            pages_url=self.external_url(),
            console_url=self.console_url,
            hours=self.receipt_link_hours,
        )

    def vapid_key(self) -> VapidKey:
        """Raises ValueError when the key given is none on P-256."""
        if self.vapid_private_key is None:
            private = derived_key(derived(self.secret_key.get_secret_value(), "vapid v1"))
            return VapidKey(private, self.vapid_contact)
        key = load_pem_private_key(self.vapid_private_key.get_secret_value().encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("DUBAN_VAPID_PRIVATE_KEY is no private key on P-256")
        return VapidKey(key, self.vapid_contact)

    def retry_schedule(self) -> RetrySchedule:
        return RetrySchedule(waits=self.delivery_waits_seconds, pause_after=self.channel_pause_after_failures)
