"""Where the demo's people read: an SMTP server, a webhook receiver and the providers of `deploy.local.vendors`,
which keep each message as one file.

`DIRECTORY/<received>-<n>-mail.eml`, its envelope in headers `X-Received`, `X-Stack-Time`, `X-From`, `X-To`;
`DIRECTORY/<received>-<n>-webhook.json`: {"name", "received_at", "stack_time", "verified", "headers", "body"}.
`DIRECTORY/<received>-<n>-<kind>.json` for a robot, an application, SMS or voice: {"kind", "path",
"received_at", …}. POST /hooks/<name> answers 204, or 401 when a secret (`DIRECTORY/secrets/<name>`, `whsec_…`)
does not fit. Tests slow it down or let it fail by a file `DIRECTORY/control.json`:
{"delay_seconds": float, "status": int, "smtp_reply": "451 …", "remaining": int}; `remaining` counts down.
"""

import argparse
import asyncio
import itertools
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploy.local import vendors
from deploy.local.programs import write_atomically
from libs.common.clock import Clock, clock_from

_MAX_BODY = 1024 * 1024


class Mailbox:
    """The files of one mailbox."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self.directory = directory
        self.clock = clock
        self._numbers = itertools.count(1)
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, received: datetime, kind: str, text: str) -> Path:
        """One file for a message; it appears complete or not at all."""
        stamp = received.strftime("%Y%m%dT%H%M%S.%fZ")
        path = self.directory / f"{stamp}-{os.getpid()}.{next(self._numbers)}-{kind}"
        write_atomically(path, text)
        return path

    def secret(self, name: str) -> str | None:
        path = self.directory / "secrets" / name
        return path.read_text().strip() if path.is_file() else None

    def control(self) -> dict[str, Any]:
        """What tests ask for now; a failure that is counted uses up one of the `remaining`."""
        path = self.directory / "control.json"
        try:
            wish: dict[str, Any] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        if "remaining" in wish:
            if wish["remaining"] <= 0:
                return {}
            write_atomically(path, json.dumps({**wish, "remaining": wish["remaining"] - 1}))
        return wish


class MailHandler:
    """What aiosmtpd calls."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        wish = self._mailbox.control()
        await asyncio.sleep(wish.get("delay_seconds", 0))
        if "smtp_reply" in wish:
            return str(wish["smtp_reply"])
        received = datetime.now(UTC)
        content = envelope.content or b""
        text = content.decode(errors="replace") if isinstance(content, bytes) else content
        head = {"X-Received": received.isoformat(), "X-Stack-Time": self._mailbox.clock.now().isoformat()}
        head |= {"X-From": envelope.mail_from or "<>", "X-To": ", ".join(envelope.rcpt_tos)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        self._mailbox.keep(received, "mail.eml", lines + text)
        return "250 Message accepted for delivery"


class WebhookReceiver:
    """A server for one small job: it takes POST /hooks/<name> and answers GET /healthz."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(60):
                status, said = await self._answer(reader)
            writer.write(_response(status, said))
            await writer.drain()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a caller that breaks off or talks nonsense gets no answer
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request_line, *header_lines = head.strip().split("\r\n")
        method, path, _ = request_line.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in header_lines)
        }
        if path == "/healthz":
            return 200, b""
        length = int(headers.get("content-length", "0"))
        if length > _MAX_BODY:
            return 413, b""
        bare = path.partition("?")[0]
        body = await reader.readexactly(length)
        taken = vendors.take(bare, body)
        if taken is not None:
            return await self._provide(taken, bare, headers, body)
        name = bare.removeprefix("/hooks/")
        if bare == name or "/" in name or name in {"", ".", ".."}:
            return 404, b""
        if method != "POST":
            return 405, b""
        return await self._take(name, headers, body), b""

    async def _provide(
        self, taken: vendors.Taken, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Keep a provider's message and answer as the provider does."""
        if taken.kind is not None:
            wish = self._mailbox.control()
            await asyncio.sleep(wish.get("delay_seconds", 0))
            if "status" in wish:
                return int(wish["status"]), b""
            received = datetime.now(UTC)
            record = {
                "kind": taken.kind,
                "path": path,
                "received_at": received.isoformat(),
                "stack_time": self._mailbox.clock.now().isoformat(),
                "headers": headers,
                "body": _parsed(body),
            }
            self._mailbox.keep(received, f"{taken.kind}.json", json.dumps(record, ensure_ascii=False, indent=1))
        return 200, json.dumps(taken.answer).encode()

    async def _take(self, name: str, headers: dict[str, str], body: bytes) -> int:
        wish = self._mailbox.control()
        await asyncio.sleep(wish.get("delay_seconds", 0))
        if "status" in wish:
            return int(wish["status"])
        secret = self._mailbox.secret(name)
        if secret is not None and not _signature_fits(secret, headers, body):
            return 401
        received = datetime.now(UTC)
        record = {
            "name": name,
            "received_at": received.isoformat(),
            "stack_time": self._mailbox.clock.now().isoformat(),
            "verified": secret is not None,
            "headers": headers,
            "body": _parsed(body),
        }
        self._mailbox.keep(received, "webhook.json", json.dumps(record, ensure_ascii=False, indent=1))
        return 204


def _signature_fits(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _parsed(body: bytes) -> Any:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _response(status: int, said: bytes) -> bytes:
    kind = "Content-Type: application/json\r\n" if said else ""
    head = f"{kind}Content-Length: {len(said)}\r\nConnection: close\r\n"
    return f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + said


async def serve(directory: Path, smtp_port: int, http_port: int, stop: asyncio.Event) -> None:
    """Receive until `stop` is set."""
    loop = asyncio.get_running_loop()
    clock_file = os.environ.get("DUBAN_CLOCK_FILE")
    mailbox = Mailbox(directory, clock_from(Path(clock_file) if clock_file else None))
    handler = MailHandler(mailbox)
    mail = await loop.create_server(
        lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, decode_data=False),
        "127.0.0.1",
        smtp_port,
    )
    hooks = await asyncio.start_server(WebhookReceiver(mailbox).serve, "127.0.0.1", http_port)
    async with mail, hooks:
        await stop.wait()


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.mailbox")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    options = parser.parse_args()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sent in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sent, stop.set)
    sys.stdout.write(f"SMTP on {options.smtp_port}, webhooks on {options.http_port}\n")
    await serve(options.directory, options.smtp_port, options.http_port, stop)


if __name__ == "__main__":
    asyncio.run(main())
