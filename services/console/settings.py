"""Settings of the console (prefix ``DUBAN_``): no database and no broker, so no base shared with services."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from libs.common.security.issuer import require_safe
from libs.common.security.relying_party import Bearer
from libs.common.settings import LogFormat, ProxySettings


class ConsoleSettings(ProxySettings):
    """Where the services are and where the built page lies; durations are in seconds of real time."""

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8103, ge=1, le=65535)
    projects_url: str = "http://127.0.0.1:8100"
    energy_url: str = "http://127.0.0.1:8101"
    alerts_url: str = "http://127.0.0.1:8102"
    # What `python -m deploy.local.console build` made; see docs/console.md.
    console_files: Path
    clock_file: Path | None = None
    # A service that says nothing for so long is given up; streams have a heartbeat every 15 s.
    service_silence_seconds: float = Field(default=60.0, gt=0, le=600)
    log_format: LogFormat = LogFormat.JSON
    log_level: str = "INFO"
    # The issuer that the services trust (their DUBAN_OIDC_ISSUER); without one there are names and passwords.
    oidc_issuer: str | None = None
    oidc_client_id: str = Field(default="duban-console", min_length=1, max_length=200)
    # Of a confidential client; a public one has none.
    oidc_client_secret: SecretStr | None = None
    # Some issuers renew a sign-in only with offline_access.
    oidc_scope: str = Field(default="openid profile", pattern=r"(^| )openid( |$)")
    # id_token where access tokens are opaque; the services' DUBAN_OIDC_AUDIENCE is the client's id then.
    oidc_bearer: Bearer = Bearer.ACCESS_TOKEN

    # PEM of the site's own authorities, where the issuer's certificate is signed by one of these.
    oidc_ca_file: Path | None = None

    @model_validator(mode="after")
    def _refuse_plain_issuer(self) -> Self:
        if self.oidc_issuer is not None:
            require_safe(self.oidc_issuer)
        return self

    @property
    def services(self) -> dict[str, str]:
        """The base address of each service by the name it has under ``/api``."""
        return {"projects": self.projects_url, "energy": self.energy_url, "alerts": self.alerts_url}
