"""Short messages: how long one is, and how a title is shortened so that the whole fits.

A text with Chinese in it travels as UCS-2: 70 characters alone, 67 in each part of several (3GPP TS 23.040).
"""

from __future__ import annotations

ALONE, OF_SEVERAL = 70, 67
_CUT = "…"


def units(text: str) -> int:
    """The length in UCS-2 units: characters beyond the first plane count twice."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def room(parts: int) -> int:
    """How many units `parts` parts carry."""
    return ALONE if parts <= 1 else OF_SEVERAL * parts


def parts_of(text: str) -> int:
    """How many parts the text makes."""
    length = units(text)
    return 1 if length <= ALONE else -(-length // OF_SEVERAL)


def fit(before: str, title: str, after: str, *, parts: int) -> str:
    """`before`, `title` and `after` in at most `parts` parts: the title gives way, what frames it stays.

    Where the frame alone is too long the text is as short as it can be, without a title.
    """
    left = room(parts) - units(before) - units(after)
    return before + shorten(title, left) + after


def shorten(text: str, length: int) -> str:
    """The text in at most `length` units, with an ellipsis where it was cut; whole characters only."""
    if units(text) <= length:
        return text
    kept, used = [], 0
    for character in text:
        used += units(character)
        if used > length - 1:
            break
        kept.append(character)
    return "".join(kept) + _CUT if kept else ""
