"""DingTalk custom robot (钉钉自定义机器人).

POST https://oapi.dingtalk.com/robot/send?access_token=…&timestamp=…&sign=… with ``{"msgtype": "markdown",
"markdown": {"title", "text"}}``. Signing (加签): HMAC-SHA256 with the secret (SEC…) as key over
``<milliseconds>\\n<secret>``, base64, percent-encoded; good for an hour. Answers 200 with ``{"errcode",
"errmsg"}``. 20 messages a minute, beyond it ten minutes of silence (130101). Source:
open.dingtalk.com/document/orgapp/custom-robot-access and .../custom-robots-send-group-messages (codes).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

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

# 310000: keyword, signature or address of ours does not fit; 300001, 300005, 400101, 400102: no such robot or
# switched off; 400013: the group is no more; 430101–430104: the text is refused.
CODES = Codes(
    "dingtalk",
    final=frozenset({310000, 40035, 43004, 400105, 400106, 430101, 430102, 430103, 430104}),
    quota=frozenset({130101, 410100, 90018, 90030}),
    gone=frozenset({300001, 300005, 400013, 400101, 400102}),
)
_MAX_BYTES = 15_000


class DingtalkRobotSender:
    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            secrets = self._vault.of_channel(outgoing)
        except Unusable as error:
            return unusable(error)
        url, now = str(secrets["url"]), self._real_now()
        if secrets.get("sign"):
            url += ("&" if "?" in url else "?") + urlencode(signature(secrets["sign"], now))
        content = content_of(outgoing)
        text = markdown(content)
        payload: dict[str, Any] = {
            "msgtype": "markdown",
            "markdown": {"title": content["title"][:200], "text": text},
        }
        if calls_all(outgoing, content):
            payload["at"] = {"isAtAll": True}
        answer = await post_json(self._client, url, payload)
        return verdict(answer, CODES, now, code_names=("errcode",), text_names=("errmsg",)).outcome


def signature(secret: str, at: datetime) -> dict[str, str]:
    """``timestamp`` and ``sign`` as query parameters, not yet percent-encoded."""
    timestamp = str(int(at.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def markdown(content: dict[str, Any]) -> str:
    """DingTalk's dialect: a line ends with two blanks."""
    lines = [f"#### {markdown_safe(content['title'])}", *(f"> {markdown_safe(line)}" for line in content["lines"])]
    link = f"  \n\n[{content['url_label']}]({content['url']})"
    return cut_bytes("  \n".join(lines), _MAX_BYTES - len(link.encode())) + link
