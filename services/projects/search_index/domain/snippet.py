"""The piece of a text around what was found, in parts: found or not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

SNIPPET = 120
_BEFORE = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text; ``hit`` when it is what was looked for."""

    text: str
    hit: bool


def highlight(text: str, wanted: Sequence[str]) -> tuple[Part, ...]:
    """The whole text in parts; ``wanted`` are normalised texts."""
    marks = _marks(text, wanted)
    return _parts(text, marks, 0, len(text))


def snippet(text: str, wanted: Sequence[str]) -> tuple[Part, ...]:
    """Up to SNIPPET characters from a little before the first hit on, … where something was left out.

    Without a hit it is the text's beginning.
    """
    marks = _marks(text, wanted)
    first = marks.index(True) if True in marks else 0
    begin = max(0, first - _BEFORE) if len(text) > SNIPPET else 0
    end = min(len(text), begin + SNIPPET)
    parts = _parts(text, marks, begin, end)
    before = (Part("…", hit=False),) if begin > 0 else ()
    after = (Part("…", hit=False),) if end < len(text) else ()
    return (*before, *parts, *after)


def _marks(text: str, wanted: Iterable[str]) -> list[bool]:
    # Normalising may make two characters of one; each remembers where it came from.
    folded: list[str] = []
    origin: list[int] = []
    for at, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).casefold()
        shown = "" if plain.isspace() and folded and folded[-1] == " " else (" " if plain.isspace() else plain)
        folded += shown
        origin += [at] * len(shown)
    whole = "".join(folded)
    marks = [False] * len(text)
    for term in wanted:
        place = whole.find(term) if term else -1
        while place >= 0:
            for at in range(origin[place], origin[place + len(term) - 1] + 1):
                marks[at] = True
            place = whole.find(term, place + len(term))
    return marks


def _parts(text: str, marks: Sequence[bool], begin: int, end: int) -> tuple[Part, ...]:
    places = groupby(range(begin, end), key=lambda at: marks[at])
    return tuple(Part("".join(text[at] for at in run), hit) for hit, run in places)
