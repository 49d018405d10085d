"""The words of tables for people: headings and the kinds of entries."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

_MESSAGES = Path(__file__).parent / "messages"


@lru_cache(maxsize=8)
def wording(language: str) -> dict[str, str]:
    """Words by key, in one language."""
    loaded: dict[str, str] = json.loads((_MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
    return loaded
