"""Where Kafka is and as whom one asks it, in one address: the one place that makes a client's options of it.

Without accounts an address is what Kafka calls its bootstrap servers (``kafka-1:9092,kafka-2:9092``). Else it is a
URL whose scheme is Kafka's security protocol, with the account, and with files of the certificates:
``sasl_ssl://energy:password@kafka-1:9093,kafka-2:9093?mechanism=SCRAM-SHA-512&ca=/etc/ca.pem`` or
``ssl://kafka:9093?ca=…&certificate=…&key=…``. So it passes wherever an address does, as PostgreSQL's DSN does.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode


class KafkaSecurity(StrEnum):
    """By Kafka's names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def is_encrypted(self) -> bool:
        return self in {KafkaSecurity.SSL, KafkaSecurity.SASL_SSL}

    @property
    def has_account(self) -> bool:
        return self in {KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_SSL}


class KafkaMechanism(StrEnum):
    """How an account is proven; by Kafka's names."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """``servers`` by comma. Files are PEM; without ``ca_file`` the machine's own authorities are believed.

    Raises ValueError where a part is missing that the others ask for, naming it.
    """

    servers: str
    security: KafkaSecurity = KafkaSecurity.PLAINTEXT
    mechanism: KafkaMechanism = KafkaMechanism.SCRAM_SHA_512
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        if self.security.has_account and not (self.username and self.password):
            raise ValueError(f"{self.security} needs a username and a password")
        if not self.security.has_account and (self.username or self.password):
            raise ValueError(f"{self.security} knows no username: SASL_SSL does")
        files = (self.ca_file, self.certificate_file, self.key_file)
        if not self.security.is_encrypted and any(files):
            raise ValueError(f"{self.security} uses no certificates: SSL and SASL_SSL do")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("a certificate file and a key file belong together")

    @property
    def text(self) -> str:
        """The address in one piece; it may hold a password and is shown to nobody."""
        if self.security is KafkaSecurity.PLAINTEXT:
            return self.servers
        account = ""
        if self.username and self.password:
            account = f"{quote(self.username, safe='')}:{quote(self.password, safe='')}@"
        facts = {"mechanism": self.mechanism.value} if self.security.has_account else {}
        for name, path in (("ca", self.ca_file), ("certificate", self.certificate_file), ("key", self.key_file)):
            if path is not None:
                facts[name] = str(path)
        query = f"?{urlencode(facts)}" if facts else ""
        return f"{self.security.value.lower()}://{account}{self.servers}{query}"

    @classmethod
    def of(cls, text: str) -> KafkaAddress:
        """What :attr:`text` says. Raises ValueError; the message holds nothing of the address."""
        scheme, separator, rest = text.partition("://")
        if not separator:
            return cls(text)
        if scheme.upper() not in set(KafkaSecurity):
            raise ValueError("Kafka's address has an unknown scheme: ssl, sasl_ssl or sasl_plaintext")
        place, _, query = rest.partition("?")
        account, at, servers = place.rpartition("@")
        username, _, password = account.partition(":")
        facts = dict(parse_qsl(query))
        files = {name: Path(facts[name]) for name in ("ca", "certificate", "key") if name in facts}
        return cls(
            servers,
            KafkaSecurity(scheme.upper()),
            KafkaMechanism(facts.get("mechanism", KafkaMechanism.SCRAM_SHA_512)),
            unquote(username) if at else None,
            unquote(password) if at else None,
            files.get("ca"),
            files.get("certificate"),
            files.get("key"),
        )

    def client_options(self) -> dict[str, Any]:
        """What every client of aiokafka is given; files are read now. Raises OSError for one that cannot be."""
        options: dict[str, Any] = {"bootstrap_servers": self.servers}
        if self.security is KafkaSecurity.PLAINTEXT:
            return options
        options["security_protocol"] = self.security.value
        if self.security.has_account:
            options["sasl_mechanism"] = self.mechanism.value
            options["sasl_plain_username"], options["sasl_plain_password"] = self.username, self.password
        if self.security.is_encrypted:
            options["ssl_context"] = self.tls()
        return options

    def tls(self) -> ssl.SSLContext:
        """Believes the servers' certificates by their name, and shows ours if there is one."""
        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def client_options(address: str) -> dict[str, Any]:
    """The options of a client for an address; see :class:`KafkaAddress`."""
    return KafkaAddress.of(address).client_options()
