"""SMS and voice calls through whatever provider the installation has: one request by the gateway's template."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from libs.common.webhooks.delivery import KEPT_OF_ERRORS, Outcome, call, judge_status
from libs.common.webhooks.outgoing import Answer, GuardedClient
from services.alerts.notifications.domain import sms
from services.alerts.notifications.domain.http_template import HttpTemplate, UnknownPlace, as_word, at_pointer
from services.alerts.notifications.outgoing import Outgoing
from services.alerts.notifications.senders.base import RealNow, Unusable, Vault, content_of, real_now, unusable

_TYPES = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded"}


class HttpGatewaySender:
    """``{text}`` is the message in at most the template's parts, with the link at its end where there is one."""

    def __init__(self, client: GuardedClient, vault: Vault, *, real_now: RealNow = real_now) -> None:
        self._client = client
        self._vault = vault
        self._real_now = real_now

    async def send(self, outgoing: Outgoing) -> Outcome:
        now = self._real_now()
        try:
            secrets = self._vault.of_gateway(outgoing)
            assert outgoing.gateway is not None
            template = HttpTemplate.model_validate(outgoing.gateway.settings)
            url, headers, body = template.filled(fields_of(outgoing, template, now), secrets)
        except Unusable as error:
            return unusable(error)
        except (UnknownPlace, ValidationError) as error:
            return unusable(Unusable(f"the gateway's template cannot be filled: {error}"[:KEPT_OF_ERRORS]))
        if template.encoding in _TYPES:
            headers = {"content-type": _TYPES[template.encoding], **{k.lower(): v for k, v in headers.items()}}
        answer = await call(self._client, template.method, url, headers=headers, content=_content(template, body))
        return answer if isinstance(answer, Outcome) else judged(answer, template, now)


def fields_of(outgoing: Outgoing, template: HttpTemplate, now: datetime) -> dict[str, str]:
    """What the template may name."""
    content = content_of(outgoing)
    link = str(content.get("link") or "")
    after = content["after"] + (f" {link}" if link and outgoing.kind == "sms" else "")
    text = (
        sms.fit(content["before"], content["subject"], after, parts=template.max_parts)
        if outgoing.kind == "sms"
        else content["before"] + content["subject"] + after
    )
    return {
        **{name: str(value) for name, value in content["fields"].items()},
        "id": str(outgoing.id),
        "to": outgoing.target,
        "text": text,
        "title": content["subject"],
        "link": link,
        "language": outgoing.language,
        "timestamp": str(int(now.timestamp())),
        "timestamp_ms": str(int(now.timestamp() * 1000)),
    }


def judged(answer: Answer, template: HttpTemplate, now: datetime) -> Outcome:
    """By the status, and by the value the template points at: a 200 with an error inside is a failure."""
    rules, document = template.success, _document(answer.body)
    is_wanted = answer.status in rules.statuses if rules.statuses else answer.is_success
    said = as_word(at_pointer(document, rules.error_pointer)) or f"answered {answer.status}"
    if rules.pointer is None:
        if is_wanted:
            return Outcome(True, answer.status, provider_id=_name(document, rules.id_pointer))
        by_status = judge_status(answer, now)
        # A status of success that is not among those wanted is none.
        return by_status if not by_status.delivered else Outcome(False, answer.status, said, error_code="refused")
    value = as_word(at_pointer(document, rules.pointer))
    if is_wanted and value in rules.equals:
        return Outcome(True, answer.status, provider_id=_name(document, rules.id_pointer))
    by_status = judge_status(answer, now)
    is_quota = value in rules.quota
    wait = answer.retry_after(now)
    return Outcome(
        False,
        answer.status,
        f"{value or '–'}: {said}"[:KEPT_OF_ERRORS],
        is_final=value in rules.final or by_status.is_final,
        gone=by_status.gone,
        wait_seconds=template.quota_wait_seconds if is_quota and wait is None else wait,
        error_code=f"gateway.{value}"[:100] if value else f"http.{answer.status}",
        is_quota=is_quota,
    )


def _content(template: HttpTemplate, body: Any) -> bytes | None:
    if template.encoding == "none":
        return None
    if template.encoding == "form":
        return str(body).encode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _name(document: Any, pointer: str | None) -> str | None:
    return as_word(at_pointer(document, pointer))[:200] or None


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
