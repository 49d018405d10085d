"""WeCom group robot (企业微信群机器人).

POST https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=… with ``{"msgtype": "markdown", "markdown":
{"content"}}``, at most 4,096 bytes; answers 200 with ``{"errcode", "errmsg"}`` whatever happened. 20 messages a
minute and robot (45009). Source: developer.work.weixin.qq.com/document/path/91770 and /90313 (codes).
"""

from __future__ import annotations

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

# 93000: the key is none or was withdrawn; 40008, 40058, 44004: the message itself is refused.
CODES = Codes(
    "wecom",
    final=frozenset({40008, 40058, 44004, 45002, 90236}),
    quota=frozenset({45009, 45033}),
    gone=frozenset({93000, 93008}),
)
_MAX_BYTES, _MAX_TEXT_BYTES = 4096, 2048
_COLOURS = {"red": "warning", "orange": "warning", "yellow": "warning", "blue": "info"}


class WecomRobotSender:
    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        try:
            url = str(self._vault.of_channel(outgoing)["url"])
        except Unusable as error:
            return unusable(error)
        content = content_of(outgoing)
        payload: dict[str, Any] = {"msgtype": "markdown", "markdown": {"content": markdown(content)}}
        if calls_all(outgoing, content):
            # Markdown calls nobody by a list; a text does.
            payload = {"msgtype": "text", "text": {"content": plain(content), "mentioned_list": ["@all"]}}
        answer = await post_json(self._client, url, payload)
        return verdict(answer, CODES, self._real_now(), code_names=("errcode",), text_names=("errmsg",)).outcome


def plain(content: dict[str, Any]) -> str:
    """The same as a text of at most 2,048 bytes."""
    link = f"\n{content['url']}"
    text = "\n".join([content["title"], *content["lines"]])
    return cut_bytes(text, _MAX_TEXT_BYTES - len(link.encode())) + link


def markdown(content: dict[str, Any]) -> str:
    """WeCom's dialect: headings, quotes, three colours, links."""
    colour = _COLOURS.get(content["severity"], "comment")
    title = f'### <font color="{colour}">{markdown_safe(content["title"])}</font>'
    lines = [f"> {markdown_safe(line)}" for line in content["lines"]]
    link = f"\n[{content['url_label']}]({content['url']})"
    return cut_bytes("\n".join([title, *lines]), _MAX_BYTES - len(link.encode())) + link
