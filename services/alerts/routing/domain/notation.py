"""Reading matchers from text.

The notation in which names may be any UTF-8, and the classic one as a second try.
"""

from __future__ import annotations

import re

from services.alerts.routing.domain.matchers import BadMatcher, Matcher

_RESERVED = frozenset("{}!=~,\\\"'`")
_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}
_CLASSIC = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(=~|=|!=|!~)\s*(.*?)\s*", re.DOTALL)
_SIMPLE_ESCAPES = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "\\": b"\\",
    '"': b'"',
}
_HEX_ESCAPES = {"x": 2, "u": 4, "U": 8}


def parse_matcher(text: str, *, classic: bool = False) -> Matcher:
    """One matcher. `classic` allows no names beyond letters, digits and underscores. Raises BadMatcher."""
    found = parse_matchers(text, classic=classic)
    if len(found) != 1:
        raise BadMatcher(f"expected 1 matcher, found {len(found)}")
    return found[0]


def parse_matchers(text: str, *, classic: bool = False) -> list[Matcher]:
    """Matchers by comma, in braces or without. Raises BadMatcher."""
    if not classic:
        try:
            return _Reader(text).matchers()
        except BadMatcher as error:
            try:
                return _classic_matchers(text)
            except BadMatcher:
                raise error from None
    return _classic_matchers(text)


class _Reader:
    """Reads the newer notation from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def matchers(self) -> list[Matcher]:
        found: list[Matcher] = []
        in_braces = self._take("{")
        while self._peek() not in ("", "}"):
            found.append(self._matcher())
            if not self._take(","):
                break
        if in_braces and not self._take("}"):
            raise BadMatcher("expected close brace")
        if self._peek():
            raise BadMatcher(f"{self._rest()}: expected end of input")
        return found

    def _matcher(self) -> Matcher:
        name = self._word("label name")
        operator = next((sign for sign in ("=~", "!~", "!=", "=") if self._take(sign)), None)
        if operator is None:
            raise BadMatcher(f"{self._rest()}: expected an operator such as '=', '!=', '=~' or '!~'")
        is_regex, is_equal = _OPERATORS[operator]
        return Matcher(name, self._word("label value"), is_regex, is_equal)

    def _word(self, what: str) -> str:
        if self._peek() == '"':
            return self._quoted()
        start = self._place
        while self._place < len(self._text) and not self._is_reserved(self._text[self._place]):
            self._place += 1
        if self._place == start:
            raise BadMatcher(f"{self._rest() or 'unexpected end of input'}: expected a {what}")
        return self._text[start : self._place]

    def _quoted(self) -> str:
        start = self._place
        self._place += 1
        while self._place < len(self._text) and self._text[self._place] != '"':
            self._place += 2 if self._text[self._place] == "\\" else 1
        if self._place >= len(self._text):
            raise BadMatcher(f'{self._text[start:]}: missing end "')
        self._place += 1
        return unquoted(self._text[start + 1 : self._place - 1])

    def _peek(self) -> str:
        while self._place < len(self._text) and self._text[self._place].isspace():
            self._place += 1
        return self._text[self._place : self._place + 1]

    def _take(self, sign: str) -> bool:
        self._peek()
        if not self._text.startswith(sign, self._place):
            return False
        self._place += len(sign)
        return True

    def _rest(self) -> str:
        return self._text[self._place :][:50]

    @staticmethod
    def _is_reserved(character: str) -> bool:
        return character.isspace() or character in _RESERVED


def unquoted(inside: str) -> str:
    r"""The text between double quotes with its escapes resolved (``\n``, ``\x41``, ``\u4e2d``).

    Raises BadMatcher.
    """
    written = bytearray()
    place = 0
    try:
        while place < len(inside):
            character = inside[place]
            if character != "\\":
                written += character.encode()
                place += 1
                continue
            kind = inside[place + 1]
            if kind in _SIMPLE_ESCAPES:
                written += _SIMPLE_ESCAPES[kind]
                place += 2
                continue
            digits = inside[place + 2 : place + 2 + _HEX_ESCAPES[kind]]
            if len(digits) != _HEX_ESCAPES[kind]:
                raise BadMatcher(f"{inside}: invalid input")
            written += bytes([int(digits, 16)]) if kind == "x" else chr(int(digits, 16)).encode()
            place += 2 + len(digits)
        return written.decode()
    except (KeyError, ValueError, IndexError, OverflowError):
        raise BadMatcher(f"{inside}: invalid input") from None


def _classic_matchers(text: str) -> list[Matcher]:
    inside = text.strip()
    if inside.startswith("{") and inside.endswith("}"):
        inside = inside[1:-1]
    return [_classic(part) for part in _by_comma(inside)]


def _by_comma(text: str) -> list[str]:
    parts, current, in_quotes, escaped = [], "", False, False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            in_quotes = not in_quotes
        elif character == "," and not in_quotes:
            parts.append(current)
            current = ""
            continue
        current += character
    return [*parts, current] if current.strip() or not parts else parts


def _classic(text: str) -> Matcher:
    match = _CLASSIC.fullmatch(text)
    if match is None:
        raise BadMatcher(f"bad matcher format: {text}")
    name, operator, raw = match.groups()
    ends_quoted = raw.startswith('"')
    value, escaped = "", False
    raw = raw[1:] if ends_quoted else raw
    for place, character in enumerate(raw):
        is_last = place == len(raw) - 1
        if escaped:
            escaped = False
            value += {"n": "\n", '"': '"', "\\": "\\"}.get(character, "\\" + character)
        elif character == "\\" and not is_last:
            escaped = True
        elif character == '"':
            if not ends_quoted or not is_last:
                raise BadMatcher(f"matcher value contains unescaped double quote: {text}")
            ends_quoted = False
        else:
            value += character
    if ends_quoted:
        raise BadMatcher(f"matcher value contains unescaped double quote: {text}")
    is_regex, is_equal = _OPERATORS[operator]
    return Matcher(name, value, is_regex, is_equal)
