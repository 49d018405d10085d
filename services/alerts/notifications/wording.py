"""The catalogue of words that messages are composed of."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from services.alerts.notifications.domain.message import Language

_MESSAGES = Path(__file__).parent / "messages"


@lru_cache(maxsize=8)
def wording(language: Language) -> dict[str, str]:
    """Words by key, in one language."""
    loaded: dict[str, str] = json.loads((_MESSAGES / f"{language.value}.json").read_text(encoding="utf-8"))
    return loaded
