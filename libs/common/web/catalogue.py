"""Message catalogues: what a code says in each language, and which language a caller reads.

A catalogue file is JSON, one object a code: ``{"project.late": {"title": "…", "detail": "… {due_on} …"}}``.
``term.<EnumClass>.<value>`` entries name enumeration values, so ``{stage}`` reads 签约 rather than "signed".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import structlog

LANGUAGES = ("zh-CN", "en")
# The offices that run the software read Chinese; a client that wants English says so.
DEFAULT_LANGUAGE = "zh-CN"
COMMON_MESSAGES = Path(__file__).parent / "messages"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One entry: ``title`` is the same for every occurrence, ``detail`` speaks of this one, "" if none."""

    title: str
    detail: str = ""

    def placeholders(self) -> frozenset[str]:
        """Names of the parameters that the texts mention."""
        parts = [*Formatter().parse(self.title), *Formatter().parse(self.detail)]
        return frozenset(name for _, name, _, _ in parts if name)


class Catalogue:
    """The messages of all given directories; a code may stand in one directory only."""

    def __init__(self, directories: Sequence[Path] = ()) -> None:
        """Raises ``ValueError`` for a code given twice or a file that is not a catalogue."""
        self._messages: dict[str, dict[str, Message]] = {language: {} for language in LANGUAGES}
        for directory in (COMMON_MESSAGES, *directories):
            for language in LANGUAGES:
                self._load(directory / f"{language}.json", language)

    def _load(self, path: Path, language: str) -> None:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = self._messages[language]
        for code, entry in entries.items():
            if code in known:
                raise ValueError(f"{path}: {code} has a message already")
            if not isinstance(entry, dict) or not isinstance(entry.get("title"), str):
                raise ValueError(f"{path}: {code} needs a title")
            known[code] = Message(title=entry["title"], detail=entry.get("detail", ""))

    def codes(self, language: str) -> frozenset[str]:
        return frozenset(self._messages[language])

    def find(self, code: str, language: str) -> Message | None:
        return self._messages[language].get(code)

    def title(self, code: str, language: str, params: Mapping[str, object] | None = None) -> str:
        """The title in ``language``; the code itself where an entry is missing, which a test forbids."""
        message = self.find(code, language)
        if message is None:
            _log.error("message_missing", code=code, language=language)
            return code
        return self._render(message.title, language, params or {})

    def detail(self, code: str, language: str, params: Mapping[str, object]) -> str:
        """What this occurrence is about, "" when the entry has no detail."""
        message = self.find(code, language)
        return self._render(message.detail, language, params) if message else ""

    def _render(self, template: str, language: str, params: Mapping[str, object]) -> str:
        if "{" not in template:
            return template
        shown = {name: self._show(value, language) for name, value in params.items()}
        return template.format_map(_Shown(shown))

    def _show(self, value: object, language: str) -> str:
        match value:
            case Enum():
                term = self.find(f"term.{type(value).__name__}.{value.value}", language)
                return term.title if term else str(value.value)
            case bool() | None:
                return str(value).lower() if value is not None else "–"
            case datetime() | date():
                return value.isoformat()
            case str():
                return value
            case list() | tuple() | set() | frozenset():
                separator = "、" if language == "zh-CN" else ", "
                shown = [self._show(item, language) for item in value]
                return separator.join(sorted(shown) if isinstance(value, set | frozenset) else shown)
            case _:
                return str(value)


class _Shown(dict[str, str]):
    # A wrong parameter name must not turn a clear 409 into a 500; the catalogue test finds it.
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


@lru_cache(maxsize=512)
def negotiate(accept_language: str | None) -> str:
    """The language of ``LANGUAGES`` that an ``Accept-Language`` header prefers (RFC 9110, 12.5.4).

    Any Chinese is answered with zh-CN, any English with en; a language refused with ``q=0`` is not chosen unless
    nothing else is left.
    """
    if not accept_language:
        return DEFAULT_LANGUAGE
    quality: dict[str, float] = {}
    for part in accept_language.split(",")[:32]:
        tag, _, parameters = part.partition(";")
        language = _language_of(tag.strip().lower())
        if language:
            quality[language] = max(quality.get(language, 0.0), _q(parameters))
    rest = quality.pop("*", None)
    if rest is not None:
        for language in LANGUAGES:
            quality.setdefault(language, rest)
    # Equal weights: the order in which the caller named them decides (max keeps the first).
    best = max(quality, key=quality.__getitem__, default=None)
    if best is not None and quality[best] > 0:
        return best
    return next((language for language in LANGUAGES if language not in quality), DEFAULT_LANGUAGE)


def _language_of(tag: str) -> str | None:
    primary = tag.split("-", 1)[0]
    return {"zh": "zh-CN", "en": "en", "*": "*"}.get(primary)


def _q(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
