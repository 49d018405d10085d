"""Sectors of GB/T 4754-2017 (国民经济行业分类): a section's letter, then two to four digits."""

from __future__ import annotations

# First division of each section; a section ends where the next begins.
_SECTIONS = (
    (1, "A"), (6, "B"), (13, "C"), (44, "D"), (47, "E"), (51, "F"), (53, "G"), (61, "H"), (63, "I"), (66, "J"),
    (70, "K"), (71, "L"), (73, "M"), (76, "N"), (80, "O"), (83, "P"), (84, "Q"), (86, "R"), (91, "S"), (97, "T"),
)  # fmt: skip


def full_code(code: str) -> str:
    """The code with its section's letter: ``C3140`` for ``3140``; a letter that is there already stays."""
    if code[:1].isalpha():
        return code
    division = int(code[:2])
    section = next((letter for first, letter in reversed(_SECTIONS) if division >= first), "")
    return section + code


def contains(wider: str, code: str) -> bool:
    """Whether the sector ``code`` is ``wider`` or one of its parts, with or without letters."""
    return full_code(code).startswith(full_code(wider))


def depth(code: str) -> int:
    """Larger for a narrower sector."""
    return len(full_code(code))
