"""Typed expressions over a vocabulary of facts; what cannot work is an error when saved.

The library is the typed one of the design, cut down to what always ends and depends on nothing but the facts:
names, literals, comparisons, arithmetic, lists, and, or, not. No functions (its clock and its dice are not ours),
no loops, no attributes, no powers; regular expressions only where ``patterns`` lets them pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import rule_engine
from rule_engine import DataType, ast
from rule_engine.errors import EngineError, RegexSyntaxError, RuleSyntaxError, SymbolResolutionError

from libs.common.expressions import patterns
from libs.common.expressions.refusals import Refused

MAX_LENGTH = 1000
MAX_TOKENS = 200
MAX_DEPTH = 40

_STRING = r"""[bdt]?"(?:\\.|[^"\\])*"|[bdt]?'(?:\\.|[^'\\])*'"""
_TOKEN = re.compile(rf"(?P<string>{_STRING})|(?P<word>\w+)|(?P<sign>\*\*|<<|>>|[=!<>]=|[=!]~~?|\?\?|//|\S)")
_ALLOWED: tuple[type[Any], ...] = (
    ast.AddExpression,
    ast.ArithmeticComparisonExpression,
    ast.ArithmeticExpression,
    ast.ArrayExpression,
    ast.BooleanExpression,
    ast.CoalesceExpression,
    ast.ComparisonExpression,
    ast.ContainsExpression,
    ast.DatetimeExpression,
    ast.FloatExpression,
    ast.FuzzyComparisonExpression,
    ast.LogicExpression,
    ast.NullExpression,
    ast.StringExpression,
    ast.SubtractExpression,
    ast.SymbolExpression,
    ast.TernaryExpression,
    ast.TimedeltaExpression,
    ast.UnaryExpression,
)
# Powers and shifts can grow without end, functions have a clock and dice of their own; sets and comments are of no
# use here.
_FORBIDDEN = frozenset({"**", "<<", ">>", "$", "{", "#", "for"})


@dataclass(frozen=True, eq=False, slots=True)
class Vocabulary:
    """The names an expression may use with their types, and for some all values they can have.

    Compared by identity: what is compiled against one is remembered with it, so build it once.
    """

    types: Mapping[str, DataType]
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)


class BadExpression(Refused):
    """The expression cannot work; the position counts characters from its beginning."""


class Unanswerable(Exception):
    """The expression has no answer for these values, such as a comparison with nothing."""


@lru_cache(maxsize=512)
def compiled(text: str, vocabulary: Vocabulary) -> Any:
    """The expression, checked against the vocabulary. Raises BadExpression."""
    tokens = _tokens(text)
    types = dict(vocabulary.types)
    context = rule_engine.Context(
        type_resolver=rule_engine.type_resolver_from_dict(types), default_value=None, default_timezone="utc"
    )
    try:
        rule = rule_engine.Rule(text, context=context)
        expression = rule.statement.expression
        if expression is None:
            raise BadExpression("syntax", 0)
        _check_nodes(expression, text, vocabulary)
    except SymbolResolutionError as error:
        name = error.symbol_name
        known = ", ".join(sorted(types))
        raise BadExpression("unknown_name", _place_of(name, tokens), name=name, known=known) from error
    except RuleSyntaxError as error:
        raise BadExpression("syntax", getattr(error.token, "lexpos", len(text))) from error
    except RegexSyntaxError as error:
        place = max(text.find(str(error.value)), 0)
        raise BadExpression("pattern_malformed", place, reason=str(error.error)) from error
    except EngineError as error:
        raise BadExpression("wrong_type", _clause_at_fault(text, tokens, context), reason=error.message) from error
    except RecursionError as error:
        raise BadExpression("too_deep") from error
    if expression.result_type not in (DataType.BOOLEAN, DataType.UNDEFINED):
        raise BadExpression("not_boolean", 0)
    return rule


def holds(text: str, vocabulary: Vocabulary, facts: Mapping[str, object]) -> bool:
    """Whether the expression is true of the facts. Raises Unanswerable, BadExpression."""
    rule = compiled(text, vocabulary)
    if "~" in text:
        # The patterns are bounded for texts of this length.
        facts = {name: value for name, value in facts.items() if not _is_long(value)}
    try:
        return bool(rule.matches(dict(facts)))
    except (EngineError, ArithmeticError, TypeError) as error:
        raise Unanswerable(f"{text}: {getattr(error, 'message', None) or error!r}") from error


@lru_cache(maxsize=512)
def names(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The facts that an expression speaks of. Raises BadExpression."""
    root = compiled(text, vocabulary).statement.expression
    return frozenset(node.name for node, _ in _walk(root, 0) if isinstance(node, ast.SymbolExpression))


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > patterns.MAX_TEXT


def _tokens(text: str) -> list[tuple[str, int]]:
    """(token, position), strings as one token. Raises BadExpression for what is too long or not allowed."""
    if len(text) > MAX_LENGTH:
        raise BadExpression("too_long", MAX_LENGTH, longest=MAX_LENGTH)
    if "\x00" in text:
        raise BadExpression("syntax", text.index("\x00"))
    found = []
    for match in _TOKEN.finditer(text):
        token, place = match.group(), match.start()
        if token in _FORBIDDEN:
            raise BadExpression("not_allowed", place, what=token)
        found.append((token, place))
    if len(found) > MAX_TOKENS:
        raise BadExpression("too_many_words", found[MAX_TOKENS][1], most=MAX_TOKENS)
    return found


def _check_nodes(root: Any, text: str, vocabulary: Vocabulary) -> None:
    for node, depth in _walk(root, 0):
        if depth > MAX_DEPTH:
            raise BadExpression("too_deep")
        if not isinstance(node, _ALLOWED):
            raise BadExpression("not_allowed", _place_in(text, node), what=_kind_of(node))
        if isinstance(node, ast.FuzzyComparisonExpression):
            _check_pattern(node, text)
        elif isinstance(node, ast.ComparisonExpression):
            _check_types(node, text)
            _check_members(node.left, (node.right,), text, vocabulary)
            _check_members(node.right, (node.left,), text, vocabulary)
        elif isinstance(node, ast.ContainsExpression) and isinstance(node.container, ast.ArrayExpression):
            _check_members(node.member, tuple(node.container.value), text, vocabulary)


def _walk(node: Any, depth: int) -> Iterator[tuple[Any, int]]:
    yield node, depth
    if depth > MAX_DEPTH:
        return
    for value in _attributes(node):
        parts = value if isinstance(value, list | tuple) else (value,)
        for part in parts:
            if isinstance(part, ast.ExpressionBase):
                yield from _walk(part, depth + 1)


def _attributes(node: Any) -> Iterator[Any]:
    """What a node holds; the library keeps some parts in slots, which ``vars`` does not see."""
    yield from vars(node).values()
    for kind in type(node).__mro__:
        for name in vars(kind).get("__slots__", ()):
            yield getattr(node, name, None)


def _check_pattern(node: Any, text: str) -> None:
    if not isinstance(node.right, ast.StringExpression):
        raise BadExpression("pattern_not_written", _place_in(text, node))
    pattern = str(node.right.value)
    place = max(text.find(pattern), 0)
    try:
        patterns.check(pattern, searches=node.type.endswith("fzs"))
    except patterns.UnsafePattern as error:
        raise BadExpression(error.code, place + (error.position or 0), **error.params) from error


def _check_types(node: Any, text: str) -> None:
    """An equality of two types is never true: it is a slip of the author."""
    left, right = node.left.result_type, node.right.result_type
    unclear = (DataType.UNDEFINED, DataType.NULL)
    if left != right and left not in unclear and right not in unclear:
        names = f"{left.name.lower()} == {right.name.lower()}"
        raise BadExpression("wrong_type", _place_in(text, node), reason=names)


def _check_members(name: Any, values: tuple[Any, ...], text: str, vocabulary: Vocabulary) -> None:
    """A field with a closed list of values is compared with one of them."""
    if not isinstance(name, ast.SymbolExpression):
        return
    known = vocabulary.members.get(name.name)
    for value in values:
        if known and isinstance(value, ast.StringExpression) and value.value not in known:
            place = max(text.find(str(value.value)), 0)
            raise BadExpression(
                "unknown_value", place, name=name.name, value=value.value, known=", ".join(sorted(known))
            )


def _place_of(name: str, tokens: list[tuple[str, int]]) -> int:
    return next((place for token, place in tokens if token == name), 0)


def _place_in(text: str, node: Any) -> int:
    """Where a node begins, by the first name in it: the library keeps no positions."""
    names = [part.name for part, _ in _walk(node, 0) if isinstance(part, ast.SymbolExpression)]
    return _place_of(names[0], _tokens(text)) if names else 0


def _kind_of(node: Any) -> str:
    name = type(node).__name__.removesuffix("Expression")
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


def _clause_at_fault(text: str, tokens: list[tuple[str, int]], context: Any) -> int:
    """Where the first part between "and" and "or" begins that fails by itself."""
    starts = [0, *(place + len(token) for token, place in tokens if token in ("and", "or", "not"))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        clause = re.sub(r"\b(and|or|not)\s*$", "", text[start:end]).strip("() ")
        try:
            rule_engine.Rule(clause, context=context)
        except RuleSyntaxError:
            continue
        except EngineError:
            return start + len(text[start:end]) - len(text[start:end].lstrip("( "))
    return 0
