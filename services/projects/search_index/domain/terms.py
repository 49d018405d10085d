"""Terms of a text: two neighbouring Chinese characters each, and words of letters and digits.

A Chinese query has no words to look up, so any run of characters must be found wherever it stands. Each pair of
neighbours is a term; a text that holds all pairs of the query, and the query as a whole, contains it. Words of
letters and digits are found from their beginning, and so is a single character: as that of a pair, or as the last
of a run, which is a term by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Beyond that a text is found by its beginning: the index takes no more than a megabyte a row.
MAX_INDEXED = 40_000
MAX_WORD = 64
MAX_TERMS = 10

# CJK ideographs with their extensions and compatibility forms, 〇, kana and hangul.
_CJK = (
    "\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0002fa1f\U00030000-\U000323af"
)
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>[^\W_{_CJK}]+)")
_QUOTED = re.compile(r'"([^"]*)"|([^\s"]+)')
_QUOTES = str.maketrans("“”„‟«»「」『』", '"' * 10)


@dataclass(frozen=True, slots=True)
class Term:
    """To find: a row's terms hold all ``words`` and one that begins with ``prefix``; its text holds ``text``."""

    text: str
    words: frozenset[str]
    prefix: str | None = None

    @property
    def is_proven_by_words(self) -> bool:
        """True when the words alone prove that the text is there, as for up to two Chinese characters."""
        return len(self.words) + (self.prefix is not None) == 1


def normalise(text: str) -> str:
    """The text as it is compared: full width as half, capitals as small letters, one space for any blanks."""
    return " ".join(unicodedata.normalize("NFKC", text.replace("\x00", " ")).casefold().split())


def terms_of(text: str) -> set[str]:
    """All terms of a normalised text."""
    terms: set[str] = set()
    for run, is_cjk in _runs(text[:MAX_INDEXED]):
        if is_cjk:
            terms.add(run[-1])
            terms.update(run[at : at + 2] for at in range(len(run) - 1))
        else:
            terms.add(run[:MAX_WORD])
    return terms


def parse_query(query: str) -> tuple[Term, ...]:
    """The terms of a query, all of which must be found; blanks part them, quotes keep them together.

    Empty for a query without a letter, digit or character.
    """
    parts = (quoted or plain for quoted, plain in _QUOTED.findall(query.translate(_QUOTES)))
    terms = (_term(normalise(part)) for part in parts)
    found = {term.text: term for term in terms if term is not None}
    return tuple(found.values())


def _term(text: str) -> Term | None:
    runs = list(_runs(text))
    if not runs:
        return None
    # Signs at the ends are no part of what is looked for.
    first, last = text.index(runs[0][0]), text.rindex(runs[-1][0]) + len(runs[-1][0])
    (ending, is_cjk), before = runs[-1], runs[:-1]
    words = {word for run, run_is_cjk in before for word in _words(run, run_is_cjk)}
    if is_cjk and len(ending) > 1:
        return Term(text[first:last], frozenset(words | set(_words(ending, is_cjk))))
    return Term(text[first:last], frozenset(words), ending[:MAX_WORD])


def _words(run: str, is_cjk: bool) -> tuple[str, ...]:
    if not is_cjk:
        return (run[:MAX_WORD],)
    # A character between other words ends its run, so that it is a term by itself.
    return tuple(run[at : at + 2] for at in range(len(run) - 1)) or (run,)


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for match in _RUN.finditer(text):
        yield match[0], match["cjk"] is not None
