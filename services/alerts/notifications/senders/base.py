"""What senders share: the interface, opening secrets, judging an answer by the code in its body."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from libs.common.contracts.alerts import Severity
from libs.common.security.envelope import Envelope, SealBroken
from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome, call, judge_status
from libs.common.webhooks.outgoing import Answer, GuardedClient
from services.alerts.notifications.domain.forms import CONSOLE, LINK
from services.alerts.notifications.domain.message import Language
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.wording import wording

SECRET_PURPOSE = "webhook-secret"  # noqa: S105 - the name of a purpose, not a secret
CHANNEL_PURPOSE = "channel-secrets"
GATEWAY_PURPOSE = "gateway-secrets"

RealNow = Callable[[], datetime]


def real_now() -> datetime:
    """The world's time: signatures and tokens are judged by it, whatever a stack's clock says."""
    return datetime.now(UTC)


class Sender(Protocol):
    """One way out. Answers how it went and raises nothing but cancellation."""

    async def send(self, outgoing: Outgoing) -> Outcome: ...


class Unusable(Exception):
    """What is stored for the channel or gateway cannot be used: trying again would change nothing."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What a vendor's codes mean: 0 is success, what stands nowhere is tried again.

    `final`: the message or the address will never be taken. `quota`: too much for now. `stale`: the access
    token is no longer good. `gone`: the address is no more, and the channel rests.
    """

    name: str
    final: frozenset[int] = frozenset()
    quota: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome, and whether a fresh access token is worth another call."""

    outcome: Outcome
    is_stale: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)


class Vault:
    """Opens what channels and gateways keep sealed. Raises Unusable."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def of_channel(self, outgoing: Outgoing) -> dict[str, Any]:
        return self._open(outgoing.secret_sealed, CHANNEL_PURPOSE)

    def of_gateway(self, outgoing: Outgoing) -> dict[str, Any]:
        if outgoing.gateway is None:
            raise Unusable("the channel has no gateway")
        return self._open(outgoing.gateway.secrets_sealed, GATEWAY_PURPOSE)

    def _open(self, sealed: str | None, purpose: str) -> dict[str, Any]:
        if sealed is None:
            raise Unusable("the channel has no secret")
        try:
            opened: dict[str, Any] = json.loads(self._envelope.open(sealed, purpose))
        except (SealBroken, ValueError):
            raise Unusable("the secret cannot be opened") from None
        return opened


def content_of(outgoing: Outgoing) -> dict[str, Any]:
    """The message with its links filled in. A message whose link was not made points to the console instead."""
    parsed = _object(outgoing.body.replace(CONSOLE, _json_text(outgoing.console)).encode())
    if "title" not in parsed:
        return plain_content(outgoing)
    if outgoing.link is None:
        parsed.pop("link", None)
        return parsed
    return {name: _linked(value, outgoing.link) for name, value in parsed.items()}


def plain_content(outgoing: Outgoing) -> dict[str, Any]:
    """A message that was composed as plain text (a digest, a group) in the fields that every form knows."""
    text = text_of(outgoing).strip()
    empty = dict.fromkeys(("number", "severity", "region", "object", "post"), "")
    return {
        "title": outgoing.subject,
        "text": text,
        "body": text,
        "lines": text.split("\n"),
        "url": outgoing.console,
        "url_label": wording(Language(outgoing.language))["link.console"],
        "severity": "",
        "reason": outgoing.reason,
        "tag": None,
        "before": "",
        "subject": outgoing.subject,
        "after": "",
        "fields": empty | {"reason": outgoing.reason},
    }


def calls_all(outgoing: Outgoing, content: Mapping[str, Any]) -> bool:
    """Whether everybody in a group chat is to be called: from the severity on that the channel names."""
    named, severities = outgoing.options.get("mention_all_from"), [severity.value for severity in Severity]
    if named not in severities or content["severity"] not in severities:
        return False
    return severities.index(content["severity"]) >= severities.index(named)


def text_of(outgoing: Outgoing) -> str:
    """A plain text with its links filled in; the line of a link that was not made is left out."""
    lines = outgoing.body.replace(CONSOLE, outgoing.console).split("\n")
    if outgoing.link is None:
        return "\n".join(line for line in lines if LINK not in line)
    return "\n".join(lines).replace(LINK, outgoing.link)


def _linked(value: Any, link: str) -> Any:
    return value.replace(LINK, link) if isinstance(value, str) else value


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


async def post_json(
    client: GuardedClient, url: str, payload: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
) -> Answer | Outcome:
    """POST as vendors want it: JSON in UTF-8, Chinese as it is."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    given = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    return await call(client, "POST", url, headers=given, content=body)


def verdict(
    answer: Answer | Outcome,
    codes: Codes,
    now: datetime,
    *,
    code_names: Collection[str],
    text_names: Collection[str],
) -> Verdict:
    """Judge an answer by the number in its body, which vendors send with status 200 as well as with an error's.

    An answer that is no JSON object with such a number is a failure, whatever its status: something else than the
    vendor has answered.
    """
    if isinstance(answer, Outcome):
        return Verdict(answer)
    if answer.is_redirect:
        return Verdict(judge_status(answer, now))
    parsed = _object(answer.body)
    code = next((number for name in code_names if (number := _number(parsed.get(name))) is not None), None)
    if code is None or (code == 0 and not answer.is_success):
        by_status = judge_status(answer, now)
        if not by_status.delivered:
            return Verdict(by_status)
        return Verdict(
            Outcome(
                False, answer.status, f"{codes.name}: the answer names no code", error_code="answer_unreadable"
            )
        )
    if code == 0:
        return Verdict(Outcome(True, answer.status), answer=parsed)
    said = next((str(parsed[name]) for name in text_names if parsed.get(name)), "")
    outcome = Outcome(
        False,
        answer.status,
        f"{codes.name} {code}: {said}"[:KEPT_OF_ERRORS],
        is_final=code in codes.final or code in codes.gone,
        gone=code in codes.gone,
        wait_seconds=answer.retry_after(now),
        error_code=f"{codes.name}.{code}",
        is_quota=code in codes.quota or answer.status == 429,
    )
    return Verdict(outcome, is_stale=code in codes.stale, answer=parsed)


def unusable(error: Unusable) -> Outcome:
    return Outcome(False, error=str(error), is_final=True, error_code="unusable")


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def markdown_safe(text: str) -> str:
    """A text from outside inside markdown: it mentions nobody and hides no address behind other words."""
    return text.replace("<", "＜").replace(">", "＞").replace("](", "] (").replace("\n", " ")


def cut_bytes(text: str, limit: int) -> str:
    """The text in at most `limit` bytes of UTF-8, with an ellipsis where it was cut."""
    raw = text.encode()
    return text if len(raw) <= limit else raw[: limit - 3].decode(errors="ignore") + "…"
