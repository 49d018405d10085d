"""One attempt to deliver a message: POST, signed, to an allowed host, redirects refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from libs.common.webhooks.hosts import AllowedHosts, RefusedAddress
from libs.common.webhooks.outgoing import Answer, GuardedClient, Resolver, outgoing_client, resolve
from libs.common.webhooks.signing import signed_headers

__all__ = ["KEPT_OF_ERRORS", "Outcome", "WebhookClient", "call", "judge_status", "outgoing_client"]

KEPT_OF_ERRORS = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended.

    `is_final` failures are not tried again; `gone` asks never to be called again; `is_quota` says that the
    receiver takes no more for now, which is nobody's failure. `error_code` is a stable word for the cause;
    `provider_id` is the receiver's own name for the message, by which it speaks of it later.
    """

    delivered: bool
    status_code: int | None = None
    error: str | None = None
    is_final: bool = False
    gone: bool = False
    wait_seconds: float | None = None
    error_code: str | None = None
    is_quota: bool = False
    provider_id: str | None = None


class WebhookClient:
    """POST with Standard Webhooks signing, to allowed hosts only; see :class:`GuardedClient`."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        allowed: AllowedHosts,
        *,
        resolver: Resolver = resolve,
        real_now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline_seconds: float = 20.0,
    ) -> None:
        self._client = GuardedClient(client, allowed, resolver=resolver, deadline_seconds=deadline_seconds)
        self._real_now = real_now

    async def post(
        self,
        target: str,
        secrets: Sequence[str],
        message_id: str,
        body: str,
        *,
        content_type: str = "application/json",
    ) -> Outcome:
        """Send ``body``, signed with each of the secrets (several while one is being replaced)."""
        headers = {
            **signed_headers(secrets, message_id, self._real_now(), body),
            "content-type": content_type,
        }
        answer = await call(self._client, "POST", target, headers=headers, content=body.encode())
        return answer if isinstance(answer, Outcome) else judge_status(answer, self._real_now())


async def call(
    client: GuardedClient, method: str, url: str, *, headers: dict[str, str], content: bytes | None = None
) -> Answer | Outcome:
    """The answer, or how the call failed before there was one."""
    try:
        return await client.send(method, url, headers=headers, content=content)
    except RefusedAddress as error:
        return Outcome(
            False,
            error=f"refused: {error.reason}",
            is_final=error.reason != "unknown_host",
            error_code=f"refused.{error.reason}",
        )
    except TimeoutError:
        return Outcome(False, error="timed out", error_code="timeout")
    except httpx.TimeoutException as error:
        return Outcome(False, error=f"timed out: {type(error).__name__}", error_code="timeout")
    except httpx.HTTPError as error:
        return Outcome(False, error=f"{type(error).__name__}: {error}"[:KEPT_OF_ERRORS], error_code="network")
    except (OSError, UnicodeError) as error:
        return Outcome(False, error=f"cannot resolve: {error}"[:KEPT_OF_ERRORS], error_code="unknown_host")


def judge_status(answer: Answer, real_now: datetime) -> Outcome:
    """What the status alone says; a body that says otherwise is the adapter's to read."""
    code = answer.status
    if answer.is_success:
        return Outcome(True, status_code=code)
    if answer.is_redirect:
        return Outcome(
            False, status_code=code, error="redirects are not followed", is_final=True, error_code="redirect"
        )
    return Outcome(
        False,
        status_code=code,
        error=f"answered {code}",
        is_final=code == httpx.codes.GONE,
        gone=code == httpx.codes.GONE,
        wait_seconds=answer.retry_after(real_now),
        error_code=f"http.{code}",
    )
