"""Settings every process of a service takes from its environment (prefix ``DUBAN_``).

Each service subclasses :class:`CommonSettings` once; the object is frozen, built in ``bootstrap`` and passed
down, so importing a module never reads the environment.
"""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from libs.common.kafka_address import KafkaAddress, KafkaMechanism, KafkaSecurity
from libs.common.secret_files import secret_files
from libs.common.security.claims import OidcClaims
from libs.common.security.envelope import Envelope

# A page of the console asks some twenty questions, a program that reads all of a list some five a second.
GENEROUS_RATE = 200.0
DEFAULT_SECRET = "local-secret-not-for-production"  # noqa: S105 - refused outside local, see below


class Environment(StrEnum):
    LOCAL = "local"
    PRODUCTION = "production"


class DatabaseTls(StrEnum):
    """How a connection to PostgreSQL is secured; by libpq's names, of which these three say what they do."""

    DISABLE = "disable"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


class ProxySettings(BaseSettings):
    """Who stands between a process and its callers."""

    model_config = SettingsConfigDict(env_prefix="DUBAN_", frozen=True, extra="ignore")

    # Addresses and networks of our own reverse proxies, by comma: whose X-Forwarded-For is believed. Without them
    # all who come through a proxy look like one caller, and with a wrong one anybody says who he is.
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, the environment, then files; no file lies in wait in the working directory."""
        return (init_settings, env_settings, *secret_files(settings_cls))

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("trusted_proxies")
    @classmethod
    def _refuse_what_is_no_network(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            if ip_network(part).prefixlen == 0:
                raise ValueError(f"{part} would believe everybody")
        return value


class CommonSettings(ProxySettings):
    """What all services need to know; durations are in seconds of real time."""

    # Production unless somebody says otherwise: a forgotten variable must not open a door.
    environment: Environment = Environment.PRODUCTION
    database_dsn: SecretStr
    database_pool_size: int = Field(default=8, ge=1, le=100)
    # Of a process that runs scheduled jobs and nothing else: 0 takes a full share of the cores, 19 the least.
    scheduler_niceness: int = Field(default=5, ge=0, le=19)
    # How strictly the server's certificate is looked at (libpq's names) and the PEM of its authority: not at all
    # where neither is given, or as the DSN says.
    database_sslmode: DatabaseTls | None = None
    database_ca_file: Path | None = None
    kafka_bootstrap: str
    # How brokers are spoken to, by Kafka's names; an account by SCRAM, or a certificate of ours.
    kafka_security: KafkaSecurity = KafkaSecurity.PLAINTEXT
    kafka_mechanism: KafkaMechanism = KafkaMechanism.SCRAM_SHA_512
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    topic_prefix: str = ""
    topic_partitions: int = Field(default=4, ge=1, le=1000)
    topic_replication: int = Field(default=1, ge=1, le=5)
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8000, ge=1, le=65535)
    clock_file: Path | None = None
    secret_key: SecretStr = SecretStr(DEFAULT_SECRET)
    # Keys that were replaced, by comma: their seals still open, until `secrets reseal` has made them anew.
    previous_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    oidc_issuer: str | None = None
    oidc_audience: str = "duban"
    # JSON, e.g. {"role": "realm_access.roles", "role_names": {"jingxin-ju": "officer"}}.
    oidc_claims: OidcClaims = OidcClaims()
    # PEM of the site's own authorities, where the issuer's certificate is signed by one of these.
    oidc_ca_file: Path | None = None
    projects_url: str = "http://127.0.0.1:8100"
    energy_url: str = "http://127.0.0.1:8101"
    alerts_url: str = "http://127.0.0.1:8102"
    # Requests a second that one caller may send to one process, after a burst; feeds have a rate of their own.
    # Unset it is generous outside a local run, where nobody is limited; 0 limits nobody.
    request_rate_per_second: float | None = Field(default=None, ge=0, le=100_000)
    request_rate_burst: int = Field(default=2_000, ge=1, le=1_000_000)
    otlp_endpoint: str | None = None
    log_format: LogFormat = LogFormat.JSON
    log_level: str = "INFO"

    @field_validator("previous_secret_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def envelope(self) -> Envelope:
        """What seals with the present secret key, and opens what old ones have sealed."""
        previous = tuple(key.get_secret_value() for key in self.previous_secret_keys)
        return Envelope(self.secret_key.get_secret_value(), previous=previous)

    def caller_rate(self) -> float | None:
        """Requests a second of one caller; None where nobody is limited."""
        if self.request_rate_per_second is None:
            return None if self.environment is Environment.LOCAL else GENEROUS_RATE
        return self.request_rate_per_second or None

    @property
    def dsn(self) -> str:
        """The database's address with what its connections have to be."""
        dsn = self.database_dsn.get_secret_value()
        facts = {"sslmode": self.database_sslmode, "sslrootcert": self.database_ca_file}
        query = urlencode({name: str(value) for name, value in facts.items() if value is not None})
        return f"{dsn}{'&' if '?' in dsn else '?'}{query}" if query else dsn

    @property
    def kafka_address(self) -> str:
        """Where the brokers are and as whom they are asked: what clients are made of."""
        return self._kafka().text

    def _kafka(self) -> KafkaAddress:
        return KafkaAddress(
            self.kafka_bootstrap,
            self.kafka_security,
            self.kafka_mechanism,
            self.kafka_username,
            None if self.kafka_password is None else self.kafka_password.get_secret_value(),
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
        )

    @field_validator("database_dsn")
    @classmethod
    def _refuse_unknown_words(cls, dsn: SecretStr) -> SecretStr:
        query = dict(parse_qsl(dsn.get_secret_value().partition("?")[2], keep_blank_values=True))
        if unknown := sorted(query.keys() - {"sslmode", "sslrootcert"}):
            raise ValueError(f"after the question mark: sslmode and sslrootcert, not {', '.join(unknown)}")
        return dsn

    @model_validator(mode="after")
    def _refuse_half_an_account(self) -> Self:
        try:
            self._kafka()
        except ValueError as error:
            raise ValueError(f"DUBAN_KAFKA_SECURITY: {error}") from None
        if self.database_sslmode is DatabaseTls.DISABLE and self.database_ca_file is not None:
            raise ValueError("DUBAN_DATABASE_SSLMODE disable uses no DUBAN_DATABASE_CA_FILE")
        if self.database_ca_file is not None and self.database_sslmode is None:
            raise ValueError("DUBAN_DATABASE_CA_FILE needs DUBAN_DATABASE_SSLMODE: verify-full, or verify-ca")
        return self

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> Self:
        if self.environment is Environment.LOCAL:
            return self
        secret = self.secret_key.get_secret_value()
        if secret == DEFAULT_SECRET or len(secret) < 32:
            raise ValueError("DUBAN_SECRET_KEY must be set to at least 32 characters outside a local run")
        if ":password@" in self.dsn or ":postgres@" in self.dsn:
            raise ValueError("DUBAN_DATABASE_DSN carries a default password outside a local run")
        return self
