"""Feishu custom robot (飞书自定义机器人), and Lark's alike.

POST https://open.feishu.cn/open-apis/bot/v2/hook/… with ``{"msg_type": "interactive", "card"}``; with signing also
``timestamp`` (seconds, a string) and ``sign``: base64 of HMAC-SHA256 over nothing with
``<timestamp>\\n<secret>`` as the key, good for an hour. Answers ``{"code", "msg"}`` (older ones
``StatusCode``). 100 messages a minute, 5 a second (11232). Source:
open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from libs.common.webhooks.delivery import Outcome
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import (
    Codes,
    RealNow,
    Unusable,
    Vault,
    calls_all,
    content_of,
    cut_bytes,
    markdown_safe,
    post_json,
    real_now,
    unusable,
    verdict,
)

# 19001: no such address; 19002, 9499: the message is malformed; 19021, 19022, 19024: signature, address of
# ours, keyword.
CODES = Codes(
    "feishu",
    final=frozenset({19002, 19003, 19021, 19022, 19024}),
    quota=frozenset({11232, 99991400}),
    gone=frozenset({19001, 19004}),
)
_MAX_BYTES = 15_000
_TEMPLATES = {"red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue"}


class FeishuRobotSender:
    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            secrets = self._vault.of_channel(outgoing)
        except Unusable as error:
            return unusable(error)
        now = self._real_now()
        content = content_of(outgoing)
        shown = card(content)
        if calls_all(outgoing, content):
            everybody = {"tag": "div", "text": {"tag": "lark_md", "content": "<at id=all></at>"}}
            shown["elements"].insert(0, everybody)
        payload: dict[str, Any] = {"msg_type": "interactive", "card": shown}
        if secrets.get("sign"):
            payload |= signature(secrets["sign"], now)
        answer = await post_json(self._client, str(secrets["url"]), payload)
        names, texts = ("code", "StatusCode"), ("msg", "StatusMessage")
        return verdict(answer, CODES, now, code_names=names, text_names=texts).outcome


def signature(secret: str, at: datetime) -> dict[str, str]:
    """``timestamp`` and ``sign`` for the body: the text to be signed is the key, and nothing is what is signed."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def card(content: dict[str, Any]) -> dict[str, Any]:
    """A message card with a coloured head and a button for each link."""
    text = "\n".join(markdown_safe(line) for line in content["lines"])
    buttons = [_button(content["url_label"], content["url"], "default")]
    if content.get("link"):
        buttons.insert(0, _button(content["link_label"], content["link"], "primary"))
    return {
        "config": {"wide_screen_mode": True},
        "header": {
            "template": _TEMPLATES.get(content["severity"], "grey"),
            "title": {"tag": "plain_text", "content": content["title"]},
        },
        "elements": [
            {"tag": "div", "text": {"tag": "lark_md", "content": cut_bytes(text, _MAX_BYTES)}},
            {"tag": "action", "actions": buttons},
        ],
    }


def _button(label: str, url: str, kind: str) -> dict[str, Any]:
    return {"tag": "button", "text": {"tag": "plain_text", "content": label}, "url": url, "type": kind}
