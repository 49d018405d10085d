"""Keyset pages: a cursor holds the sort key of the last row seen, so pages neither skip nor repeat rows.

A cursor is opaque to callers but not secret, and not signed: it only says where to go on in a list that is
already cut to what the caller may see. What it says is checked against the list's order and types.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, and_, false, or_, tuple_

RowT = TypeVar("RowT")

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
_MAX_CURSOR = 4096


def adapter_of(type_: Any) -> TypeAdapter[Any]:
    """Reads values of ``type_`` from text; an instant needs its zone, else it would be somebody's guess."""
    return TypeAdapter(AwareDatetime if type_ is datetime else type_)


class InvalidCursor(ValueError):
    """The cursor is not one of this list in this order."""


@dataclass(frozen=True)
class SortKey:
    """One part of a list's order. ``nullable`` rows without a value stand last, in either direction."""

    name: str
    column: Any
    type: Any
    descending: bool = False
    nullable: bool = False

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return adapter_of(self.type)

    def order(self) -> ColumnElement[Any]:
        ordered: ColumnElement[Any] = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Rows that stand after ``value`` by this part of the order alone."""
        if value is None:
            return false()
        later: ColumnElement[bool] = self.column < value if self.descending else self.column > value
        return or_(later, self.column.is_(None)) if self.nullable else later

    def same(self, value: Any) -> ColumnElement[bool]:
        equal: ColumnElement[bool] = self.column.is_(None) if value is None else self.column == value
        return equal


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Rows of one page; ``next_cursor`` is None on the last."""

    items: Sequence[RowT]
    next_cursor: str | None = None


def after(keys: Sequence[SortKey], values: Sequence[Any]) -> ColumnElement[bool]:
    """The condition for rows that stand after ``values`` in the order of ``keys``."""
    if not any(key.nullable for key in keys) and len({key.descending for key in keys}) == 1:
        # PostgreSQL walks an index of these columns for a row comparison, not for the written-out form.
        # A plain tuple takes the columns' types; literals would bind an instant without its zone.
        columns, place = tuple_(*(key.column for key in keys)), tuple(values)
        return columns < place if keys[0].descending else columns > place
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, value in zip(keys, values, strict=True):
        alternatives.append(and_(*equal, key.beyond(value)))
        equal.append(key.same(value))
    return or_(*alternatives)


def encode_cursor(keys: Sequence[SortKey], values: Sequence[Any], salt: str = "") -> str:
    """The cursor of the row whose sort key is ``values``; ``salt`` ties it to the list's filters."""
    content = [_signature(keys, salt), *(_plain(value) for value in values)]
    return base64.urlsafe_b64encode(orjson.dumps(content)).rstrip(b"=").decode()


def decode_cursor(keys: Sequence[SortKey], cursor: str, salt: str = "") -> list[Any]:
    """The sort key in a cursor. Raises InvalidCursor for any other list, order, filter or nonsense."""
    if not cursor or len(cursor) > _MAX_CURSOR:
        raise InvalidCursor
    try:
        content = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursor from error
    if not isinstance(content, list) or len(content) != len(keys) + 1 or content[0] != _signature(keys, salt):
        raise InvalidCursor
    return [_typed(key, value) for key, value in zip(keys, content[1:], strict=True)]


def _signature(keys: Sequence[SortKey], salt: str) -> str:
    text = ",".join(("-" if key.descending else "") + key.name for key in keys) + "\n" + salt
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def _plain(value: Any) -> str | None:
    match value:
        case None:
            return None
        case Enum():
            return str(value.value)
        case datetime() | date():
            return value.isoformat()
        case UUID() | Decimal() | int() | float() | str():
            return str(value)
        case _:
            raise TypeError(f"a list cannot be sorted by {type(value).__name__}")


def _typed(key: SortKey, value: Any) -> Any:
    if value is None and key.nullable:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise InvalidCursor
    try:
        return key.adapter.validate_strings(value)
    except ValidationError as error:
        raise InvalidCursor from error
