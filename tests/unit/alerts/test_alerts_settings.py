"""What the alerts service refuses to start with."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from libs.common.settings import Environment
from services.alerts.settings import AlertsSettings

KNOWN: dict[str, Any] = {
    "environment": Environment.PRODUCTION,
    "database_dsn": SecretStr("postgresql://alerts:x@127.0.0.1/alerts"),
    "kafka_bootstrap": "127.0.0.1:9092",
    "secret_key": SecretStr("k" * 40),
    "smtp_password": SecretStr("Chai-Mountain-73"),
    "smtp_tls": "starttls",
}


def test_mail_password_is_not_sent_in_clear_outside_local() -> None:
    assert AlertsSettings(**KNOWN).smtp_tls == "starttls"
    assert AlertsSettings(**(KNOWN | {"environment": Environment.LOCAL, "smtp_tls": "none"})).smtp_tls == "none"
    with pytest.raises(ValidationError, match="DUBAN_SMTP_TLS"):
        AlertsSettings(**(KNOWN | {"smtp_tls": "none"}))


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"secret_key": SecretStr("local-secret-not-for-production")}, "DUBAN_SECRET_KEY"),
        ({"secret_key": SecretStr("short")}, "DUBAN_SECRET_KEY"),
        ({"database_dsn": SecretStr("postgresql://alerts:postgres@127.0.0.1/alerts")}, "DUBAN_DATABASE_DSN"),
    ],
)
def test_default_secrets_are_refused_outside_local(facts: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        AlertsSettings(**(KNOWN | facts))
