"""The running stack as the demo sees it: stack.json with its addresses and logins, and its directory."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

# Distance of the webhook receiver's port from the stack's first port (the projects service's).
_WEBHOOK_PORT_OFFSET = 8


class DemoError(Exception):
    """What stops a demo command; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Login:
    role: str
    username: str
    password: str


@dataclass(frozen=True)
class Stack:
    """Paths and addresses of one stack. `file` is its stack.json."""

    file: Path

    @property
    def directory(self) -> Path:
        return self.file.parent

    @property
    def clock_file(self) -> Path:
        return self.directory / "clock.json"

    @property
    def mailbox(self) -> Path:
        return self.directory / "mailbox"

    @property
    def notes(self) -> Path:
        """Where the demo keeps its own notes: the feed's position, its key, which feed runs."""
        return self.directory / "demo"

    def urls(self) -> dict[str, str]:
        body = self._read()
        return {service: str(body[service]) for service in ("projects", "energy", "alerts")}

    def logins(self) -> list[Login]:
        return [Login(e["role"], e["username"], e["password"]) for e in self._read().get("logins", [])]

    def login(self, role: str) -> Login:
        """The first login of a role. Raises DemoError when there is none."""
        found = next((login for login in self.logins() if login.role == role), None)
        if found is None:
            raise DemoError(f"{self.file} has no login with the role {role}; load the demo's data first")
        return found

    def add_login(self, login: Login) -> None:
        """Put a login beside the others, in place of an older one of the same name."""
        body = self._read()
        others = [e for e in body.get("logins", []) if e["username"] != login.username]
        entry = {"role": login.role, "username": login.username, "password": login.password}
        write_private(self.file, {**body, "logins": [*others, entry]})

    def hook_url(self, name: str) -> str:
        """Address of a named hook of the stack's own webhook receiver."""
        return self.provider_url(f"/hooks/{name}")

    def provider_url(self, path: str) -> str:
        """Address of a path of the stack's own receiver: a hook, or what stands for a provider."""
        settings = read_json(self.directory / "settings.json") or {}
        base = settings.get("port_base") or int(self.urls()["projects"].rsplit(":", 1)[1].split("/")[0])
        return f"http://127.0.0.1:{int(base) + _WEBHOOK_PORT_OFFSET}{path}"

    @contextmanager
    def only_one(self, name: str) -> Iterator[None]:
        """Hold a lock of that name for as long as the block runs. Raises DemoError when another holds it."""
        self.notes.mkdir(parents=True, exist_ok=True)
        with (self.notes / f"{name}.lock").open("w") as handle:
            try:
                flock(handle, LOCK_EX | LOCK_NB)
            except OSError as error:
                raise DemoError(f"Another {name} runs on the stack in {self.directory}") from error
            yield

    def _read(self) -> dict[str, Any]:
        body = read_json(self.file)
        if body is None:
            raise DemoError(f"There is no stack at {self.file}; start one first, for instance with: duban up")
        return body


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, None when there is no such file."""
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return body


def write_private(path: Path, body: Mapping[str, Any] | str) -> None:
    """Replace a file in one step; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        # mkstemp makes files of mode 0600, which the replacement keeps.
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
