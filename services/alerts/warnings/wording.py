"""The readers' words for enumerations in titles and texts."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

_MESSAGES = Path(__file__).parent / "messages"


@lru_cache(maxsize=8)
def words(language: str) -> dict[str, str]:
    """Words by ``field.value``, in "zh-CN" or "en"."""
    loaded: dict[str, str] = json.loads((_MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
    return loaded
