from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Date, Integer, String, Uuid
from sqlalchemy.dialects import postgresql

from libs.common.web.pagination import InvalidCursor, SortKey, after, decode_cursor, encode_cursor

IDENTITY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


class Stage(StrEnum):
    SIGNED = "signed"


def key(name: str, type_: Any, *, descending: bool = False, nullable: bool = False) -> SortKey:
    return SortKey(name, Column(name, String), type_, descending=descending, nullable=nullable)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (UUID, IDENTITY),
        (datetime, datetime(2026, 9, 15, 1, 2, 3, 456789, tzinfo=UTC)),
        (date, date(2026, 2, 28)),
        (Decimal, Decimal("12345678901234567890.0123")),
        (int, -(2**62)),
        (float, 0.1),
        (str, "通山县 ,\"'"),
        (Stage, Stage.SIGNED),
    ],
)
def test_cursor_returns_the_same_value_when_read_again(type_: Any, value: Any) -> None:
    keys = [key("x", type_), key("id", UUID)]

    assert decode_cursor(keys, encode_cursor(keys, [value, IDENTITY])) == [value, IDENTITY]


def test_cursor_keeps_null_when_the_key_may_be_absent() -> None:
    keys = [key("x", date, nullable=True), key("id", UUID)]

    assert decode_cursor(keys, encode_cursor(keys, [None, IDENTITY])) == [None, IDENTITY]


@pytest.mark.parametrize(
    "other",
    [
        [key("y", int), key("id", UUID)],
        [key("x", int, descending=True), key("id", UUID)],
        [key("x", int)],
    ],
)
def test_cursor_is_refused_when_the_order_differs(other: list[SortKey]) -> None:
    cursor = encode_cursor([key("x", int), key("id", UUID)], [1, IDENTITY])

    with pytest.raises(InvalidCursor):
        decode_cursor(other, cursor)


def test_cursor_is_refused_when_the_filters_differ() -> None:
    keys = [key("id", UUID)]

    with pytest.raises(InvalidCursor):
        decode_cursor(keys, encode_cursor(keys, [IDENTITY], "filter[a]=1"), "filter[a]=2")


@pytest.mark.parametrize("value", ["not-a-number", None, "1\x00"])
def test_cursor_is_refused_when_its_value_has_another_type(value: Any) -> None:
    forged = encode_cursor([key("x", str)], [value])

    with pytest.raises(InvalidCursor):
        decode_cursor([key("x", int)], forged)


@given(st.text(max_size=200))
def test_cursor_is_refused_when_it_is_nonsense(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor([key("id", UUID)], text)


def _sql(keys: list[SortKey], values: list[Any]) -> str:
    compiled = after(keys, values).compile(dialect=postgresql.asyncpg.dialect())  # type: ignore[no-untyped-call]
    return " ".join(str(compiled).split())


def test_condition_is_a_row_comparison_when_one_direction_and_no_nulls() -> None:
    keys = [
        SortKey("on", Column("on_", Date), date, descending=True),
        SortKey("id", Column("id", Uuid), UUID, descending=True),
    ]

    assert _sql(keys, [date(2026, 1, 1), IDENTITY]) == "(on_, id) < ($1::DATE, $2::UUID)"


def test_condition_is_written_out_when_directions_differ_or_nulls_occur() -> None:
    keys = [
        SortKey("n", Column("n", Integer), int, nullable=True),
        SortKey("id", Column("id", Uuid), UUID, descending=True),
    ]

    assert _sql(keys, [3, IDENTITY]) == "n > $1::INTEGER OR n IS NULL OR n = $2::INTEGER AND id < $3::UUID"
    assert "n IS NULL AND id <" in _sql(keys, [None, IDENTITY])
