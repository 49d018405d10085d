"""DingTalk work notice (钉钉工作通知) to one user id.

GET /gettoken?appkey=…&appsecret=… → ``{"errcode", "access_token", "expires_in"}``; POST
/topapi/message/corpconversation/asyncsend_v2?access_token=… with ``{"agent_id", "userid_list", "msg"}`` →
``{"errcode", "task_id"}``. The same content reaches the same user once a day only: the alert's number and
reason stand in every message. 40014, 42001, 88: the token is stale. Source:
open.dingtalk.com/document/orgapp/obtain-orgapp-token and
.../asynchronous-sending-of-enterprise-session-messages, .../server-api-error-codes-1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from libs.common.webhooks.access_tokens import AccessTokens, Token
from libs.common.webhooks.delivery import Outcome, call
from libs.common.webhooks.outgoing import GuardedClient
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import (
    Codes,
    RealNow,
    Unusable,
    Vault,
    Verdict,
    content_of,
    cut_bytes,
    markdown_safe,
    post_json,
    real_now,
    unusable,
    verdict,
)

# 33012, 60121, 40003: no such user; 40035, 41, 43004…: the message; 90018, 143103…: too much for now.
CODES = Codes(
    "dingtalk",
    final=frozenset({33012, 40003, 40035, 41, 43004, 60121, 400023, 40056}),
    quota=frozenset({90002, 90006, 90018, 143103, 143104, 143105, 143106}),
    stale=frozenset({88, 40001, 40014, 42001, 41001}),
)
_TOKEN_CODES = Codes("dingtalk", final=frozenset({40089, 40096, 41004, 41027}), quota=frozenset({90018}))
_HOST = "https://oapi.dingtalk.com"


class DingtalkAppSender:
    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now
        self._tokens: AccessTokens[Outcome] = AccessTokens(real_now)

    async def send(self, outgoing: Outgoing) -> Outcome:
        gateway = outgoing.gateway
        try:
            secrets = self._vault.of_gateway(outgoing)
        except Unusable as error:
            return unusable(error)
        assert gateway is not None
        base = str(gateway.settings.get("base_url") or _HOST)

        async def fetch() -> Token | Outcome:
            query = urlencode({"appkey": gateway.settings["app_key"], "appsecret": secrets["app_secret"]})
            found = self._judged(
                await call(self._client, "GET", f"{base}/gettoken?{query}", headers={}), _TOKEN_CODES
            )
            if not found.outcome.delivered:
                return found.outcome
            return Token(str(found.answer["access_token"]), float(found.answer.get("expires_in", 7200)))

        async def use(token: str) -> Verdict:
            path = "/topapi/message/corpconversation/asyncsend_v2"
            url = f"{base}{path}?{urlencode({'access_token': token})}"
            found = self._judged(await post_json(self._client, url, self._payload(outgoing)), CODES)
            task = found.answer.get("task_id")
            return replace(found, outcome=replace(found.outcome, provider_id=None if task is None else str(task)))

        return await self._tokens.call(gateway.id, gateway.version, fetch, use)

    def _judged(self, answer: Any, codes: Codes) -> Verdict:
        return verdict(answer, codes, self._real_now(), code_names=("errcode",), text_names=("errmsg", "sub_msg"))

    def _payload(self, outgoing: Outgoing) -> dict[str, Any]:
        content = content_of(outgoing)
        assert outgoing.gateway is not None
        buttons = [{"title": content["url_label"], "action_url": content["url"]}]
        if content.get("link"):
            buttons.insert(0, {"title": content["link_label"], "action_url": content["link"]})
        text = "  \n".join([f"#### {markdown_safe(content['title'])}", *map(markdown_safe, content["lines"])])
        return {
            "agent_id": int(outgoing.gateway.settings["agent_id"]),
            "userid_list": outgoing.target,
            "msg": {
                "msgtype": "action_card",
                "action_card": {
                    "title": cut_bytes(content["title"], 64),
                    "markdown": cut_bytes(text, 1000),
                    "btn_orientation": "0",
                    "btn_json_list": buttons,
                },
            },
        }
