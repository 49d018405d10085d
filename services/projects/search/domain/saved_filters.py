"""Saved filters (常用筛选): a list's query under a name, kept private or shared with a region."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Visibility(StrEnum):
    """仅自己 private, 本区域共享 region."""

    PRIVATE = "private"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class SavedFilterDraft:
    """``query`` is the list's query string without ``?`` and cursor; ``region_code`` with whom it is shared."""

    name: str
    entity: str
    query: str
    visibility: Visibility = Visibility.PRIVATE
    region_code: str | None = None
