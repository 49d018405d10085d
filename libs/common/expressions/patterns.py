"""Regular expressions of rules: only those whose work is bounded, whatever text they meet.

Python's engine backtracks: ``(a+)+$`` takes longer than the universe on forty letters, and a partition would wait
for it. What is allowed here repeats single characters only, at most twice, with few alternatives: the work grows
with the square of a text that is short. Everything else is refused when the rule is saved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from libs.common.expressions.refusals import Refused

# The library's own reading of a pattern; its types are nobody's contract.
ops, _parser = import_module("re._constants"), import_module("re._parser")

MAX_PATTERN = 200
# A field longer than this is not searched: the comparison has no answer.
MAX_TEXT = 500
MAX_REPEATS = 2
MAX_WAYS = 64

_REPEATS = frozenset({ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT})
_SINGLE = frozenset({ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN, ops.CATEGORY, ops.RANGE})
_PLAIN = _SINGLE | {ops.AT}


class UnsafePattern(Refused):
    """The pattern may not be used; the position counts from the pattern's beginning."""


@dataclass(frozen=True, slots=True)
class _Work:
    """Repetitions that one way through can meet, and in how many ways the rest can be gone through."""

    repeats: int = 0
    ways: int = 1

    def then(self, other: _Work) -> _Work:
        return _Work(self.repeats + other.repeats, self.ways * other.ways)


def check(pattern: str, *, searches: bool) -> None:
    """Raises UnsafePattern. `searches`: it may begin anywhere in the text, which costs as much as a repetition."""
    if len(pattern) > MAX_PATTERN:
        raise UnsafePattern("too_long", MAX_PATTERN, longest=MAX_PATTERN)
    try:
        parsed = _parser.parse(pattern)
    except re.error as error:
        raise UnsafePattern("pattern_malformed", error.pos or 0, reason=error.msg) from error
    except RecursionError as error:
        raise UnsafePattern("too_deep") from error
    work = _work(parsed.data)
    allowed = MAX_REPEATS - 1 if searches else MAX_REPEATS
    if work.repeats > allowed:
        raise UnsafePattern("pattern_repeats", most=allowed)
    if work.ways > MAX_WAYS:
        raise UnsafePattern("pattern_alternatives")


def _work(items: Any) -> _Work:
    total = _Work()
    for kind, argument in items:
        if kind in _PLAIN:
            continue
        if kind in _REPEATS:
            total = total.then(_repeat(argument))
        elif kind is ops.SUBPATTERN:
            total = total.then(_work(argument[3].data))
        elif kind is ops.BRANCH:
            branches = [_work(branch.data) for branch in argument[1]]
            total = total.then(_Work(max(it.repeats for it in branches), sum(it.ways for it in branches)))
        else:
            raise UnsafePattern("pattern_looks_around")
    return total


def _repeat(argument: Any) -> _Work:
    lowest, highest, repeated = argument
    inner = repeated.data
    if highest is not ops.MAXREPEAT and highest <= 1:
        # "(…)?" repeats nothing: it is gone through or passed over.
        return _work(inner).then(_Work(ways=2))
    if len(inner) != 1 or inner[0][0] not in _SINGLE:
        raise UnsafePattern("pattern_explodes")
    return _Work(repeats=0 if lowest == highest else 1)
