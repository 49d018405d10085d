"""WeCom application message (企业微信应用消息) to one user id.

GET /cgi-bin/gettoken?corpid=…&corpsecret=… → ``{"errcode", "access_token", "expires_in"}``; POST
/cgi-bin/message/send?access_token=… with ``{"touser", "msgtype": "textcard", "agentid", "textcard": {"title",
"description", "url", "btntxt"}, "enable_duplicate_check": 1}``; title 128 and description 512 bytes. A user who
is not there is named in ``invaliduser`` of a successful answer. 40014, 42001: the token is stale. Source:
developer.work.weixin.qq.com/document/path/91039, /90236, /90313 (codes).
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
    post_json,
    real_now,
    unusable,
    verdict,
)

# 40003, 81013, 60111: no such user, or out of the application's sight; 40056, 40063…: the message; 60020: our
# address is not among those the application trusts, which somebody has to mend: it is tried again.
CODES = Codes(
    "wecom",
    final=frozenset({40003, 40008, 40031, 40032, 40056, 40063, 44004, 45002, 60111, 81013, 301002}),
    quota=frozenset({45009, 45033}),
    stale=frozenset({40014, 42001, 41001}),
)
# 40001, 40013: the secret or the corporation is wrong, which trying does not mend.
_TOKEN_CODES = Codes("wecom", final=frozenset({40001, 40013, 40091, 41002, 41004}), quota=frozenset({45009}))
_HOST = "https://qyapi.weixin.qq.com"


class WecomAppSender:
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
            query = urlencode({"corpid": gateway.settings["corp_id"], "corpsecret": secrets["secret"]})
            answer = await call(self._client, "GET", f"{base}/cgi-bin/gettoken?{query}", headers={})
            found = self._judged(answer, _TOKEN_CODES)
            if not found.outcome.delivered:
                return found.outcome
            return Token(str(found.answer["access_token"]), float(found.answer.get("expires_in", 7200)))

        async def use(token: str) -> Verdict:
            url = f"{base}/cgi-bin/message/send?{urlencode({'access_token': token})}"
            found = self._judged(await post_json(self._client, url, self._payload(outgoing)), CODES)
            return _unless_invalid(found)

        return await self._tokens.call(gateway.id, gateway.version, fetch, use)

    def _judged(self, answer: Any, codes: Codes) -> Verdict:
        return verdict(answer, codes, self._real_now(), code_names=("errcode",), text_names=("errmsg",))

    def _payload(self, outgoing: Outgoing) -> dict[str, Any]:
        content = content_of(outgoing)
        assert outgoing.gateway is not None
        return {
            "touser": outgoing.target,
            "msgtype": "textcard",
            "agentid": int(outgoing.gateway.settings["agent_id"]),
            "textcard": {
                "title": cut_bytes(content["title"], 128),
                "description": cut_bytes("\n".join(content["lines"]), 512),
                # A card has one address: the page that answers it, which leads on to the console.
                "url": content.get("link") or content["url"],
                "btntxt": "详情",
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": 1800,
        }


def _unless_invalid(found: Verdict) -> Verdict:
    """A successful answer that names the user as invalid is none."""
    if not found.outcome.delivered:
        return found
    if found.answer.get("invaliduser") or found.answer.get("unlicenseduser"):
        who = found.answer.get("invaliduser") or found.answer.get("unlicenseduser")
        refused = Outcome(
            False,
            found.outcome.status_code,
            f"wecom: no such user {who}",
            is_final=True,
            error_code="wecom.invaliduser",
        )
        return Verdict(refused)
    return replace(found, outcome=replace(found.outcome, provider_id=_text(found.answer.get("msgid"))))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
