"""The catalogue of words that digests are composed of."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from libs.common.workdays import SHANGHAI

_MESSAGES = Path(__file__).parent / "messages"


@lru_cache(maxsize=8)
def wording(language: str) -> dict[str, str]:
    """Words by key, in "zh-CN" or "en"."""
    loaded: dict[str, str] = json.loads((_MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def mute_words(language: str, kind: str, reason: str, ends_at: datetime, recipient: str) -> tuple[str, str, str]:
    """Subject, body and one sentence of the reminder that a silence, an inhibition rule or a maintenance window
    ends soon.
    """
    words = wording(language)
    facts = {
        "kind": words[f"mute.{kind}"],
        "reason": reason,
        "ends_at": ends_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "recipient": recipient,
    }
    subject = " ".join(words["mute.subject"].format_map(facts).split())
    sentence = words["mute.text"].format_map(facts)
    return subject, f"{words['greeting'].format_map(facts)}\n{sentence}\n", sentence
