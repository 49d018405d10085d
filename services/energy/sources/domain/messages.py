"""Messages of a broker as bodies: many small ones make one delivery, so that each costs little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

# Formats of single readings as JSON; the empty one leaves it to the bytes.
_SINGLE: Final = frozenset({"", "ndjson", "json_readings"})
MAX_BODY: Final = 4 * 2**20


class UnreadableMessage(Exception):
    """The message is promised to be JSON and is not."""


@dataclass(frozen=True, slots=True)
class Message:
    """``place`` is how its broker knows it again; ``meter_no``: what its topic says, if the feed goes by that."""

    place: Any
    payload: bytes
    meter_no: str | None = None
    # Told again by the broker to whoever comes: it keeps to itself, so that its like is recognised.
    is_retained: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """Messages that make one body. ``is_lines``: an NDJSON of single readings, else one message as it came."""

    messages: tuple[Message, ...]
    body: bytes
    is_lines: bool


@dataclass(frozen=True, slots=True)
class Poison:
    """A message nothing can be made of."""

    message: Message
    error: UnreadableMessage


def lines_of(message: Message, format_name: str) -> list[bytes] | None:
    """The readings of a message, a line each; None for a message that is a body of its own.

    Raises UnreadableMessage where the format promises JSON.
    """
    if format_name not in _SINGLE:
        return None
    try:
        decoded = msgspec.json.decode(message.payload)
    except msgspec.DecodeError as error:
        if format_name == "ndjson" and b"\n" in message.payload.strip():
            # Several lines in a message: each is judged by itself.
            return [line for line in message.payload.split(b"\n") if line.strip()]
        if format_name:
            raise UnreadableMessage(str(error)) from error
        return None
    readings = decoded if isinstance(decoded, list) else [decoded]
    if not readings or not all(isinstance(item, dict) and "value" in item for item in readings):
        if format_name == "ndjson":
            raise UnreadableMessage("neither a reading nor a list of readings")
        return None
    if message.meter_no is not None:
        readings = [{"meter_no": message.meter_no} | item for item in readings]
    return [msgspec.json.encode(item) for item in readings]


def bundles(messages: Sequence[Message], format_name: str) -> list[Bundle | Poison]:
    """Bodies of the messages, in their order."""
    found: list[Bundle | Poison] = []
    held: list[Message] = []
    lines: list[bytes] = []
    size = 0

    def close() -> None:
        nonlocal size
        if held:
            found.append(Bundle(tuple(held), b"\n".join(lines), is_lines=True))
        held.clear()
        lines.clear()
        size = 0

    for message in messages:
        try:
            own = lines_of(message, format_name)
        except UnreadableMessage as error:
            close()
            found.append(Poison(message, error))
            continue
        if own is None or message.is_retained:
            close()
            body = message.payload if own is None else b"\n".join(own)
            found.append(Bundle((message,), body, is_lines=own is not None))
            continue
        own_size = sum(map(len, own)) + len(own)
        if size + own_size > MAX_BODY:
            close()
        held.append(message)
        lines.extend(own)
        size += own_size
    close()
    return found
