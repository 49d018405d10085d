"""A whole local stack for acceptance tests and benchmarks, driven by the command users have."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar

import httpx

from deploy.local.layout import PORTS_USED, WIDE_PORTS_USED
from libs.common.clock import read_clock, write_clock
from tests.support.ports import reserve_ports

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


@dataclass(frozen=True)
class Stack:
    """A running stack: addresses of ``stack.json`` and the few levers a test may pull."""

    directory: Path
    port_base: int

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.directory / "stack.json").read_text(encoding="utf-8"))
        return facts

    def url(self, service: str) -> str:
        return str(self.facts[service])

    def dsn(self, service: str) -> str:
        return str(self.facts["postgres"][service])

    def login(self, role: str) -> dict[str, str]:
        return next(login for login in self.facts["logins"] if login["role"] == role)

    def set_clock(self, instant: datetime, rate: float = 0.0) -> None:
        write_clock(self.directory / "clock.json", instant, rate)
        # Processes look at the file five times a second.
        time.sleep(0.25)

    def now(self) -> datetime:
        return read_clock(self.directory / "clock.json").at(time.time())

    def webhook(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port_base + 8}/hooks/{name}"

    def received(self, name: str | None = None) -> list[dict[str, Any]]:
        """The webhooks in the mailbox in order of receipt, of one receiver or of all."""
        files = sorted((self.directory / "mailbox").glob("*-webhook.json"))
        hooks = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return [hook for hook in hooks if name in {None, hook["name"]}]

    def mails(self) -> list[EmailMessage]:
        """The mails in the mailbox in order of receipt."""
        files = sorted((self.directory / "mailbox").glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]

    def pid(self, name: str) -> int:
        record = json.loads((self.directory / "run" / f"{name}.pid").read_text(encoding="utf-8"))
        return int(record["pid"])

    def kill(self, name: str) -> int:
        """SIGKILL, as a full memory or a pulled plug would; returns the pid that is gone."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, name: str, old_pid: int, seconds: float = 240) -> None:
        def restarted() -> bool:
            try:
                return self.pid(name) != old_pid
            except (FileNotFoundError, ValueError):
                return False

        wait_for(restarted, seconds, f"{name} is started again")

    @contextmanager
    def left_lying(self) -> Iterator[None]:
        """Within the block nothing that was killed is started again: who should do it stands still."""
        supervisor = self.pid("supervisor")
        os.kill(supervisor, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(supervisor, signal.SIGCONT)

    def scale(self, *options: str) -> None:
        """Other numbers of workers, as `duban up` takes them; returns when they are there."""
        duban("up", "--data", str(self.directory), *options)

    def client(self, service: str, token: str | None = None, **headers: str) -> httpx.Client:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url(service), headers=headers, timeout=120)

    def token(self, username: str, password: str) -> str:
        return str(self.signed_in(username, password)["access_token"])

    def signed_in(self, username: str, password: str) -> dict[str, Any]:
        """The tokens and their lives, as the service answers."""
        answer = httpx.post(
            f"{self.url('projects')}/v1/tokens", json={"username": username, "password": password}, timeout=120
        )
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        return tokens

    def admin_token(self) -> str:
        login = self.login("admin")
        return self.token(login["username"], login["password"])


def wait_for(check: Callable[[], T], seconds: float, what: str) -> T:
    """The first true answer of ``check``; a connection refused meanwhile counts as not yet."""
    deadline = time.monotonic() + seconds
    problem: Exception | None = None
    while time.monotonic() < deadline:
        try:
            answer = check()
        except (httpx.HTTPError, OSError) as error:
            problem = error
        else:
            problem = None
            if answer:
                return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}" + (f" ({problem!r})" if problem else ""))


def duban(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; raises with its output when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise AssertionError(
            f"duban {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
    return done


@contextmanager
def running_stack(directory: Path, *options: str) -> Iterator[Stack]:
    """``duban up`` in ``directory`` on free ports, ``duban down`` at the end."""
    is_wide = not {"--brokers", "--energy-workers", "--alerts-workers"}.isdisjoint(options)
    port_base = reserve_ports(WIDE_PORTS_USED if is_wide else PORTS_USED)
    duban("up", "--data", str(directory), "--port-base", str(port_base), *options)
    try:
        yield Stack(directory, port_base)
    finally:
        duban("down", "--data", str(directory))
