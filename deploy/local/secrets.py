"""Passwords and keys of a stack: made at its first start, kept in a file that only its owner may read."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.local.programs import write_atomically


@dataclass(frozen=True)
class Secrets:
    """`databases` maps a service to the password of its database role.

    `previous_secret_keys` are those before the present one, whose seals have not all been made anew.
    """

    superuser: str = field(repr=False)
    secret_key: str = field(repr=False)
    admin_password: str = field(repr=False)
    databases: dict[str, str] = field(repr=False)
    previous_secret_keys: list[str] = field(default_factory=list, repr=False)


def load_secrets(path: Path, services: tuple[str, ...]) -> Secrets:
    """The stack's secrets; those that are absent are made and kept."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    databases = {name: kept.get("databases", {}).get(name) or _password() for name in services}
    found = Secrets(
        superuser=kept.get("superuser") or _password(),
        secret_key=kept.get("secret_key") or secrets.token_urlsafe(48),
        # The ending satisfies every common rule of complexity, whatever the random part holds.
        admin_password=kept.get("admin_password") or f"{secrets.token_hex(6)}-Aa1",
        databases=databases,
        previous_secret_keys=list(kept.get("previous_secret_keys", ())),
    )
    if asdict(found) != kept:
        save_secrets(path, found)
    return found


def save_secrets(path: Path, secrets_of_stack: Secrets) -> None:
    write_atomically(path, json.dumps(asdict(secrets_of_stack), indent=2), mode=0o600)


def _password() -> str:
    # Hexadecimal: it stands in DSNs and command lines without any quoting.
    return secrets.token_hex(16)
