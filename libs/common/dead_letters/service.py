"""Mending, replaying and discarding letters. A letter is settled once, in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from libs.common.context import Context
from libs.common.contracts.base import Event, EventPayload, Tombstone
from libs.common.dead_letters.errors import (
    LetterLeftBehind,
    LetterNotEditable,
    LetterSettled,
    LetterStillFails,
    LetterUnfit,
)
from libs.common.dead_letters.replaying import Replaying
from libs.common.dead_letters.tables import DeadLetterRow
from libs.common.inbox.repository import seen
from libs.common.inbox.subscription import Subscription
from libs.common.outages import is_database_outage
from libs.common.outbox.envelope import MalformedEvent, decode
from libs.common.remember import savepoint
from libs.common.security.principal import SYSTEM
from libs.common.web.problems import DomainError, FieldError


async def edit_letter(
    ctx: Context,
    means: Replaying,
    letter: DeadLetterRow,
    *,
    body: Mapping[str, Any] | None,
    headers: Mapping[str, str],
    reason: str,
) -> None:
    """Note what is to be handled instead; what came stays.

    ``letter`` is locked. ``body`` None leaves the body as it came, ``headers`` replace those of their names.
    Raises LetterSettled, LetterNotEditable, LetterUnfit.
    """
    _ensure_waiting(letter)
    subscription = means.subscription(letter.consumer, letter.topic)
    if letter.value is None or (subscription is None and letter.consumer not in means.untyped):
        raise LetterNotEditable(consumer=letter.consumer)
    value = letter.value if body is None else orjson.dumps(dict(body))
    if subscription is not None:
        _decoded(subscription, {**_pairs(letter), **headers}, value)
    letter.edited_value, letter.edited_headers = value, dict(headers)
    letter.edited_by, letter.edited_at, letter.edit_reason = ctx.principal.subject, ctx.now, reason
    letter.version += 1
    await ctx.session.flush()


async def replay_letter(ctx: Context, means: Replaying, letter: DeadLetterRow, reason: str) -> None:
    """Handle it now, as mended if it was. ``letter`` is locked.

    Raises LetterSettled, LetterLeftBehind, LetterStillFails, LetterUnfit; the letter then waits as before.
    """
    _ensure_waiting(letter)
    if letter.left_behind and letter.edited_value is None:
        raise LetterLeftBehind(topic=letter.topic, partition=letter.partition, offset=letter.log_offset)
    subscription = means.subscription(letter.consumer, letter.topic)
    try:
        if subscription is None:
            took_effect = await _put_back(means, letter)
        else:
            took_effect = await _handle(replace(ctx, principal=SYSTEM), subscription, letter)
    except (LetterUnfit, LetterNotEditable):
        raise
    except Exception as error:
        if is_database_outage(error):
            raise
        code = f"{error.code}: " if isinstance(error, DomainError) else ""
        raise LetterStillFails(cause=f"{code}{type(error).__name__}: {error}"[:500]) from error
    await _settle(ctx, letter, "replayed", reason, took_effect=took_effect)


async def discard_letter(ctx: Context, letter: DeadLetterRow, reason: str) -> None:
    """Say that it need not be handled. ``letter`` is locked. Raises LetterSettled."""
    _ensure_waiting(letter)
    await _settle(ctx, letter, "discarded", reason)


async def _settle(
    ctx: Context, letter: DeadLetterRow, state: str, reason: str, *, took_effect: bool | None = None
) -> None:
    letter.state, letter.settled_by, letter.settled_at = state, ctx.principal.subject, ctx.now
    letter.settle_reason, letter.took_effect = reason, took_effect
    letter.version += 1
    await ctx.session.flush()


async def _handle(ctx: Context, subscription: Subscription, letter: DeadLetterRow) -> bool:
    """As the consumer's runner does it: the inbox knows the event from then on, whoever brings it again."""
    headers = {**_pairs(letter), **(letter.edited_headers or {})}
    if letter.value is None:
        return await _handle_tombstone(ctx, subscription, letter, headers)
    value = letter.value if letter.edited_value is None else letter.edited_value
    event = _decoded(subscription, headers, value)
    async with savepoint(ctx.session):
        if await seen(ctx.session, letter.consumer, event.id, ctx.now):
            return False
        await subscription.handlers[type(event.payload)](ctx, event)
    return True


async def _handle_tombstone(
    ctx: Context, subscription: Subscription, letter: DeadLetterRow, headers: Mapping[str, str]
) -> bool:
    if subscription.on_tombstone is None or letter.record_key is None:
        raise LetterNotEditable(consumer=letter.consumer)
    version = headers.get("ce_aggregateversion", "")
    number = int(version) if version.isdecimal() else None
    async with savepoint(ctx.session):
        await subscription.on_tombstone(
            ctx, Tombstone(subscription.topic.name, letter.record_key.decode(), number)
        )
    return True


async def _put_back(means: Replaying, letter: DeadLetterRow) -> bool:
    put_back = means.put_back.get(letter.consumer)
    if put_back is None:
        raise LetterNotEditable(consumer=letter.consumer)
    headers = [(name, value.encode()) for name, value in letter.headers]
    value = letter.value if letter.edited_value is None else letter.edited_value
    await put_back(letter.topic, letter.record_key, value, headers, letter.partition)
    return True


def _ensure_waiting(letter: DeadLetterRow) -> None:
    if letter.state != "waiting":
        raise LetterSettled(state=letter.state, by=letter.settled_by)


def _pairs(letter: DeadLetterRow) -> dict[str, str]:
    return {each[0]: each[1] for each in letter.headers}


def _decoded(subscription: Subscription, headers: Mapping[str, str], value: bytes) -> Event[EventPayload]:
    """The event that a contract describes. Raises LetterUnfit naming each fault, LetterNotEditable."""
    try:
        event = decode(headers, value, subscription.contracts)
    except MalformedEvent as error:
        cause = error.__cause__
        if isinstance(cause, ValidationError):
            raise LetterUnfit(errors=[_fault(each) for each in cause.errors(include_url=False)]) from error
        fault = FieldError("field.value_error", "/headers", {"error": str(error)})
        raise LetterUnfit(errors=[fault]) from error
    if event is None:
        raise LetterNotEditable(consumer=headers.get("ce_type", ""))
    return event


def _fault(error: ErrorDetails) -> FieldError:
    pointer = "/body" + "".join(f"/{part}" for part in error["loc"])
    return FieldError("field.value_error", pointer, {"error": error["msg"]})
