"""What arrived in the stack's mailbox: the files in which the demo's people would read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it arrived; `stack_time` is None where the receiver knew none."""

    file: Path
    kind: str
    stack_time: datetime | None


def letters(directory: Path, delivery_id: str) -> list[Letter]:
    """The messages of one delivery, oldest first; more than one when it had to be repeated.

    A delivery's id is a webhook's `webhook-id` and part of a mail's `Message-ID`.
    """
    hooks = {file: _read(file) for file in sorted(directory.glob("*-webhook.json"))}
    found = [
        Letter(file, "webhook", _instant(json.loads(text).get("stack_time")))
        for file, text in hooks.items()
        if delivery_id in text
    ]
    for file in sorted(directory.glob("*-mail.eml")):
        head = _read(file).split("\n\n", 1)[0]
        if delivery_id in head:
            stamps = [line for line in head.splitlines() if line.startswith("X-Stack-Time:")]
            found.append(Letter(file, "mail", _instant(stamps[0].partition(":")[2].strip() if stamps else None)))
    return found + _provided(directory, delivery_id)


def _provided(directory: Path, delivery_id: str) -> list[Letter]:
    """Messages of providers that are given our id; a robot's are not."""
    found = []
    for kind in ("feishu_app", "sms", "voice"):
        for file in sorted(directory.glob(f"*-{kind}.json")):
            text = _read(file)
            if delivery_id in text:
                found.append(Letter(file, kind, _instant(json.loads(text).get("stack_time"))))
    return found


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
