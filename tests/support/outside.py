"""Receivers of every kind of message, in the test's own process, so that they outlive what a test kills.

They behave as the vendors do (tests/support/vendors.py) and note what each took. They can keep one process
waiting: whoever it is sending to has the request and has not answered, which is the moment to kill it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import http_ece
import psutil
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.alerts.notifications.domain.forms import LINK
from services.alerts.notifications.senders.vapid import encoded
from tests.support.vendors import (
    Applications,
    DingtalkRobot,
    FeishuRobot,
    Reply,
    Request,
    Server,
    SmsProvider,
    WecomRobot,
)
from tests.support.world import COUNTY, World, ok

_NUMBER, _USER, _OPEN_ID = "13800000000", "zhangsan", "ou_7d8a6e6df7621556ce0d21922b676706ccs"
_AGENT = 1000002
# Kinds whose request carries the delivery's id; the others are known by what they say.
BY_ID = frozenset({"sms", "voice", "web_push", "feishu_app"})
KINDS = BY_ID | {"wecom_app", "dingtalk_app", "wecom_robot", "dingtalk_robot", "feishu_robot"}
_WAIT = 300
_AUTH = b"a" * 16


@dataclass
class Outside(Server):
    """``taken`` counts by kind what was taken over, by the delivery's id or by its words."""

    answer: Callable[[Request], Reply] = field(init=False)
    taken: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in KINDS})
    _kept_pid: int | None = None
    _caught: threading.Event = field(default_factory=threading.Event)
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answer = self.judge
        self.robots = WecomRobot(per_minute=10**9), DingtalkRobot(), FeishuRobot()
        self.applications, self.provider = Applications(), SmsProvider()
        self.browser = ec.generate_private_key(ec.SECP256R1())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")[1]
        if self._kept_pid is not None and _is_of(self._kept_pid, peer):
            # The request is on its way here and will have no answer before the release.
            self._caught.set()
            await self._released.wait()
        await super().serve(reader, writer)

    @contextmanager
    def keeping(self, pid: int, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Within the block a request of that process waits for its answer."""
        self._caught.clear()
        loop.call_soon_threadsafe(self._keep, pid)
        try:
            assert self._caught.wait(_WAIT), f"process {pid} has sent nothing within {_WAIT} s"
            yield
        finally:
            loop.call_soon_threadsafe(self._keep, None)

    def _keep(self, pid: int | None) -> None:
        self._kept_pid = pid
        if pid is None:
            self._released.set()
        else:
            self._released.clear()

    def judge(self, request: Request) -> Reply:
        """As the vendor whose address it is; what it took is counted."""
        wecom, dingtalk, feishu = self.robots
        match request.path:
            case "/cgi-bin/webhook/send":
                return self._count("wecom_robot", wecom(request), lambda: request.json["markdown"]["content"])
            case "/robot/send":
                return self._count("dingtalk_robot", dingtalk(request), lambda: request.json["markdown"]["text"])
            case "/open-apis/bot/v2/hook/abcd-1234":
                return self._count("feishu_robot", feishu(request), lambda: json.dumps(request.json["card"]))
            case "/sms" | "/voice":
                reply = self.provider(request)
                return self._count(request.path[1:], reply, lambda: str(request.json["serial"]))
            case "/push":
                return self._count("web_push", Reply(201), lambda: str(self._shown(request)["id"]))
            case "/cgi-bin/message/send":
                reply = self.applications(request)
                return self._count("wecom_app", reply, lambda: json.dumps(request.json["textcard"]))
            case "/topapi/message/corpconversation/asyncsend_v2":
                reply = self.applications(request)
                return self._count("dingtalk_app", reply, lambda: json.dumps(request.json["msg"]))
            case "/open-apis/im/v1/messages":
                return self._count("feishu_app", self.applications(request), lambda: str(request.json["uuid"]))
        return self.applications(request)

    def _shown(self, request: Request) -> dict[str, Any]:
        """What the browser reads of a push."""
        told = http_ece.decrypt(request.body, private_key=self.browser, auth_secret=_AUTH, version="aes128gcm")
        shown: dict[str, Any] = json.loads(told)
        return shown

    def _count(self, kind: str, reply: Reply, known_by: Callable[[], str]) -> Reply:
        if _took(reply):
            self.taken[kind][known_by().replace("-", "") if kind in BY_ID else known_by()] += 1
        return reply


@dataclass(frozen=True)
class Post:
    """The receivers at work, and the loop they work on."""

    outside: Outside
    loop: asyncio.AbstractEventLoop

    def keeping(self, pid: int) -> AbstractContextManager[None]:
        return self.outside.keeping(pid, self.loop)


@contextmanager
def receiving() -> Iterator[Post]:
    """The receivers in a thread of their own: the test may wait without an event loop."""
    started, stopping = threading.Event(), asyncio.Event()
    found: list[Post] = []

    async def work() -> None:
        outside = Outside()
        listening = await asyncio.start_server(outside.serve, "127.0.0.1", 0)
        outside.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        found.append(Post(outside, asyncio.get_running_loop()))
        started.set()
        async with listening:
            await stopping.wait()

    thread = threading.Thread(target=lambda: asyncio.run(work()), name="outside", daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=60)


def join(world: World, outside: Outside) -> None:
    """Gateways and channels of every kind for the officer, robots for the officers' group chats.

    The policies of ways name all that is personal for every severity at once, SMS and calls included.
    """
    url, officer = outside.url, world.people["officer"]
    wecom, dingtalk, feishu = outside.robots
    provider = {
        "headers": {"Authorization": "APPCODE {secret.code}"},
        "body": {"to": "{to}", "content": "{text}", "serial": "{id}"},
        "success": {"pointer": "/Code", "equals": ["OK"], "id_pointer": "/BizId"},
    }
    gateways: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "wecom_app": ({"corp_id": "ww-corp", "agent_id": _AGENT, "base_url": url}, {"secret": "wecom-secret"}),
        "dingtalk_app": (
            {"app_key": "ding-key", "agent_id": _AGENT, "base_url": url},
            {"app_secret": "ding-secret"},
        ),
        "feishu_app": ({"app_id": "cli_app", "base_url": url}, {"app_secret": "feishu-secret"}),
        "sms": (provider | {"url": f"{url}/sms"}, {"code": "sms-secret"}),
        "voice": (provider | {"url": f"{url}/voice"}, {"code": "sms-secret"}),
    }
    personal = {
        "wecom_app": _USER,
        "dingtalk_app": _USER,
        "feishu_app": _OPEN_ID,
        "sms": _NUMBER,
        "voice": _NUMBER,
    }
    robots = {
        "wecom_robot": (f"{url}/cgi-bin/webhook/send?key={wecom.key}", None),
        "dingtalk_robot": (f"{url}/robot/send?access_token={dingtalk.token}", dingtalk.secret),
        "feishu_robot": (f"{url}/open-apis/bot/v2/hook/abcd-1234", feishu.secret),
    }
    # Vendors' quotas would make the test wait by the minute; they have tests of their own.
    limits = [{"count": 10_000, "seconds": 1}]
    point = outside.browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": encoded(point), "auth": encoded(_AUTH)}
    push = {"endpoint": f"{url}/push", "keys": keys}
    stages = [{"after_minutes": 0, "kinds": ["webhook", "mail", "web_push", *gateways]}]
    with world.api("alerts") as alerts:
        for severity in ("blue", "yellow", "orange", "red"):
            ok(alerts.put(f"/v1/way-policies/{severity}", json={"definition": {"stages": stages}}))
        for kind, (settings, secrets) in gateways.items():
            ok(
                alerts.post(
                    "/v1/gateways", json={"name": kind, "kind": kind, "settings": settings, "secrets": secrets}
                )
            )
        for kind, target in personal.items():
            ok(
                alerts.post(
                    "/v1/channels",
                    json={"name": kind, "kind": kind, "target": target, "person_id": officer, "limits": limits},
                )
            )
        ok(
            alerts.post(
                "/v1/channels",
                json={"name": "push", "kind": "web_push", "subscription": push, "person_id": officer},
            )
        )
        for kind, (target, secret) in robots.items():
            place = {"post": "officer", "region_code": COUNTY, "secret": secret, "limits": limits}
            ok(alerts.post("/v1/channels", json={"name": kind, "kind": kind, "target": target, **place}))


async def promised(connection: asyncpg.Connection) -> dict[str, Counter[str]]:
    """By kind, what the database promised: ids where requests carry them, else what is said apart from any other.

    A message that holds a link of its own is like no other; of those without one, two of the same words are alike.
    """
    found: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    rows = await connection.fetch("SELECT id, kind, body FROM delivery WHERE kind = ANY($1)", sorted(KINDS))
    for row in rows:
        if row["kind"] in BY_ID:
            found[row["kind"]][row["id"].hex] += 1
        else:
            own = row["id"].hex if LINK in row["body"] else ""
            found[row["kind"]][row["body"] + own] += 1
    return found


async def cut_off(connection: asyncpg.Connection) -> int:
    """Attempts that a kill left without an end."""
    return int(await connection.fetchval("SELECT count(*) FROM delivery_attempt WHERE outcome = 'interrupted'"))


def compare(wanted: Mapping[str, Counter[str]], taken: Mapping[str, Counter[str]]) -> None:
    """Nothing that was promised is missing, and nothing arrived that nobody promised."""
    for kind in sorted(KINDS):
        assert wanted[kind], f"no message by {kind} was promised"
        if kind in BY_ID:
            missing, foreign = set(wanted[kind]) - set(taken[kind]), set(taken[kind]) - set(wanted[kind])
            assert not missing, f"{len(missing)} of {len(wanted[kind])} promised by {kind} never arrived"
            assert not foreign, f"{len(foreign)} arrived by {kind} that nobody promised"
        else:
            counts = len(wanted[kind]), len(taken[kind])
            assert counts[0] == counts[1], f"{kind}: {counts[0]} different messages promised, {counts[1]} arrived"
            assert sum(taken[kind].values()) >= sum(wanted[kind].values()), f"{kind}: fewer arrived than promised"


def _is_of(pid: int, port: int) -> bool:
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(connection.laddr and connection.laddr.port == port for connection in connections)


def _took(reply: Reply) -> bool:
    if not 200 <= reply.status < 300:
        return False
    if not reply.body:
        return True
    document = json.loads(reply.body)
    codes = [document[name] for name in ("errcode", "code", "Code") if name in document]
    return bool(codes) and codes[0] in (0, "OK") and "invaliduser" not in document
