"""Rows of many meters: one array as the argument, where a list of arguments ends at 32,767 of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Integer, any_, cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col


def is_among(column: Any, meter_indexes: Iterable[int]) -> ColumnElement[bool]:
    """Whether the column holds the index of one of these meters."""
    found: ColumnElement[bool] = col(column) == any_(cast(sorted(meter_indexes), ARRAY(Integer)))
    return found
