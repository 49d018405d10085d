"""Servers that behave like the vendors of messages do: signatures checked, tokens that expire, codes in the body.

Written from the vendors' documents and not from our senders, so that both have to be right to agree.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """``trickle`` sends a byte now and then for ever, ``endless`` as fast as it can."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    trickle: bool = False
    endless: bool = False
    hang: bool = False


def said(document: Any, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), {"content-type": "application/json", **named})


@dataclass
class Server:
    """``answer`` decides; what came is in ``requests``."""

    answer: Callable[[Request], Reply]
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            parts = urlsplit(target)
            request = Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            self.requests.append(request)
            await _write(writer, self.answer(request))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    if reply.hang:
        await asyncio.sleep(3600)
    lines = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    length = "" if reply.trickle or reply.endless else f"content-length: {len(reply.body)}\r\n"
    writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}{length}connection: close\r\n\r\n".encode() + reply.body)
    await writer.drain()
    while reply.trickle or reply.endless:
        writer.write(b"x" * (1 if reply.trickle else 16_384))
        await writer.drain()
        await asyncio.sleep(0.01 if reply.trickle else 0)


@asynccontextmanager
async def running(answer: Callable[[Request], Reply]) -> AsyncIterator[Server]:
    server = Server(answer)
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await server.serve(reader, writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


@dataclass
class WecomRobot:
    """developer.work.weixin.qq.com/document/path/91770."""

    key: str = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
    per_minute: int = 20
    taken: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.path != "/cgi-bin/webhook/send" or request.query.get("key") != self.key:
            return said({"errcode": 93000, "errmsg": "invalid webhook url"})
        message = request.json
        if message.get("msgtype") != "markdown" or len(message["markdown"]["content"].encode()) > 4096:
            return said({"errcode": 40008, "errmsg": "invalid message type"})
        if len(self.taken) >= self.per_minute:
            return said({"errcode": 45009, "errmsg": "api freq out of limit"})
        self.taken.append(message["markdown"]["content"])
        return said({"errcode": 0, "errmsg": "ok"})


@dataclass
class DingtalkRobot:
    """open.dingtalk.com/document/orgapp/customize-robot-security-settings."""

    secret: str = "SEC0123456789abcdef"
    token: str = "access-token-of-the-robot"
    taken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.query.get("access_token") != self.token:
            return said({"errcode": 300001, "errmsg": "token is not exist"})
        stamp = request.query.get("timestamp", "0")
        mac = hmac.HMAC(self.secret.encode("utf-8"), digestmod=hashlib.sha256)
        mac.update(stamp.encode("utf-8"))
        mac.update(b"\n")
        mac.update(self.secret.encode("utf-8"))
        expected = base64.b64encode(mac.digest()).decode("ascii")
        age = abs(datetime.now(UTC).timestamp() * 1000 - int(stamp))
        if request.query.get("sign") != expected or age > 3_600_000:
            return said({"errcode": 310000, "errmsg": "sign not match"})
        self.taken.append(request.json)
        return said({"errcode": 0, "errmsg": "ok"})


@dataclass
class FeishuRobot:
    """open.feishu.cn/document/client-docs/bot-v3/add-custom-bot."""

    secret: str = "feishu-secret"
    taken: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.path != "/open-apis/bot/v2/hook/abcd-1234":
            return said({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"})
        message = request.json
        key = (message.get("timestamp", "") + "\n" + self.secret).encode()
        expected = base64.b64encode(hmac.HMAC(key, b"", hashlib.sha256).digest()).decode()
        if message.get("sign") != expected:
            return said({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
        if message["msg_type"] != "interactive" or not message["card"]["elements"]:
            return said({"code": 9499, "msg": "Bad Request"})
        self.taken.append(message)
        return said({"code": 0, "msg": "success", "data": {}})


@dataclass
class Applications:
    """Application messages of the three vendors on one server; tokens can be made stale."""

    users: set[str] = field(default_factory=lambda: {"zhangsan", "ou_7d8a6e6df7621556ce0d21922b676706ccs"})
    tokens: int = 0
    stale: set[str] = field(default_factory=set)
    taken: list[dict[str, Any]] = field(default_factory=list)
    expires_in: int = 7200

    def __call__(self, request: Request) -> Reply:
        match request.path:
            case "/cgi-bin/gettoken":
                fits = request.query == {"corpid": "ww-corp", "corpsecret": "wecom-secret"}
                return self._token("access_token", "expires_in", 40001, fits)
            case "/gettoken":
                fits = request.query == {"appkey": "ding-key", "appsecret": "ding-secret"}
                return self._token("access_token", "expires_in", 40089, fits)
            case "/open-apis/auth/v3/tenant_access_token/internal":
                fits = request.json == {"app_id": "cli_app", "app_secret": "feishu-secret"}
                return self._token("tenant_access_token", "expire", 10014, fits, code="code", text="msg")
            case "/cgi-bin/message/send":
                return self._wecom(request)
            case "/topapi/message/corpconversation/asyncsend_v2":
                return self._dingtalk(request)
            case "/open-apis/im/v1/messages":
                return self._feishu(request)
        return said({"message": "no such path"}, 404)

    def _token(
        self, name: str, life: str, refused: int, fits: bool, *, code: str = "errcode", text: str = "errmsg"
    ) -> Reply:
        if not fits:
            return said({code: refused, text: "invalid credential"})
        self.tokens += 1
        return said({code: 0, text: "ok", name: f"token-{self.tokens}", life: self.expires_in})

    def _is_stale(self, token: str) -> bool:
        return token in self.stale or not token.startswith("token-")

    def _wecom(self, request: Request) -> Reply:
        if self._is_stale(request.query.get("access_token", "")):
            return said({"errcode": 42001, "errmsg": "access_token expired"})
        message = request.json
        card = message["textcard"]
        if message["msgtype"] != "textcard" or message["agentid"] != 1000002:
            return said({"errcode": 40056, "errmsg": "invalid agentid"})
        if (
            len(card["title"].encode()) > 128
            or len(card["description"].encode()) > 512
            or "://" not in card["url"]
        ):
            return said({"errcode": 40058, "errmsg": "param error"})
        if message["touser"] not in self.users:
            return said({"errcode": 0, "errmsg": "ok", "invaliduser": message["touser"], "msgid": "none"})
        self.taken.append(message)
        return said({"errcode": 0, "errmsg": "ok", "msgid": f"wecom-{len(self.taken)}"})

    def _dingtalk(self, request: Request) -> Reply:
        if self._is_stale(request.query.get("access_token", "")):
            return said({"errcode": 40014, "errmsg": "不合法的access_token"})
        message = request.json
        buttons = message["msg"]["action_card"]["btn_json_list"]
        if message["userid_list"] not in self.users or not all(button["action_url"] for button in buttons):
            return said({"errcode": 33012, "errmsg": "invalid userId"})
        self.taken.append(message)
        return said({"errcode": 0, "errmsg": "ok", "task_id": 256271667526})

    def _feishu(self, request: Request) -> Reply:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._is_stale(token):
            return said({"code": 99991663, "msg": "Invalid access token for authorization."}, 400)
        message = request.json
        if request.query.get("receive_id_type") != "open_id" or message["receive_id"] not in self.users:
            return said({"code": 230002, "msg": "Bot/User can NOT be found"}, 400)
        assert len(message["uuid"]) <= 50
        self.taken.append({**message, "content": json.loads(message["content"])})
        return said({"code": 0, "msg": "success", "data": {"message_id": "om_dc13264520392913993dd051dba21dcf"}})


@dataclass
class SignInPlatforms:
    """Who stands behind a code, as 企业微信 (document/path/91023) and 钉钉 (obtain-user-token) tell it.

    Both on one server, their page that hands out codes included: it sends the browser on at once, as their
    applications do. ``members`` by user id; whoever is in ``outsiders`` is known and no member.
    """

    members: set[str] = field(default_factory=lambda: {"zhangsan", "lisi"})
    outsiders: set[str] = field(default_factory=lambda: {"guest"})
    signed_in: str = "zhangsan"
    codes: dict[str, str] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    tokens: int = 0
    fails: bool = False

    def code_of(self, user_id: str) -> str:
        code = f"code-{len(self.codes)}-{user_id}"
        self.codes[code] = user_id
        return code

    def __call__(self, request: Request) -> Reply:
        if self.fails:
            return Reply(502, b"bad gateway")
        match request.path:
            case "/connect/oauth2/authorize" | "/oauth2/auth":
                return self._sent_back(request)
            case "/cgi-bin/gettoken":
                return self._app_token(request.query == {"corpid": "ww-corp", "corpsecret": "wecom-secret"}, 40001)
            case "/gettoken":
                return self._app_token(request.query == {"appkey": "ding-key", "appsecret": "ding-secret"}, 40089)
            case "/cgi-bin/auth/getuserinfo":
                return self._wecom(request)
            case "/v1.0/oauth2/userAccessToken":
                return self._ding_person(request)
            case "/v1.0/contact/users/me":
                return self._ding_me(request)
            case "/topapi/user/getbyunionid":
                return self._ding_member(request)
        return said({"message": "no such path"}, 404)

    def _sent_back(self, request: Request) -> Reply:
        name = "code" if request.path.startswith("/connect") else "authCode"
        back = urlencode({name: self.code_of(self.signed_in), "state": request.query["state"]})
        return Reply(302, headers={"location": f"{request.query['redirect_uri']}?{back}"})

    def _app_token(self, fits: bool, refused: int) -> Reply:
        if not fits:
            return said({"errcode": refused, "errmsg": "invalid credential"})
        self.tokens += 1
        return said({"errcode": 0, "errmsg": "ok", "access_token": f"app-{self.tokens}", "expires_in": 7200})

    def _is_stale(self, request: Request) -> bool:
        token = request.query.get("access_token", "")
        return token in self.stale or not token.startswith("app-")

    def _wecom(self, request: Request) -> Reply:
        if self._is_stale(request):
            return said({"errcode": 42001, "errmsg": "access_token expired"})
        user_id = self.codes.pop(request.query["code"], None)
        if user_id is None:
            return said({"errcode": 40029, "errmsg": "invalid code"})
        if user_id not in self.members:
            return said({"errcode": 0, "errmsg": "ok", "openid": f"o-{user_id}"})
        return said({"errcode": 0, "errmsg": "ok", "userid": user_id, "user_ticket": "t"})

    def _ding_person(self, request: Request) -> Reply:
        asked = request.json
        if (asked["clientId"], asked["clientSecret"]) != ("ding-key", "ding-secret"):
            return said({"code": "invalidClientIdOrSecret", "message": "无效的clientId或者clientSecret"}, 400)
        user_id = self.codes.pop(asked["code"], None)
        if user_id is None or asked["grantType"] != "authorization_code":
            return said({"code": "invalidParameter.authCode.notFound", "message": "不存在的临时授权码"}, 400)
        self.persons[token := f"person-{len(self.persons)}"] = user_id
        return said({"accessToken": token, "refreshToken": "r", "expireIn": 7200})

    def _ding_me(self, request: Request) -> Reply:
        user_id = self.persons.get(request.headers.get("x-acs-dingtalk-access-token", ""))
        if user_id is None:
            return said({"code": "InvalidAuthentication", "message": "不合法的access_token"}, 400)
        return said({"nick": "nick", "unionId": f"union-{user_id}", "openId": f"open-{user_id}"})

    def _ding_member(self, request: Request) -> Reply:
        if self._is_stale(request):
            return said({"errcode": 40014, "errmsg": "不合法的access_token"})
        user_id = request.json["unionid"].removeprefix("union-")
        if user_id in self.members:
            return said({"errcode": 0, "errmsg": "ok", "result": {"contact_type": 0, "userid": user_id}})
        if user_id in self.outsiders:
            return said({"errcode": 0, "errmsg": "ok", "result": {"contact_type": 1, "userid": user_id}})
        return said({"errcode": 60121, "errmsg": "找不到该用户"})


@dataclass
class SmsProvider:
    """A provider as many are: 200 whatever happened, ``Code`` tells; GET and POST alike."""

    taken: list[dict[str, Any]] = field(default_factory=list)
    code: str = "OK"

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "APPCODE sms-secret":
            return said({"Code": "SignatureDoesNotMatch", "Message": "no"})
        if self.code != "OK":
            return said({"Code": self.code, "Message": "business limit"})
        self.taken.append(request.json)
        return said({"Code": "OK", "BizId": f"biz-{len(self.taken)}"})


def bomb() -> Reply:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    return Reply(200, gzip.compress(b"\0" * 100_000_000, 9), {"content-encoding": "gzip"})
