"""Kafka's address in one piece, and PostgreSQL's: what of the settings reaches the clients."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from libs.common.database import Database
from libs.common.kafka_address import KafkaAddress, KafkaSecurity, client_options
from libs.common.settings import CommonSettings, Environment

ACCOUNT = {"kafka_security": "SASL_SSL", "kafka_username": "energy", "kafka_password": "p:/?#@ß"}
CERTIFICATES = {"kafka_certificate_file": Path("own.pem"), "kafka_key_file": Path("own.key")}


def settings(**facts: Any) -> CommonSettings:
    known = {
        "environment": Environment.LOCAL,
        "database_dsn": "postgresql://e:p@db:5432/e",
        "kafka_bootstrap": "k:1",
    }
    return CommonSettings(**(known | facts))


def test_address_is_the_brokers_alone_when_nothing_else_is_set() -> None:
    assert settings().kafka_address == "k:1"
    assert client_options("k:1") == {"bootstrap_servers": "k:1"}


@pytest.mark.parametrize(
    "facts", [ACCOUNT, ACCOUNT | {"kafka_ca_file": Path("/a b/ca.pem")}, {"kafka_security": "SSL"} | CERTIFICATES]
)
def test_address_says_again_what_it_was_made_of(facts: dict[str, Any]) -> None:
    found = KafkaAddress.of(settings(**facts).kafka_address)
    assert found.servers == "k:1"
    for name, value in facts.items():
        assert getattr(found, name.removeprefix("kafka_")) == value
    assert "ß" not in repr(found)


def test_client_shows_the_account_by_scram_when_it_is_given() -> None:
    plain = ACCOUNT | {"kafka_security": "SASL_PLAINTEXT"}
    options = client_options(settings(**plain).kafka_address)
    assert options == {
        "bootstrap_servers": "k:1",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "energy",
        "sasl_plain_password": "p:/?#@ß",
    }


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"kafka_security": "SASL_SSL"}, "needs a username and a password"),
        ({"kafka_username": "energy", "kafka_password": "x"}, "knows no username"),
        ({"kafka_ca_file": "ca.pem"}, "uses no certificates"),
        ({"kafka_security": "SSL", "kafka_key_file": "own.key"}, "belong together"),
        ({"kafka_security": "TLS"}, "kafka_security"),
        ({"database_ca_file": "ca.pem"}, "DUBAN_DATABASE_SSLMODE"),
        ({"database_sslmode": "disable", "database_ca_file": "ca.pem"}, "DUBAN_DATABASE_SSLMODE"),
        ({"database_sslmode": "prefer"}, "database_sslmode"),
    ],
)
def test_half_an_account_is_refused_and_names_what_is_missing(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(**facts)


def test_unknown_scheme_is_refused_without_telling_the_password() -> None:
    with pytest.raises(ValueError, match="unknown scheme") as refused:
        KafkaAddress.of("kafkas://energy:secret@k:1")
    assert "secret" not in str(refused.value)
    assert KafkaAddress.of("ssl://k:1").security is KafkaSecurity.SSL


def test_databases_address_says_how_its_connections_are_secured() -> None:
    facts = {"database_sslmode": "verify-full", "database_ca_file": Path("/a b/ca.pem")}
    asked = "postgresql://e:p@db:5432/e?sslmode=verify-full&sslrootcert=%2Fa+b%2Fca.pem"
    assert settings(**facts).dsn == asked
    assert settings().dsn == "postgresql://e:p@db:5432/e"
    with pytest.raises(ValidationError, match=r"database_dsn\s.*not application_name"):
        settings(database_dsn="postgresql://e:p@db/e?application_name=x")
    with pytest.raises(ValueError, match="and not options"):
        Database("postgresql://e:p@db:5432/e?options=x")
