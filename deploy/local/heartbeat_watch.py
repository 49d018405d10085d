"""The independent receiver of heartbeats: alarms when none came for a while, or when they say for long that
something is not well, and tells when it is over.

It needs Python and nothing else, and belongs on another machine than what it watches: this one file is enough,
`python3 heartbeat_watch.py --port 9095 --silent-after 180 --command '…'`. Beats are POSTed to /beats; with
`--secret-file` only those signed by it (Standard Webhooks) count. GET /healthz tells what it knows, so that the
receiver can be watched as well.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import smtplib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_MAX_BODY = 64 * 1024
_TOLERANCE_S = 300
_LOOK_S = 0.25
_SUBJECTS = {
    "alarm": "no heartbeat / 督办：心跳中断",
    "degraded": "a service is not well / 督办：服务异常",
    "recovered": "well again / 督办：已恢复",
}


# What a beat says of the whole when nothing is wrong.
_WELL = "ok"


@dataclass
class Watch:
    """What came, and which alarm is on. Times are real, in seconds; `began` counts as a beat."""

    silent_after: float
    degraded_after: float
    began: float
    heard_at: float | None = None
    signed_at: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    degraded_since: float | None = None
    alarm: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, now: float, signed_at: int, body: dict[str, Any]) -> bool:
        """Note a beat; False for one that is no newer than the last, as when somebody sends an old one again."""
        with self.lock:
            if signed_at < self.signed_at or (signed_at == self.signed_at and body == self.last):
                return False
            self.heard_at, self.signed_at, self.last = now, signed_at, body
            if body.get("state", _WELL) == _WELL:
                self.degraded_since = None
            elif self.degraded_since is None:
                self.degraded_since = now
            return True

    def silence(self, now: float) -> float:
        return now - (self.began if self.heard_at is None else self.heard_at)

    def change(self, now: float) -> str | None:
        """ "alarm" when the silence has become too long, "degraded" when beats have said so for too long,
        "recovered" when it is over, None in between. Of who is silent it is not known how they are.
        """
        with self.lock:
            before = self.alarm
            if self.silence(now) > self.silent_after:
                self.alarm = "alarm"
            elif self.degraded_since is not None and now - self.degraded_since > self.degraded_after:
                self.alarm = "degraded"
            else:
                self.alarm = None
            return None if self.alarm == before else self.alarm or "recovered"

    def told(self, now: float, event: str) -> dict[str, Any]:
        return {
            "event": event,
            "silent_seconds": round(self.silence(now), 1),
            "last_sequence": self.last.get("sequence"),
            "last_state": self.last.get("state"),
            "last_services": self.last.get("services"),
        }


def is_signed(secret: str, headers: Any, body: bytes, now: float) -> int | None:
    """When a body was signed with the secret (`whsec_…`), in Unix seconds; None when it was not, or long ago."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        stamp = int(headers["webhook-timestamp"])
        content = f"{headers['webhook-id']}.{stamp}.".encode() + body
    except (KeyError, TypeError, ValueError):
        return None
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = [part.partition(",")[2] for part in (headers["webhook-signature"] or "").split()]
    if abs(now - stamp) > _TOLERANCE_S or not any(hmac.compare_digest(wanted, each) for each in given):
        return None
    return stamp


def server_of(watch: Watch, host: str, port: int, secret: str | None) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path != "/healthz":
                self._answer(404)
                return
            now = time.time()
            self._answer(200, watch.told(now, watch.alarm or "quiet"))

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if self.path != "/beats" or not length.isdigit() or int(length) > _MAX_BODY:
                self._answer(400)
                return
            body, now = self.rfile.read(int(length)), time.time()
            stamp = int(now) if secret is None else is_signed(secret, self.headers, body, now)
            if stamp is None:
                self._answer(401)
                return
            try:
                read = json.loads(body)
            except ValueError:
                read = None
            if not isinstance(read, dict):
                self._answer(400)
                return
            self._answer(200 if watch.hear(now, stamp, read) else 409)

        def _answer(self, status: int, body: dict[str, Any] | None = None) -> None:
            data = json.dumps(body or {}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return

    return ThreadingHTTPServer((host, port), Handler)


def by_command(command: str) -> Callable[[dict[str, Any]], None]:
    """Runs the command by the shell of its owner, what is told as JSON on its standard input."""

    def alarm(told: dict[str, Any]) -> None:
        subprocess.run(command, shell=True, input=json.dumps(told), text=True, check=True, timeout=60)  # noqa: S602

    return alarm


def by_webhook(url: str) -> Callable[[dict[str, Any]], None]:
    def alarm(told: dict[str, Any]) -> None:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(url, json.dumps(told).encode(), headers)  # noqa: S310 - the owner's own
        with urllib.request.urlopen(request, timeout=20):  # noqa: S310
            return

    return alarm


def by_mail(to: str, smtp: str, sender: str) -> Callable[[dict[str, Any]], None]:
    host, _, port = smtp.partition(":")

    def alarm(told: dict[str, Any]) -> None:
        message = EmailMessage()
        message["From"], message["To"] = sender, to
        message["Subject"] = f"Duban: {_SUBJECTS[told['event']]}"
        message.set_content(json.dumps(told, indent=2))
        with smtplib.SMTP(host, int(port or 25), timeout=20) as server:
            server.send_message(message)

    return alarm


def watch_until(stop: threading.Event, watch: Watch, alarms: Sequence[Callable[[dict[str, Any]], None]]) -> None:
    """Look at the silence until `stop`; an alarm that fails by one way is tried by it again at the next look."""
    left: list[tuple[Callable[[dict[str, Any]], None], str]] = []
    retry_at = 0.0
    while not stop.wait(_LOOK_S):
        now = time.time()
        event = watch.change(now)
        if event is not None:
            _say(watch.told(now, event))
            left, retry_at = [(alarm, event) for alarm in alarms], 0.0
        if not left or now < retry_at:
            continue
        failed = []
        for alarm, what in left:
            try:
                alarm(watch.told(now, what))
            except (OSError, subprocess.SubprocessError, smtplib.SMTPException, urllib.error.URLError) as error:
                _say({"event": "alarm_failed", "error": f"{type(error).__name__}: {error}"})
                failed.append((alarm, what))
        left, retry_at = failed, now + 5


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), **told}) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    words = "Alarms when no heartbeat comes, or none that is well."
    parser = argparse.ArgumentParser(prog="duban heartbeat-watch", description=words)
    parser.add_argument("--host", default="127.0.0.1", help="Where to listen.")
    parser.add_argument("--port", type=int, default=9095)
    parser.add_argument("--silent-after", type=float, default=180.0, metavar="SECONDS")
    parser.add_argument("--degraded-after", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--secret-file", type=Path, help="File with the secret that signs beats (whsec_…).")
    parser.add_argument("--command", help="Run at an alarm and at its end; what is told is its input.")
    parser.add_argument("--webhook", metavar="URL", help="POSTed to.")
    parser.add_argument("--mail", metavar="ADDRESS", help="Written to, by way of --smtp.")
    parser.add_argument("--smtp", default="127.0.0.1:25", metavar="HOST:PORT")
    parser.add_argument("--mail-from", default="duban@localhost.localdomain", metavar="ADDRESS")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until it is interrupted. Exit code 2: nobody would hear the alarm."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    alarms = [by_command(asked.command)] if asked.command else []
    alarms += [by_webhook(asked.webhook)] if asked.webhook else []
    alarms += [by_mail(asked.mail, asked.smtp, asked.mail_from)] if asked.mail else []
    if not alarms:
        parser.error("one of --command, --webhook, --mail is needed: nobody would hear the alarm")
    secret = asked.secret_file.read_text(encoding="ascii").strip() if asked.secret_file else None
    watch = Watch(asked.silent_after, asked.degraded_after, began=time.time())
    server, stop = server_of(watch, asked.host, asked.port, secret), threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _say({"event": "watching", "port": server.server_address[1], "silent_after": asked.silent_after})
    try:
        watch_until(stop, watch, alarms)
    except KeyboardInterrupt:
        return 0
    finally:
        server.shutdown()
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
