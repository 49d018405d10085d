"""Filters by region that the lists of this slice share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false

from libs.common import regions


def within(column: Any, code: str) -> ColumnElement[bool]:
    """Rows of the region's subtree; a malformed code has none."""
    try:
        inside: ColumnElement[bool] = column.like(f"{regions.prefix(code)}%")
    except regions.InvalidRegionCode:
        return false()
    return inside
