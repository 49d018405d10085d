"""Gateways spoken to by a template: how a provider of SMS or calls wants its request, and how it says yes or no.

``{name}`` in texts of the template is filled in: the names of ``FIELDS``, and ``{secret.<name>}`` for what is kept
sealed. Values are put into JSON as values, into addresses and forms percent-encoded, into headers without line
breaks: a name of an enterprise breaks out of nothing. The host of the address is never filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

# id: ours, stable over attempts (idempotency key). text: the whole message. to: whom.
FIELDS = frozenset(
    {
        "id", "to", "text", "title", "number", "severity", "region", "object", "post", "reason", "link",
        "timestamp", "timestamp_ms", "language",
    }
)  # fmt: skip
_PLACE = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_]+)?)\}")
_SECRET = "secret."  # noqa: S105 - a prefix of names
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})
_DEEPEST = 20


class UnknownPlace(ValueError):
    """A template names something that nobody fills in."""


class Success(BaseModel):
    """When the provider took the message: the status, and if ``pointer`` is given also the value there.

    ``final`` values (at ``pointer``) say that it never will, ``quota`` values that it takes no more for now; other
    values are tried again. ``error_pointer`` and ``id_pointer`` find the provider's words and its name for the
    message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    statuses: tuple[int, ...] = ()
    pointer: str | None = None
    equals: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    quota: tuple[str, ...] = ()
    error_pointer: str | None = None
    id_pointer: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for pointer in (self.pointer, self.error_pointer, self.id_pointer):
            if pointer is not None and pointer != "" and not pointer.startswith("/"):
                raise ValueError(f"{pointer!r} is no JSON pointer")
        if self.pointer is not None and not self.equals:
            raise ValueError("a pointer needs the values that mean success")
        return self


class Reports(BaseModel):
    """How the provider reports later what became of a message: it POSTs JSON or a form to the gateway's own
    address.

    ``items`` points to a list of reports (absent: the body is one, or a list of them). The message is known by the
    provider's name for it, or by our id.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: str | None = None
    id_pointer: str
    status_pointer: str
    arrived: tuple[str, ...] = Field(min_length=1)
    failed: tuple[str, ...] = ()


class HttpTemplate(BaseModel):
    """One request. ``body`` is sent as JSON or as a form; ``max_parts`` bounds an SMS."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["GET", "POST", "PUT"] = "POST"
    url: str = Field(min_length=8, max_length=2000)
    headers: dict[str, str] = Field(default_factory=dict, max_length=30)
    encoding: Literal["json", "form", "none"] = "json"
    body: JsonValue = None
    success: Success = Success()
    reports: Reports | None = None
    max_parts: int = Field(default=2, ge=1, le=10)
    quota_wait_seconds: float = Field(default=60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or "{" in parts.netloc or not parts.netloc:
            raise ValueError("the address begins with https:// and a fixed host")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
                raise ValueError(f"{name!r} is no header of the template's own")
            if any(ord(character) < 32 for character in value):
                raise ValueError(f"the header {name} holds a control character")
        if self.encoding == "form" and not (
            isinstance(self.body, dict) and all(isinstance(value, str) for value in self.body.values())
        ):
            raise ValueError("a form is an object of texts")
        return self

    def places(self) -> frozenset[str]:
        """All names that the template wants filled in."""
        texts = [self.url, *self.headers.values(), *_texts(self.body, 0)]
        return frozenset(name for text in texts for name in _PLACE.findall(text))

    def check_places(self, secrets: frozenset[str]) -> None:
        """Raises UnknownPlace naming those that nothing fills in."""
        known = FIELDS | {_SECRET + name for name in secrets}
        unknown = sorted(self.places() - known)
        if unknown:
            raise UnknownPlace(", ".join(unknown))

    def filled(
        self, fields: Mapping[str, str], secrets: Mapping[str, str]
    ) -> tuple[str, dict[str, str], JsonValue | str]:
        """Address, headers and body (a form already as text). Raises UnknownPlace."""
        values = {**fields, **{_SECRET + name: value for name, value in secrets.items()}}
        url = _fill(self.url, values, lambda value: quote(value, safe=""))
        headers = {name: _fill(text, values, _one_line) for name, text in self.headers.items()}
        body = _fill_json(self.body, values)
        if self.encoding == "form" and isinstance(body, dict):
            return url, headers, urlencode({name: str(value) for name, value in body.items()})
        return url, headers, body


def at_pointer(document: Any, pointer: str | None) -> Any:
    """The value at a JSON pointer (RFC 6901), None where there is none."""
    if pointer is None:
        return None
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(name)
        elif isinstance(found, list) and name.isascii() and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


def as_word(value: object) -> str:
    """How a value of an answer is compared: true is "true", 0 is "0", nothing is ""."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fill(text: str, values: Mapping[str, str], safe: Callable[[str], str]) -> str:
    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise UnknownPlace(match[1])
        return safe(values[match[1]])

    return _PLACE.sub(put, text)


def _fill_json(value: JsonValue, values: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return _fill(value, values, str)
    if isinstance(value, list):
        return [_fill_json(item, values) for item in value]
    if isinstance(value, dict):
        return {name: _fill_json(item, values) for name, item in value.items()}
    return value


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _texts(value: JsonValue, depth: int) -> list[str]:
    if depth > _DEEPEST:
        raise ValueError("the body is nested too deeply")
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item, depth + 1)]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item, depth + 1)]
    return []
