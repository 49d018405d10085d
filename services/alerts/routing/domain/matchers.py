"""Matchers: what a silence, an inhibition or a route asks of an alert's labels.

Written as the Alertmanager writes them: ``name="value"``, ``!=``, ``=~``, ``!~``; a label that is absent counts as
empty. Regular expressions are RE2's (as there): they take time in proportion to the text whatever the pattern, so
nobody's silence can hold up everybody's alerts. They match the whole value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 1000
_MEMORY_BYTES = 1 << 20


class BadMatcher(ValueError):
    """The matcher cannot work; `reason` is for its author."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """The pattern for whole values. Raises BadMatcher."""
    if len(pattern) > MAX_PATTERN:
        raise BadMatcher(f"longer than {MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        cause = error.args[0] if error.args else error
        reason = cause.decode(errors="replace") if isinstance(cause, bytes) else str(cause)
        raise BadMatcher(reason) from error


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def accepts(self, value: str) -> bool:
        """Whether a label of this value (empty: absent) satisfies the matcher. Raises BadMatcher."""
        found = compiled(self.value).fullmatch(value) is not None if self.is_regex else value == self.value
        return found is self.is_equal

    def matches(self, labels: Mapping[str, str]) -> bool:
        return self.accepts(labels.get(self.name, ""))

    @property
    def operator(self) -> str:
        if self.is_regex:
            return "=~" if self.is_equal else "!~"
        return "=" if self.is_equal else "!="

    def __str__(self) -> str:
        return f"{quoted_name(self.name)}{self.operator}{quote(self.value)}"


def all_match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def check(matchers: Sequence[Matcher], *, needs_one: bool = True) -> None:
    """Raises BadMatcher for a pattern that does not compile, and where nothing narrows (`needs_one`)."""
    for matcher in matchers:
        if not matcher.name:
            raise BadMatcher("a matcher needs the name of a label")
        if matcher.is_regex:
            compiled(matcher.value)
    if needs_one and all(matcher.accepts("") for matcher in matchers):
        raise BadMatcher("at least one matcher must not match the empty string")


def quoted_name(name: str) -> str:
    return name if is_classic_name(name) else quote(name)


def is_classic_name(name: str) -> bool:
    """Whether the name is one that every version of Prometheus takes: letters, digits and underscores."""
    return name.isascii() and name.replace("_", "a").isalnum() and not name[:1].isdigit()


def quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
