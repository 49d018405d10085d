"""Remembers for which code and data the migrations ran, so that an ordinary start need not run them again."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from deploy.local.layout import CHECKOUT, Layout
from deploy.local.programs import write_atomically

_CODE = ("*.py", "*.json", "*.mako", "*.ini")


def fingerprint(service: str, data_ids: Iterable[str], environment: dict[str, str]) -> str:
    """Changes with the service's or the common code, the identity of the data and every variable given."""
    digest = hashlib.sha256()
    for path in _code_of(CHECKOUT / "services" / service, CHECKOUT / "libs"):
        digest.update(f"{path.relative_to(CHECKOUT)}\0".encode())
        digest.update(path.read_bytes())
    inherited = {name: value for name, value in os.environ.items() if name.startswith("DUBAN_")}
    for part in (*data_ids, repr(sorted((inherited | environment).items()))):
        digest.update(part.encode())
    return digest.hexdigest()


def is_done(place: Layout, service: str, wanted: str) -> bool:
    path = _note(place, service)
    return path.exists() and path.read_text() == wanted


def note_done(place: Layout, service: str, done: str) -> None:
    write_atomically(_note(place, service), done)


def _note(place: Layout, service: str) -> Path:
    return place.run / f"migrated-{service}"


def _code_of(*roots: Path) -> list[Path]:
    return sorted(path for root in roots for pattern in _CODE for path in root.rglob(pattern))
