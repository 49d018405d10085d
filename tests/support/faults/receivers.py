"""Faults of those who receive: slow, refusing, or taking a request without ever answering."""

from __future__ import annotations

import json
import signal
import time

import psutil

from tests.support.outside import Post
from tests.support.stack import Stack
from tests.support.vendors import Reply, Request


def disturb(stack: Stack, post: Post, manner: str, seconds: float) -> None:
    """Webhooks and mails of the stack's mailbox, and everything outside, for so long."""
    control = stack.directory / "mailbox" / "control.json"
    mailbox = psutil.Process(stack.pid("mailbox"))
    taking = post.outside.answer
    try:
        match manner:
            case "slow":
                control.write_text(json.dumps({"delay_seconds": 2.5}))
            case "refusing":
                control.write_text(json.dumps({"status": 503, "smtp_reply": "451 not now"}))
                post.outside.answer = _refuse
            case _:
                mailbox.send_signal(signal.SIGSTOP)
                post.outside.answer = _hang
        time.sleep(seconds)
    finally:
        post.outside.answer = taking
        control.unlink(missing_ok=True)
        mailbox.send_signal(signal.SIGCONT)


def _refuse(_: Request) -> Reply:
    return Reply(503)


def _hang(_: Request) -> Reply:
    return Reply(hang=True)
